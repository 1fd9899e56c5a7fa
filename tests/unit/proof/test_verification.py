"""`unetkit verify` on an export made by hand: proven, damaged, incomplete, and without TensorFlow."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.tiny_models import BIAS, write_onnx
from tests.unit.proof.exports import write_export
from unetkit.contract.artifact import sha256_of
from unetkit.errors import ArtifactError, MissingDependencyError, UsageError, VerificationError
from unetkit.proof.verification import verify_export

SECONDS = 0.05


def test_every_artifact_is_proven_in_every_engine_and_timed_against_onnx_runtime(tmp_path: Path) -> None:
    steps: list[str] = []
    found = verify_export(write_export(tmp_path / "export"), seconds=SECONDS, on_step=steps.append)
    assert found.faults == ()
    found.require()
    proven = {(item.file, item.engine) for item in found.proofs.engines if item.proven}
    for file in ("model.onnx", "model.fp16.onnx", "model.int8.onnx"):
        assert (file, "onnx") in proven
    # cv2.dnn subtracts no half floats in this little graph: told, and no failure, since ONNX Runtime proves the file
    assert ("model.onnx", "opencv") in proven
    first = found.proofs.engines[0]
    assert (first.file, first.engine, first.own, first.ratio) == ("model.onnx", "onnx", True, 1.0)
    assert all(item.ratio > 0 for item in found.proofs.engines if item.proven)
    assert found.refitting_steps == 0
    assert steps[0] == "proving model.onnx in onnx"


def test_the_json_is_plain_and_holds_the_verdict(tmp_path: Path) -> None:
    export = write_export(tmp_path / "export", change={"int8": -0.003})
    table = json.loads(json.dumps(verify_export(export, seconds=SECONDS).to_dict(), allow_nan=False))
    assert table["proven"] is True
    assert table["verdict"]["choice"] in {"int8", "fp32"}
    assert table["verdict"]["points"] == pytest.approx(-0.3)
    assert {"file", "engine", "max_abs_difference", "mask_agreement", "miou_change", "ratio"} <= set(
        table["engines"][0]
    )


def test_a_model_of_other_scores_than_at_export_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export = write_export(tmp_path / "export")
    monkeypatch.setattr("tests.tiny_models.BIAS", BIAS + np.float32(0.1))
    write_onnx(export / "model.onnx")  # another model under its name
    index = json.loads((export / "golden" / "index.json").read_text())
    index["artifacts"][0]["sha256"] = sha256_of(export / "model.onnx")
    (export / "golden" / "index.json").write_text(json.dumps(index))
    found = verify_export(export, seconds=SECONDS)
    with pytest.raises(VerificationError, match=r"model\.onnx in onnx: its scores differ by 0\.1 on frame") as caught:
        found.require()
    assert caught.value.exit_code == 5
    assert "\n" not in str(caught.value)
    assert found.to_dict()["proven"] is False


def test_another_file_under_an_artifacts_name_is_refused(tmp_path: Path) -> None:
    export = write_export(tmp_path / "export")
    write_onnx(export / "model.int8.onnx", "fp32")
    with pytest.raises(ArtifactError, match=r"model\.int8\.onnx is not the file that was exported"):
        verify_export(export)


def test_a_part_of_an_export_is_proven_and_what_is_missing_is_told(tmp_path: Path) -> None:
    export = write_export(tmp_path / "export")
    (export / "model.onnx").unlink()
    found = verify_export(export, seconds=SECONDS)
    assert found.missing == ("model.onnx",)
    assert found.faults == ()


def test_no_artifact_at_all_is_an_error(tmp_path: Path) -> None:
    export = write_export(tmp_path / "export")
    for file in export.glob("*.onnx"):
        file.unlink()
    with pytest.raises(ArtifactError, match="holds none of the artifacts"):
        verify_export(export)


def test_a_folder_without_golden_frames_is_no_export(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no export: it has no folder golden"):
        verify_export(tmp_path)


def test_frames_that_are_fitted_otherwise_here_are_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export = write_export(tmp_path / "export")
    monkeypatch.setattr("unetkit.proof.verification.refitted", lambda golden, spec: 2)
    with pytest.raises(VerificationError, match="fitted otherwise here than at export, by 2 of 255 steps"):
        verify_export(export, seconds=SECONDS).require()


def test_where_no_engine_opens_anything_the_reasons_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise MissingDependencyError("nothing is installed here")

    monkeypatch.setattr("unetkit.proof.engines.Segmenter.open", refuse)
    with pytest.raises(MissingDependencyError, match="can be opened here: not here: nothing is installed here"):
        verify_export(write_export(tmp_path / "export"))


def test_it_needs_neither_tensorflow_nor_onnx(tmp_path: Path) -> None:
    export = write_export(tmp_path / "export")
    program = (
        "import sys\n"
        "for name in ('tensorflow', 'keras', 'onnx', 'tf2onnx', 'matplotlib'):\n"
        "    sys.modules[name] = None\n"
        "from unetkit.cli import main\n"
        f"main(['verify', {str(export)!r}])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "model.int8.onnx" in done.stdout
    assert "10 golden frames" in done.stdout or "golden frames, fitted to the same bytes" in done.stdout

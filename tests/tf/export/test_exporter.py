"""A whole export: published with proof, or refused with the old one untouched."""

import dataclasses
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tf.export.standins import SIDE, Style, frames_of, make_run
from unetkit.contract.artifact import read_spec, sha256_of, size_bytes_of
from unetkit.contract.runfolder import RunFolder
from unetkit.data.record import DataRecord
from unetkit.deployment.ranges import Range, RangeMethod
from unetkit.deployment.statistics import Statistics
from unetkit.errors import ArtifactError, DataError, UnetkitError, UsageError, VerificationError
from unetkit.export.converter import Converter
from unetkit.export.exporter import export_run
from unetkit.export.quantisation.recipe import Recipe
from unetkit.export.result import ExportSummary
from unetkit.export.target import EXPORTED_FILES, FORMATS, TARGETS, Target
from unetkit.proof.verification import verify_export
from unetkit.runtime.segmenter import Segmenter

pytestmark = pytest.mark.tf

ANY_DROP = 100.0  # the stand-ins are hardly trained, so what int8 costs them says nothing
ALL_FILES = {target.file for target in TARGETS}
# Every format in every precision that it has.
EVERYTHING: dict[str, Any] = {
    "formats": FORMATS,
    "int8": True,
    "fp16": True,
    "dynamic": True,
    "max_drop": ANY_DROP,
    "calibration_frames": 16,
}


@pytest.fixture(scope="module", params=["edge", "classic"])
def exported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[RunFolder, ExportSummary]:
    style: Style = request.param
    run = make_run(tmp_path_factory.mktemp(style), style)
    return run, export_run(run, **EVERYTHING)


@pytest.fixture(scope="module")
def edge_run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return make_run(tmp_path_factory.mktemp("edge"), "edge")


def test_all_artifacts_and_the_report_are_published(exported: tuple[RunFolder, ExportSummary]) -> None:
    run, summary = exported
    assert {item.name for item in run.export.iterdir()} == EXPORTED_FILES
    assert {result.file for result in summary.results} == ALL_FILES
    assert sorted(item.name for item in run.path.iterdir()) == ["best.keras", "export", "split.json"]


def test_float_artifacts_give_the_scores_of_the_keras_model(exported: tuple[RunFolder, ExportSummary]) -> None:
    for result in exported[1].results:
        # float32: the order of additions; float16: 11 bits a number, a dozen layers deep
        limit = {"fp32": 1e-5, "fp16": 1e-2}.get(result.target.precision, np.inf)
        assert result.parity.max_abs_difference <= limit * result.parity.score_range, result.file
        assert result.parity.mask_agreement >= 0.99 or limit == np.inf, result.file


def test_every_artifact_is_proven_in_every_engine_that_opens_it(exported: tuple[RunFolder, ExportSummary]) -> None:
    _, summary = exported
    assert summary.proofs is not None
    rows = summary.proofs.engines
    assert {item.file for item in rows if item.own and item.proven} == ALL_FILES
    pairs = {(item.engine, item.format) for item in rows if item.proven}
    assert pairs >= {("onnx", "onnx"), ("opencv", "onnx"), ("tflite", "tflite"), ("tensorflow", "saved_model")}
    assert pairs >= {("openvino", form) for form in ("onnx", "tflite", "openvino")}
    for item in rows:
        if item.precision == "fp32":  # dark, bright, border and odd shapes among them: folding is exact
            assert item.parity is not None
            assert item.parity.max_abs_difference < 1e-5 * summary.results[0].parity.score_range, item
        assert not item.proven or (item.miou > 0 and item.ratio > 0)
    assert summary.proofs.verdict is not None


def test_the_published_folder_verifies_itself(exported: tuple[RunFolder, ExportSummary]) -> None:
    run, _ = exported
    found = verify_export(run.export, seconds=0.1)
    assert found.faults == ()
    assert found.missing == ()
    assert found.frames == 10


def test_int8_artifacts_stay_near_the_keras_model(exported: tuple[RunFolder, ExportSummary]) -> None:
    for result in exported[1].results:
        if result.target.precision == "int8":
            # A dozen layers of 1/256 steps on a hardly trained network; a wrong input scale gives far less.
            assert result.parity.mask_agreement >= 0.9, result.file
            assert result.parity.max_abs_difference > 0


def test_the_backends_agree_with_the_report_on_the_precision(exported: tuple[RunFolder, ExportSummary]) -> None:
    run, summary = exported
    for result in summary.results:
        with Segmenter.open(run.export / result.file, device="cpu") as segmenter:
            stored = result.target.precision
            # TFLite leaves kernels of under 1,024 weights as they are: a stand-in of style edge has no other
            assert segmenter.backend.precision in ({"dynamic", "fp32"} if stored == "dynamic" else {stored})


def test_the_spec_in_each_artifact_says_how_it_was_made(exported: tuple[RunFolder, ExportSummary]) -> None:
    run, summary = exported
    trained = read_spec(run.checkpoint)
    for result in summary.results:
        spec = read_spec(run.export / result.file)
        assert dataclasses.replace(spec, provenance=trained.provenance) == trained
        assert spec.provenance["precision"] == result.target.precision
        assert spec.provenance["checkpoint_sha256"] == sha256_of(run.checkpoint)
        assert spec.provenance.get("calibration_frames") == (16 if result.target.precision == "int8" else None)


def test_the_report_file_holds_the_summary_and_the_digests_of_the_files(
    exported: tuple[RunFolder, ExportSummary],
) -> None:
    run, summary = exported
    report = json.loads((run.export / "report.json").read_text())
    assert json.loads(json.dumps(summary.to_dict())).items() <= report.items()
    for row in report["results"]:
        assert row["sha256"] == sha256_of(run.export / row["file"])
        assert row["bytes"] == size_bytes_of(run.export / row["file"])
        assert row["images"] == 6
        assert row["split"] == "validation"
        assert row["miou_change"] == pytest.approx(row["miou"] - report["keras"]["miou"])
        assert row["signature"]["input"] == {"name": "frame", "dtype": "uint8", "shape": [1, SIDE, SIDE, 3]}
        assert row["signature"]["output"]["name"] == "scores"


def test_calibration_frames_are_training_frames_and_are_recorded(exported: tuple[RunFolder, ExportSummary]) -> None:
    run, summary = exported
    record = DataRecord.read(run.split)
    assert summary.calibration is not None
    assert len(set(summary.calibration.names)) == 16
    assert set(summary.calibration.names) <= set(record.train)
    assert not set(summary.calibration.names) & set(record.validation)


def test_exporting_twice_gives_the_same_bytes(exported: tuple[RunFolder, ExportSummary], tmp_path: Path) -> None:
    run, first = exported
    second = export_run(run, out=tmp_path / "again", **EVERYTHING)
    assert {item.file: item.sha256 for item in second.results} == {item.file: item.sha256 for item in first.results}


def test_another_process_gives_the_same_bytes_too(exported: tuple[RunFolder, ExportSummary], tmp_path: Path) -> None:
    run, first = exported
    if "classic" in str(run.path):
        pytest.skip("one network shows it, and a process more costs seconds")
    program = (
        "from pathlib import Path; from unetkit.contract.runfolder import RunFolder;"
        "from unetkit.export.exporter import export_run;"
        f"export_run(RunFolder(Path({str(run.path)!r})), out=Path('again'), int8=True,"
        f" max_drop={ANY_DROP}, calibration_frames=16)"
    )
    root = Path(__file__).parents[3]
    # Another order of every set and dict of texts, and one thread where there may be two.
    environment = os.environ | {"PYTHONHASHSEED": "77", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(root)}
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True)
    digests = {result.file: result.sha256 for result in first.results}
    again = json.loads((tmp_path / "again" / "report.json").read_text())["results"]
    assert len(again) == 4
    assert all(row["sha256"] == digests[row["file"]] for row in again)


def test_a_frame_of_another_size_goes_through_every_artifact(exported: tuple[RunFolder, ExportSummary]) -> None:
    run, summary = exported
    frame = np.tile(frames_of(3)[2], (2, 3, 1))
    for result in summary.results:
        with Segmenter.open(run.export / result.file, device="cpu") as segmenter:
            assert segmenter.predict(frame).labels.shape == (2 * SIDE, 3 * SIDE)


def test_past_max_drop_nothing_is_published_and_the_old_export_stays(
    edge_run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "export"
    export_run(edge_run, out=out, formats=("tflite",))
    before = {item.name: item.read_bytes() for item in out.rglob("*") if item.is_file()}
    good = Converter.content

    def swapped_classes(self: Converter, target: Target, recipe: Recipe) -> bytes:
        """int8 of a network whose classes are the wrong way round."""
        kernel, bias = self._network.layers[-1].get_weights()
        self._network.layers[-1].set_weights([kernel[..., ::-1], bias[::-1]])
        return good(self, target, recipe)

    monkeypatch.setattr(Converter, "content", swapped_classes)
    with pytest.raises(
        VerificationError, match=r"model\.tflite: it loses .* the limit is 1\.00 \(--max-drop\)"
    ) as error:
        export_run(edge_run, out=out, formats=("tflite",))
    assert error.value.exit_code == 5
    assert "\n" not in str(error.value)
    assert {item.name: item.read_bytes() for item in out.rglob("*") if item.is_file()} == before
    assert [item.name for item in tmp_path.iterdir()] == ["export"]


def test_an_interrupted_export_leaves_nothing_behind(edge_run: RunFolder, tmp_path: Path) -> None:
    def interrupt(step: str) -> None:
        if step == "verifying model.tflite":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_run(edge_run, out=tmp_path / "export", formats=("tflite",), on_step=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_a_narrower_export_takes_the_older_artifacts_away(edge_run: RunFolder, tmp_path: Path) -> None:
    out = tmp_path / "export"
    export_run(edge_run, out=out, fp16=True)
    export_run(edge_run, out=out, formats=("tflite",))
    assert {item.name for item in out.iterdir()} == {
        *("model.tflite", "report.json", "report.html", "card.md", "deploy", "golden")
    }


def test_steps_are_told_and_nothing_is_printed(
    edge_run: RunFolder, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    steps: list[str] = []
    capfd.readouterr()
    export_run(edge_run, out=tmp_path / "export", int8=True, max_drop=ANY_DROP, on_step=steps.append)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""
    assert "writing model.int8.tflite" in steps
    assert steps[-1].startswith("timing ")
    assert logging.root.level == logging.WARNING


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"formats": ("onnx", "coreml")}, UsageError("coreml")),
        ({"formats": ()}, UsageError("none")),
        ({"max_drop": -1.0}, UsageError("-1")),
        ({"max_drop": float("nan")}, UsageError("nan")),
        ({"int8": True, "calibration_frames": 0}, UsageError("received 0")),
    ],
)
def test_a_wrong_argument_is_named(
    edge_run: RunFolder, tmp_path: Path, options: dict[str, object], error: UnetkitError
) -> None:
    with pytest.raises(type(error), match=str(error)):
        export_run(edge_run, out=tmp_path / "export", **options)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"train": ()}, {"int8": True}, "int8 needs training frames"),
        ({"validation": ()}, {}, "nothing can be verified"),
        ({"cache": "/nowhere", "reference": "/nowhere"}, {"int8": True}, "both gone"),
    ],
)
def test_int8_without_frames_is_an_error_of_one_line(
    edge_run: RunFolder, tmp_path: Path, change: dict[str, object], options: dict[str, bool], message: str
) -> None:
    run = RunFolder(tmp_path)
    run.checkpoint.write_bytes(edge_run.checkpoint.read_bytes())
    dataclasses.replace(DataRecord.read(edge_run.split), **change).write(run.split)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=message) as error:
        export_run(run, **options)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)
    assert not run.export.exists()


def test_a_folder_that_holds_something_else_is_not_replaced(edge_run: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError, match=r"thesis\.tex"):
        export_run(edge_run, out=tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[: len(data) // 2], lambda data: b"not a model"])
def test_a_damaged_checkpoint_is_named(edge_run: RunFolder, tmp_path: Path, damage: object) -> None:
    run = RunFolder(tmp_path)
    run.checkpoint.write_bytes(damage(edge_run.checkpoint.read_bytes()))  # type: ignore[operator]
    run.split.write_bytes(edge_run.split.read_bytes())
    with pytest.raises(ArtifactError, match=r"best\.keras"):
        export_run(run)


def test_an_int8_artifact_that_loses_too_much_is_made_by_another_recipe_and_the_report_has_the_trade(
    edge_run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ranges of a hundredth ruin everything but what is calibrated by mse."""
    ranges = Statistics.ranges

    def narrow(self: Statistics, method: RangeMethod) -> dict[str, Range]:
        share = 1.0 if method == "mse" else 0.01
        return {name: (low * share, high * share) for name, (low, high) in ranges(self, method).items()}

    monkeypatch.setattr(Statistics, "ranges", narrow)
    summary = export_run(edge_run, out=tmp_path / "out", formats=("tflite",), int8=True, max_drop=3.0)
    result = summary.results[-1]
    assert result.search is not None
    assert [trial.recipe.ranges for trial in result.search.trials] == ["minmax", "percentile", "mse"]
    assert [trial.drop > 3 for trial in result.search.trials] == [True, True, False]
    assert all(0 < trial.latency_ratio < 100 for trial in result.search.trials)
    assert result.recipe == result.search.chosen == Recipe(ranges="mse")
    assert read_spec(tmp_path / "out" / result.file).provenance["quantisation_ranges"] == "mse"
    told = json.loads((tmp_path / "out" / "report.json").read_text())["results"][-1]["search"]
    assert told["found"] is True
    assert len(told["trials"]) == 3

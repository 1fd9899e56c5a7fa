import json
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tests.tiny_models import SPEC, write_onnx
from unetkit.benchmarks.peers.tutorial import TutorialPipeline
from unetkit.benchmarks.versus import main, versus_tutorial
from unetkit.benchmarks.versus_report import VersusReport
from unetkit.contract.artifact import sha256_of, write_spec
from unetkit.errors import ArtifactError, MissingDependencyError, SourceError, UsageError
from unetkit.runtime.host import HostInfo


def checkpoint_without_network(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", "{}")
    write_spec(path, SPEC)
    return path


def exported_from(checkpoint: Path, path: Path) -> Path:
    return write_onnx(path, spec=replace(SPEC, provenance={"checkpoint_sha256": sha256_of(checkpoint)}))


def report() -> VersusReport:
    return VersusReport(
        host=HostInfo.here(),
        clip="clip.mp4",
        frame_hw=(720, 1280),
        checkpoint="best.keras",
        checkpoint_sha256="a" * 64,
        tutorial_device="CPU",
        artifact="model.int8.tflite",
        artifact_sha256="b" * 64,
        engine="tflite",
        device="CPU",
        precision="int8",
        threads=2,
        frames_per_round=30,
        tutorial_fps=(10.0, 8.0, 12.5),
        unetkit_fps=(60.0, 72.0, 50.0),
        ratios=(6.0, 9.0, 4.0),
        agreement_mean=0.9912,
        agreement_min=0.97,
    )


def test_the_report_is_json_with_the_median_and_the_ends_of_the_ratios() -> None:
    table = json.loads(json.dumps(report().to_dict(), allow_nan=False))
    assert (table["ratio_median"], table["ratio_min"], table["ratio_max"]) == (6.0, 4.0, 9.0)
    assert (table["tutorial_fps_median"], table["unetkit_fps_median"]) == (10.0, 60.0)
    assert table["ratios"] == [6.0, 9.0, 4.0]
    assert table["host"]["cpu"]


def test_the_report_reads_as_lines() -> None:
    assert report().lines()[1:] == (
        "clip.mp4, 1280x720: 3 rounds of 30 frames each, decode to overlay",
        "tutorial    10.0 (rounds 8.0 to 12.5) fps  Keras predict on CPU, best.keras",
        "unetkit     60.0 (rounds 50.0 to 72.0) fps  tflite on CPU, int8, 2 threads, model.int8.tflite",
        "ratio        6.0 (rounds 4.0 to 9.0)",
        "masks agree on 99.12% of the pixels, 97.00% in the worst frame",
    )


def test_an_artifact_of_another_checkpoint_is_refused(tmp_path: Path) -> None:
    checkpoint = checkpoint_without_network(tmp_path / "best.keras")
    for artifact in (
        write_onnx(tmp_path / "unknown.onnx"),
        exported_from(tmp_path / "unknown.onnx", tmp_path / "b.onnx"),
    ):
        with pytest.raises(UsageError, match="was not exported from"):
            versus_tutorial(checkpoint, artifact, tmp_path / "clip.mp4")


def test_a_clip_that_is_not_there_is_an_error_before_a_network_is_loaded(tmp_path: Path) -> None:
    checkpoint = checkpoint_without_network(tmp_path / "best.keras")
    artifact = exported_from(checkpoint, tmp_path / "model.onnx")
    with pytest.raises(SourceError, match="no video file"):
        versus_tutorial(checkpoint, artifact, tmp_path / "missing.mp4")


@pytest.mark.parametrize("arguments", [{"rounds": 0}, {"frames_per_round": 0}])
def test_no_rounds_and_no_frames_are_refused(tmp_path: Path, arguments: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="both must be 1 or more"):
        versus_tutorial(tmp_path / "a.keras", tmp_path / "a.onnx", tmp_path / "a.mp4", **arguments)


def test_without_tensorflow_the_tutorial_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "unetkit\[train\]"'):
        TutorialPipeline(checkpoint_without_network(tmp_path / "best.keras"))


def test_the_command_ends_with_one_line_and_the_error_s_exit_code(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(main)
    names = ("--checkpoint", "--artifact", "--clip")
    result = CliRunner().invoke(app, [word for name in names for word in (name, str(tmp_path / "missing"))])
    assert result.exit_code == ArtifactError.exit_code
    assert result.output.startswith("unetkit: cannot read model")
    assert result.output.count("\n") == 1

"""An export that is not the model, or cannot be proven to be, is not published."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Workshop
from unetkit.contract.runfolder import RunFolder


@pytest.fixture
def copied(workshop: Workshop, tmp_path: Path) -> RunFolder:
    """The run without an export, to be spoilt."""
    return RunFolder(
        Path(shutil.copytree(workshop.run.path, tmp_path / "run", ignore=shutil.ignore_patterns("export")))
    )


def rescale_scores(run: RunFolder, factor: float) -> None:
    """Multiply the last convolution of the checkpoint: the same masks, other scores."""
    import h5py  # type: ignore[import-untyped]

    with zipfile.ZipFile(run.checkpoint) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    weights = run.path / "weights.h5"
    weights.write_bytes(members["model.weights.h5"])
    with h5py.File(weights, "r+") as file:
        convolutions = [layer["vars"] for layer in file["layers"].values() if "1" in layer["vars"]]
        (head,) = [variables for variables in convolutions if variables["0"].ndim == 4]  # only the last one has a bias
        for variable in head.values():
            variable[...] = variable[...] * factor
    members["model.weights.h5"] = weights.read_bytes()
    weights.unlink()
    with zipfile.ZipFile(run.checkpoint, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_scores_that_half_precision_cannot_hold_are_not_published(copied: RunFolder, workshop: Workshop) -> None:
    rescale_scores(copied, 1e6)  # float16 ends at 65,504
    copied.export.mkdir()
    (copied.export / "model.onnx").write_bytes(b"the export of last week")
    line = workshop.shell.refused("export", copied.path, "--fp16", "--format", "onnx", code=5)
    assert line.startswith("unetkit: nothing is published: model.fp16.onnx: ")
    assert [file.name for file in copied.export.iterdir()] == ["model.onnx"]
    assert (copied.export / "model.onnx").read_bytes() == b"the export of last week"
    assert not [path for path in copied.path.iterdir() if path.name.startswith(".")]


def no_calibration(run: RunFolder) -> None:
    record = json.loads(run.split.read_text())
    run.split.write_text(json.dumps({**record, "train": []}))


def no_record(run: RunFolder) -> None:
    run.split.unlink()


def cut_checkpoint(run: RunFolder) -> None:
    run.checkpoint.write_bytes(run.checkpoint.read_bytes()[:5000])


@pytest.mark.parametrize(
    ("spoil", "code", "words"),
    [
        (no_calibration, 3, "int8 needs training frames to calibrate on"),
        (no_record, 3, "split.json"),
        (cut_checkpoint, 4, "best.keras"),
    ],
    ids=["no calibration frames", "no record", "cut checkpoint"],
)
def test_a_run_that_cannot_be_exported_is_one_line_and_leaves_nothing(
    spoil: Callable[[RunFolder], None], code: int, words: str, copied: RunFolder, workshop: Workshop
) -> None:
    spoil(copied)
    before = sorted(path.name for path in copied.path.iterdir())
    line = workshop.shell.refused("export", copied.path, "--int8", "--format", "onnx", code=code)
    assert words in line
    assert sorted(path.name for path in copied.path.iterdir()) == before

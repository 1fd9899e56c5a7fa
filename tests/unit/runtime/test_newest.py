"""Which artifact is meant when none is named."""

import os
from pathlib import Path

import pytest

from unetkit.contract.artifact import Format
from unetkit.runtime.newest import newest_artifacts

LITERT_FIRST: tuple[Format, ...] = ("tflite", "onnx")
ONNX_ONLY: tuple[Format, ...] = ("onnx",)


def _export(root: Path, run: str, *names: str, age_s: int = 0) -> None:
    folder = root / run / "export"
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes(b"model")
        os.utime(folder / name, (1e9 - age_s, 1e9 - age_s))


@pytest.mark.parametrize(
    ("formats", "files", "taken"),
    [
        (LITERT_FIRST, ("model.int8.tflite", "model.int8.onnx", "model.tflite", "model.onnx"), "model.int8.tflite"),
        (LITERT_FIRST, ("model.int8.onnx", "model.tflite", "model.onnx"), "model.int8.onnx"),
        (LITERT_FIRST, ("model.fp16.tflite", "model.tflite", "model.onnx"), "model.tflite"),
        (LITERT_FIRST, ("model.onnx",), "model.onnx"),
        (ONNX_ONLY, ("model.int8.tflite", "model.int8.onnx", "model.onnx"), "model.int8.onnx"),
        (ONNX_ONLY, ("model.int8.tflite", "model.onnx"), "model.onnx"),
    ],
)
def test_int8_goes_first_and_what_this_machine_can_run(
    formats: tuple[Format, ...], files: tuple[str, ...], taken: str, tmp_path: Path
) -> None:
    _export(tmp_path, "pets", *files)
    assert newest_artifacts(formats, tmp_path)[0] == tmp_path / "pets" / "export" / taken


def test_the_export_written_last_is_taken_even_when_another_has_int8(tmp_path: Path) -> None:
    _export(tmp_path, "old", "model.int8.onnx", "model.onnx", age_s=100)
    _export(tmp_path, "new", "model.onnx")
    assert newest_artifacts(LITERT_FIRST, tmp_path)[0] == tmp_path / "new" / "export" / "model.onnx"


@pytest.mark.parametrize("files", [(), ("report.json",), ("model.tflite",)])
def test_without_an_export_that_can_run_here_there_is_none(files: tuple[str, ...], tmp_path: Path) -> None:
    _export(tmp_path, "pets", *files)
    assert newest_artifacts(ONNX_ONLY, tmp_path) == ()


def test_a_folder_that_is_not_there_is_no_export(tmp_path: Path) -> None:
    assert newest_artifacts(LITERT_FIRST, tmp_path / "runs") == ()

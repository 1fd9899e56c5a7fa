"""Which artifact is meant when none is named."""

import os
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from unetkit.errors import UsageError
from unetkit.runtime import newest
from unetkit.runtime.newest import newest_artifact


def _export(root: Path, run: str, *names: str, age_s: int = 0) -> None:
    folder = root / run / "export"
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes(b"model")
        os.utime(folder / name, (1e9 - age_s, 1e9 - age_s))


@pytest.mark.parametrize(
    ("has_litert", "files", "taken"),
    [
        (True, ("model.int8.tflite", "model.int8.onnx", "model.tflite", "model.onnx"), "model.int8.tflite"),
        (True, ("model.int8.onnx", "model.tflite", "model.onnx"), "model.int8.onnx"),
        (True, ("model.fp16.tflite", "model.tflite", "model.onnx"), "model.tflite"),
        (True, ("model.onnx",), "model.onnx"),
        (False, ("model.int8.tflite", "model.int8.onnx", "model.onnx"), "model.int8.onnx"),
        (False, ("model.int8.tflite", "model.onnx"), "model.onnx"),
    ],
)
def test_int8_goes_first_and_what_this_machine_can_run(
    has_litert: bool, files: tuple[str, ...], taken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ModuleSpec("ai_edge_litert", None) if has_litert else None
    monkeypatch.setattr(newest, "find_spec", lambda _: found)
    _export(tmp_path, "pets", *files)
    assert newest_artifact(tmp_path) == tmp_path / "pets" / "export" / taken


def test_the_export_written_last_is_taken_even_when_another_has_int8(tmp_path: Path) -> None:
    _export(tmp_path, "old", "model.int8.onnx", "model.onnx", age_s=100)
    _export(tmp_path, "new", "model.onnx")
    assert newest_artifact(tmp_path) == tmp_path / "new" / "export" / "model.onnx"


@pytest.mark.parametrize("files", [(), ("report.json",)])
def test_without_an_export_the_command_that_makes_one_is_named(files: tuple[str, ...], tmp_path: Path) -> None:
    _export(tmp_path, "pets", *files)
    with pytest.raises(UsageError, match=r"no exported model in .*; make one with `unetkit export`"):
        newest_artifact(tmp_path)


def test_a_folder_that_is_not_there_is_no_export(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unetkit export"):
        newest_artifact(tmp_path / "runs")

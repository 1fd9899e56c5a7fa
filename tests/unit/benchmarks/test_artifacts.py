from pathlib import Path

import pytest

from unetkit.benchmarks.artifacts import artifacts_in
from unetkit.errors import UsageError
from unetkit.runtime.backends.backend import Engine

ONNX, TFLITE = b"\x08\x09", b"\x1c\x00\x00\x00TFL3"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    folder = tmp_path / "export"
    folder.mkdir()
    for name in ("model.int8.onnx", "model.onnx", "model.fp16.onnx"):
        (folder / name).write_bytes(ONNX)
    for name in ("model.tflite", "model.int8.tflite"):
        (folder / name).write_bytes(TFLITE)
    (folder / "model.int8.xml").write_text('<?xml version="1.0"?>\n<net name="model" version="11"></net>')
    (folder / "model.int8.bin").write_bytes(b"")
    (folder / "report.json").write_text("{}")
    (folder / ".model-1a2b.onnx").write_bytes(b"")  # left by an export that was killed
    return folder


@pytest.mark.parametrize(
    ("engine", "names"),
    [
        ("auto", ["model.onnx", "model.tflite", "model.fp16.onnx", "model.int8.onnx", "model.int8.tflite"]),
        ("onnx", ["model.onnx", "model.fp16.onnx", "model.int8.onnx"]),
        ("tflite", ["model.tflite", "model.int8.tflite"]),
        ("openvino", ["model.onnx", "model.fp16.onnx", "model.int8.onnx", "model.int8.xml"]),
    ],
)
def test_a_folder_means_its_models_that_the_engine_runs_the_unquantised_first(
    export: Path, engine: Engine, names: list[str]
) -> None:
    assert [path.name for path in artifacts_in([export], engine)] == names
    assert artifacts_in([export.parent], engine) == artifacts_in([export], engine)  # a run folder: its export


def test_files_stay_as_they_are_named_and_in_their_order(export: Path) -> None:
    files = [export / "model.tflite", export / "missing.onnx", export / "model.tflite"]
    assert artifacts_in(files, "onnx") == tuple(files)  # opening them will tell what is wrong


def test_a_folder_among_files_is_put_in_its_place(export: Path, tmp_path: Path) -> None:
    names = [path.name for path in artifacts_in([tmp_path / "best.keras", export], "tflite")]
    assert names == ["best.keras", "model.tflite", "model.int8.tflite"]


def test_nothing_to_measure_is_an_error(export: Path, tmp_path: Path) -> None:
    (empty := tmp_path / "empty").mkdir()
    for paths, engine, words in (
        ([], "auto", "nothing to measure"),
        ([empty], "auto", "no exported model in"),
        ([export], "keras", "no exported model for engine keras in"),
    ):
        with pytest.raises(UsageError, match=words):
            artifacts_in(paths, engine)  # type: ignore[arg-type]

"""Files that are no model: exit code 4 and one line, by every command that opens one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tiny_models import write_onnx
from tests.unit.cli.conftest import Unetkit
from tests.unit.contract.modelfiles import write_bare
from tests.unit.data.sets import jpeg, noise


def nowhere(path: Path) -> Path:
    return path


def a_folder(path: Path) -> Path:
    path.mkdir()
    return path


def empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def truncated(path: Path) -> Path:
    whole = write_onnx(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def cut_at_the_end(path: Path) -> Path:
    path.write_bytes(write_onnx(path).read_bytes()[:-20])
    return path


def a_picture(path: Path) -> Path:
    path.write_bytes(jpeg(noise((8, 8))))
    return path


def a_torch_file(path: Path) -> Path:
    path.write_bytes(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." * 20)
    return path


def an_onnx_without_spec(path: Path) -> Path:
    return write_onnx(path, spec=None)


def a_tflite_without_spec(path: Path) -> Path:
    return write_bare(path, "tflite")


def a_keras_without_spec(path: Path) -> Path:
    return write_bare(path, "keras")


FAULTS: list[tuple[Callable[[Path], Path], str]] = [
    (nowhere, "No such file or directory"),
    (a_folder, "Is a directory"),
    (empty, "is empty; export it again"),
    (truncated, "model.onnx"),
    (cut_at_the_end, "model.onnx"),
    (a_picture, "is not a .keras, .onnx, .tflite or OpenVINO .xml model"),
    (a_torch_file, "is not a .keras, .onnx, .tflite or OpenVINO .xml model"),
    (an_onnx_without_spec, "carries no unetkit spec"),
    (a_tflite_without_spec, "carries no unetkit spec"),
    (a_keras_without_spec, "carries no unetkit spec"),
]
COMMANDS = {
    "inspect": ["inspect", "{model}"],
    "inspect as JSON": ["inspect", "{model}", "--json"],
    "evaluate": ["evaluate", "{model}", "synthetic"],
    "webcam": ["webcam", "{model}", "--camera", "synthetic", "--headless"],
    "video": ["video", "{model}", "synthetic:2"],
    "bench": ["bench", "{model}"],
}


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize(("spoilt", "words"), FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
def test_a_file_that_is_no_model_is_refused_in_one_line(
    spoilt: Callable[[Path], Path], words: str, arguments: list[str], unetkit: Unetkit, tmp_path: Path
) -> None:
    path = spoilt(tmp_path / "model.onnx")
    if path.is_dir() and arguments[0] == "bench":
        pytest.skip("bench takes folders")
    outcome = unetkit(*(item.format(model=path) for item in arguments))
    assert (outcome.code, outcome.out, len(outcome.lines)) == (4, "", 1)
    assert words in outcome.err
    assert str(path) in outcome.err


def test_a_byte_changed_after_the_export_is_found_when_the_model_is_run(unetkit: Unetkit, tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "model.onnx")
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 3] ^= 1
    path.write_bytes(damaged)
    outcome = unetkit("video", path, "synthetic:2")
    assert (outcome.code, outcome.out, len(outcome.lines)) == (4, "", 1)
    assert "damaged or changed after it was written" in outcome.err

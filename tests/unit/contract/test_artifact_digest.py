"""The digest that goes into a model file with its spec: a damaged copy is told from a whole one."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.tiny_models import SPEC, write_onnx
from unetkit.contract.artifact import check_intact, read_spec, write_spec
from unetkit.contract.onnx_wire import initialiser_types
from unetkit.errors import ArtifactError


def _tflite(path: Path) -> Path:
    """Enough of a flatbuffer for the contract, which reads its identifier alone."""
    path.write_bytes(b"\x1c\x00\x00\x00TFL3" + np.random.default_rng(0).bytes(500))
    write_spec(path, SPEC)
    return path


def _onnx(path: Path) -> Path:
    return write_onnx(path, "int8")


MAKERS = pytest.mark.parametrize("make", [_onnx, _tflite])
Make = Callable[[Path], Path]


@MAKERS
def test_a_model_as_it_was_written_is_intact(make: Make, tmp_path: Path) -> None:
    path = make(tmp_path / "model")
    check_intact(path)
    assert read_spec(path) == SPEC


@MAKERS
def test_writing_another_spec_replaces_the_digest_too(make: Make, tmp_path: Path) -> None:
    path = make(tmp_path / "model")
    once = path.read_bytes()
    write_spec(path, replace(SPEC, name="other"))
    check_intact(path)
    assert read_spec(path).name == "other"
    write_spec(path, SPEC)
    assert path.read_bytes() == once  # nothing piles up


@MAKERS
def test_a_flipped_bit_in_the_weights_is_found(make: Make, tmp_path: Path) -> None:
    path = make(tmp_path / "model")
    content = path.read_bytes()
    for position in range(20, 400, 20):
        broken = bytearray(content)
        broken[position] ^= 1
        path.write_bytes(broken)
        with pytest.raises(ArtifactError):
            check_intact(path)


def test_a_model_that_was_only_given_a_spec_by_hand_is_not_intact(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "model.onnx", spec=None)
    with pytest.raises(ArtifactError, match="damaged or changed after it was written"):
        check_intact(path)


def test_a_checkpoint_is_left_to_the_checksums_of_its_archive(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as new:
        new.writestr("config.json", "{}")
    path = tmp_path / "best.keras"
    path.write_bytes(archive.getvalue())
    check_intact(path)


@pytest.mark.parametrize(
    ("precision", "types"), [("fp32", {"float32"}), ("fp16", {"float16"}), ("int8", {"float32", "int8", "uint8"})]
)
def test_the_types_of_an_onnx_graphs_constants_are_read_off_the_file(
    precision: str, types: set[str], tmp_path: Path
) -> None:
    with write_onnx(tmp_path / "model.onnx", precision).open("rb") as stream:
        assert initialiser_types(stream) == types

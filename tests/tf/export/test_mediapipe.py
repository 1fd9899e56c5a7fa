"""An exported .tflite model in MediaPipe's own tasks API: it opens, knows the classes, and gives unetkit's scores."""

import importlib.util
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tf.tiny_models import write_tflite
from tests.tiny_models import HEIGHT, SPEC, WIDTH
from unetkit.contract.artifact import check_intact, read_spec, write_spec
from unetkit.export.tflite_metadata import describe_tflite, metadata_block
from unetkit.runtime.segmenter import Segmenter

pytestmark = pytest.mark.tf

# In a process of its own: MediaPipe brings its own TensorFlow Lite, and its own idea of logging.
SEGMENT = """
import json, sys
import mediapipe
import numpy
from mediapipe.tasks.python import BaseOptions, vision

options = vision.ImageSegmenterOptions(
    base_options=BaseOptions(model_asset_path=sys.argv[1]), output_category_mask=True, output_confidence_masks=True
)
frame = numpy.load(sys.argv[2])
with vision.ImageSegmenter.create_from_options(options) as segmenter:
    found = segmenter.segment(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=frame))
    masks = [mask.numpy_view().reshape(frame.shape[:2]).tolist() for mask in found.confidence_masks]
    labels = found.category_mask.numpy_view().reshape(frame.shape[:2]).tolist()
    print(json.dumps({"names": segmenter.labels, "shares": masks, "labels": labels}))
"""


def described(path: Path, precision: str) -> Path:
    write_tflite(path, precision, spec=None)
    describe_tflite(path, SPEC)
    write_spec(path, SPEC)
    return path


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_mediapipe_opens_the_model_and_gives_its_shares_labels_and_names(precision: str, tmp_path: Path) -> None:
    if importlib.util.find_spec("mediapipe") is None:
        pytest.skip("mediapipe is not installed")
    path = described(tmp_path / "model.tflite", precision)
    frame = np.random.default_rng(5).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    np.save(tmp_path / "frame.npy", frame)  # BGR, under MediaPipe's name for three channels
    done = subprocess.run(
        [sys.executable, "-c", SEGMENT, str(path), str(tmp_path / "frame.npy")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    with Segmenter.open(path, device="cpu") as segmenter:
        mask = segmenter.predict(frame, keep_scores=True)
    assert mask.scores is not None
    powers = np.exp(mask.scores - mask.scores.max(-1, keepdims=True))
    shares = powers / powers.sum(-1, keepdims=True)
    assert found["names"] == list(SPEC.class_names)
    # the same bytes through the same kernels; a float32 softmax differs in its last digits
    np.testing.assert_allclose(np.moveaxis(np.array(found["shares"]), 0, -1), shares, atol=1e-5)
    np.testing.assert_array_equal(found["labels"], mask.labels)


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_the_block_changes_no_score_and_leaves_the_spec_readable(precision: str, tmp_path: Path) -> None:
    plain = write_tflite(tmp_path / "plain.tflite", precision)
    path = described(tmp_path / "model.tflite", precision)
    check_intact(path)
    assert read_spec(path) == SPEC
    with zipfile.ZipFile(path) as archive:
        assert archive.read("labels.txt") == b"ground\ncat\ndog\n"
    tensor = np.random.default_rng(1).integers(0, 256, (1, HEIGHT, WIDTH, 3), dtype=np.uint8)
    with Segmenter.open(plain, device="cpu") as before, Segmenter.open(path, device="cpu") as after:
        np.testing.assert_array_equal(after.infer(tensor), before.infer(tensor))


def test_the_block_is_the_same_for_the_same_spec_and_says_how_the_scores_become_shares() -> None:
    import flatbuffers  # type: ignore[import-untyped]

    block = metadata_block(SPEC)
    assert block == metadata_block(SPEC)
    assert flatbuffers.util.BufferHasIdentifier(block, 0, b"M001")
    assert b"labels.txt\0" in block
    probabilities = metadata_block(replace(SPEC, scores="probabilities"))
    binary = metadata_block(replace(SPEC, classes=SPEC.classes[:2], head="sigmoid"))
    assert [_activation(item) for item in (block, probabilities, binary)] == [2, 0, 1]  # softmax, none, sigmoid


def _activation(block: bytes) -> int:
    """Field 0 of the options table behind their identifier, read by hand: 0 where it is not stored."""
    import flatbuffers

    start = block.index(b"V001") - 4
    position = start + int.from_bytes(block[start : start + 4], "little")
    table = flatbuffers.table.Table(bytearray(block), position)
    offset = table.Offset(4)
    return int(table.Get(flatbuffers.number_types.Int8Flags, offset + table.Pos)) if offset else 0

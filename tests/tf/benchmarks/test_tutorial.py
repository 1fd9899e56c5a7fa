"""The tutorial's pipeline is slow, not wrong: it must give the network what it was trained on."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.tf.tiny_models import write_keras
from tests.tiny_models import HEIGHT, SPEC, WIDTH, expected_scores, random_tensor, write_onnx
from unetkit.benchmarks.peers.tutorial import TutorialPipeline
from unetkit.benchmarks.versus import versus_tutorial
from unetkit.contract.artifact import sha256_of, write_spec
from unetkit.contract.spec import ModelSpec, ScoreKind
from unetkit.errors import ArtifactError

pytestmark = pytest.mark.tf


@pytest.mark.parametrize("color_order", ["bgr", "rgb"])
def test_at_the_network_s_own_size_the_labels_are_the_network_s(tmp_path: Path, color_order: str) -> None:
    spec = replace(SPEC, input=replace(SPEC.input, color_order=color_order))  # type: ignore[arg-type]
    pipeline = TutorialPipeline(write_keras(tmp_path / "best.keras", spec=spec))
    for seed in range(3):
        tensor = random_tensor(seed)
        np.testing.assert_array_equal(pipeline.segment(tensor[0]), expected_scores(tensor).argmax(-1))


@pytest.mark.parametrize("fit", ["stretch", "letterbox"])
@pytest.mark.parametrize("hw", [(64, 24), (20, 90), (5, 4)])
def test_a_frame_of_any_shape_gets_a_mask_of_its_size(tmp_path: Path, fit: str, hw: tuple[int, int]) -> None:
    spec = replace(SPEC, input=replace(SPEC.input, fit=fit))  # type: ignore[arg-type]
    pipeline = TutorialPipeline(write_keras(tmp_path / "best.keras", spec=spec))
    flat = np.full((*hw, 3), (0, 255, 0), np.uint8)
    (expected,) = np.unique(expected_scores(np.full((1, 1, 1, 3), (0, 255, 0), np.uint8)).argmax(-1))
    bars = expected_scores(np.full((1, 1, 1, 3), 127, np.uint8)).argmax(-1)
    assert expected != bars  # else a letterbox bar that leaks into the mask would not show
    np.testing.assert_array_equal(pipeline.segment(flat), np.full(hw, expected))


@pytest.mark.parametrize(("scores", "first_above"), [("logits", 179), ("probabilities", 204)])
def test_a_binary_head_is_cut_at_its_threshold(tmp_path: Path, scores: ScoreKind, first_above: int) -> None:
    """The network passes (blue - 127) / 128 on: logit(.6) = .4055 lies above 178 (.398), .6 itself above 203 (.594)."""
    import keras

    layer = keras.layers.Conv2D(1, 1, use_bias=False)
    model = keras.Sequential([keras.Input((HEIGHT, WIDTH, 3)), layer])
    layer.set_weights([np.array([1, 0, 0], np.float32).reshape(1, 1, 3, 1)])
    path = tmp_path / "best.keras"
    model.save(path)
    classes = SPEC.classes[:2]
    spec = ModelSpec(name="binary", input=SPEC.input, classes=classes, head="sigmoid", scores=scores, threshold=0.6)
    write_spec(path, spec)
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    frame[..., 0] = np.arange(140, 140 + HEIGHT * WIDTH).reshape(HEIGHT, WIDTH)
    np.testing.assert_array_equal(TutorialPipeline(path).segment(frame), frame[..., 0] >= first_above)


def test_the_picture_is_half_frame_half_colour(tmp_path: Path) -> None:
    pipeline = TutorialPipeline(write_keras(tmp_path / "best.keras"))
    frame = np.array([[[10, 20, 30], [200, 100, 5]]], np.uint8)
    drawn = pipeline.draw(frame, np.array([[0, 2]], np.uint8))
    np.testing.assert_array_equal(drawn, [[[5, 10, 15], [100, 50, 3]]])  # (5 + 2) / 2 = 3.5, cut off
    assert drawn.dtype == np.uint8


def test_a_checkpoint_that_does_not_open_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"model\.onnx cannot be opened"):
        TutorialPipeline(write_onnx(tmp_path / "model.onnx"))


def test_both_pipelines_go_through_a_clip_and_agree(tmp_path: Path) -> None:
    clip = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"MJPG"), 10, (96, 64))
    for color in ((0, 255, 0), (255, 0, 0), (0, 0, 255), (0, 255, 0)):  # flat: any resize gives the same
        writer.write(np.full((64, 96, 3), color, np.uint8))
    writer.release()
    checkpoint = write_keras(tmp_path / "best.keras")
    spec = replace(SPEC, provenance={"checkpoint_sha256": sha256_of(checkpoint)})
    artifact = write_onnx(tmp_path / "model.onnx", spec=spec)
    report = versus_tutorial(checkpoint, artifact, clip, rounds=3, frames_per_round=2)
    assert (report.agreement_mean, report.agreement_min) == (1.0, 1.0)
    assert (report.frame_hw, report.engine, report.precision) == ((64, 96), "onnx", "fp32")
    assert (report.checkpoint_sha256, report.artifact_sha256) == (sha256_of(checkpoint), sha256_of(artifact))
    rates = zip(report.tutorial_fps, report.unetkit_fps, report.ratios, strict=True)
    assert [own / tutorial for tutorial, own, _ in rates] == pytest.approx(list(report.ratios))
    assert len(report.ratios) == 3
    json.dumps(report.to_dict(), allow_nan=False)

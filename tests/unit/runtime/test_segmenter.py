"""Segmenter: a frame of any size in, a mask of that size out."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.tiny_models import HEIGHT, SPEC, WIDTH, expected_scores, random_tensor, write_onnx
from unetkit.contract.edges import Edges
from unetkit.contract.spec import ModelSpec
from unetkit.errors import ArtifactError, DataError, UsageError
from unetkit.runtime.segmenter import Segmenter


def _opened(folder: Path, spec: ModelSpec = SPEC) -> Segmenter:
    return Segmenter.open(str(write_onnx(folder / "model.onnx", spec=spec)), device="cpu")


def test_a_frame_of_the_models_size_gets_the_class_with_the_largest_score(tmp_path: Path) -> None:
    frame = random_tensor(5)
    mask = _opened(tmp_path).predict(frame[0])
    np.testing.assert_array_equal(mask.labels, expected_scores(frame).argmax(-1))
    assert mask.labels.dtype == np.uint8
    assert mask.scores is None


def test_a_larger_frame_gets_a_mask_of_its_own_size(tmp_path: Path) -> None:
    # Black left, white right. Black is about -1 in each channel: scores -.75 + .25, -.5, +.5: dog. White is 1: scores
    # .75 + .25, -.5, -.5: ground.
    frame = np.full((40, 60, 3), 255, np.uint8)
    frame[:, :30] = 0
    labels = _opened(tmp_path).predict(frame).labels
    assert labels.shape == (40, 60)
    assert (labels[:, :25] == 2).all()
    assert (labels[:, 35:] == 0).all()


def test_scores_are_kept_on_request_and_without_the_letterbox_bars(tmp_path: Path) -> None:
    spec = replace(SPEC, input=replace(SPEC.input, fit="letterbox"))
    segmenter = _opened(tmp_path, spec)
    mask = segmenter.predict(np.zeros((30, 30, 3), np.uint8), keep_scores=True)
    assert mask.scores is not None
    assert mask.scores.shape == (8, 8, 3)  # a square in 8 x 12
    assert mask.labels.shape == (30, 30)


def test_the_three_stages_make_the_prediction(tmp_path: Path) -> None:
    segmenter = _opened(tmp_path)
    frame = cv2.resize(random_tensor(6)[0], (50, 40))
    tensor, placement = segmenter.preprocess(frame)
    assert tensor.shape == (1, HEIGHT, WIDTH, 3)
    mask = segmenter.postprocess(segmenter.infer(tensor), placement, keep_scores=True)
    whole = segmenter.predict(frame, keep_scores=True)
    np.testing.assert_array_equal(mask.labels, whole.labels)
    np.testing.assert_array_equal(mask.scores, whole.scores)


def test_guided_masks_need_the_frame_in_hand(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "model.onnx")
    frame = cv2.resize(random_tensor(6)[0], (50, 40))
    with Segmenter.open(path, device="cpu", edges="guided") as segmenter:
        tensor, placement = segmenter.preprocess(frame)
        scores = segmenter.infer(tensor)
        with pytest.raises(UsageError, match="give `postprocess` the frame"):
            segmenter.postprocess(scores, placement)
        mask = segmenter.postprocess(scores, placement, frame=frame)
        assert mask.soft is not None
        np.testing.assert_array_equal(mask.labels, segmenter.predict(frame).labels)


@pytest.mark.parametrize(("edges", "guided"), [("plain", False), ("auto", False), ("guided", True)])
def test_by_default_and_of_more_than_two_classes_the_scores_alone_decide(
    tmp_path: Path, edges: Edges, guided: bool
) -> None:
    with Segmenter.open(write_onnx(tmp_path / "model.onnx"), device="cpu", edges=edges) as segmenter:
        assert segmenter.guided is guided
    with _opened(tmp_path) as segmenter:
        assert not segmenter.guided


def test_preprocess_fills_the_tensor_it_is_given(tmp_path: Path) -> None:
    out = np.zeros((1, HEIGHT, WIDTH, 3), np.uint8)
    tensor, _ = _opened(tmp_path).preprocess(random_tensor(7)[0], out=out)
    assert tensor is out
    np.testing.assert_array_equal(out, random_tensor(7))


@pytest.mark.parametrize(
    "frame",
    [np.zeros((8, 12), np.uint8), np.zeros((8, 12, 4), np.uint8), np.zeros((8, 12, 3)), np.zeros((0, 12, 3), np.uint8)],
    ids=["grey", "with alpha", "float", "empty"],
)
def test_what_is_no_frame_is_refused(frame: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"must be uint8 \(H, W, 3\) BGR, received"):
        _opened(tmp_path).predict(frame)


def test_a_model_without_a_spec_is_refused(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "model.onnx", spec=None)
    with pytest.raises(ArtifactError, match="carries no unetkit spec"):
        Segmenter.open(path)


def test_a_model_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="No such file"):
        Segmenter.open(tmp_path / "model.onnx")


def test_it_closes_its_engine_when_the_block_ends(tmp_path: Path) -> None:
    with _opened(tmp_path) as segmenter:
        segmenter.predict(random_tensor(1)[0])
    with pytest.raises(AttributeError):
        segmenter.infer(random_tensor(1))

"""Masks that follow the edges of their frame."""

from typing import Any

import cv2
import numpy as np
import pytest

from unetkit.contract.arrays import BgrFrame, Labels, Scores
from unetkit.contract.buffers import Buffers
from unetkit.contract.edges import follows_edges
from unetkit.contract.postprocess import Mask, postprocess
from unetkit.contract.preprocess import place
from unetkit.contract.spec import ClassSpec, InputSpec, ModelSpec
from unetkit.errors import UsageError

GROUND_BGR, THING_BGR, OTHER_BGR = (60, 70, 80), (40, 160, 220), (230, 60, 50)


def _spec(classes: int, *, fit: Any = "stretch", **fields: Any) -> ModelSpec:
    names = tuple(ClassSpec(name=str(index), bgr=(index, 0, 0)) for index in range(classes))
    return ModelSpec(name="test", input=InputSpec(height=32, width=48, fit=fit), classes=names, **fields)


def _scene(hw: tuple[int, int]) -> tuple[BgrFrame, Labels]:
    """A ring of one colour with teeth two pixels wide, what is in it of another, noise over all."""
    height, width = hw
    rows, columns = np.mgrid[:height, :width]
    angle = np.arctan2(rows - height / 2, columns - width / 2)
    radius = np.hypot((rows - height / 2) / height, (columns - width / 2) / width)
    labels = np.zeros(hw, np.uint8)
    labels[radius < 0.3 + 0.02 * np.sign(np.sin(24 * angle))] = 1
    labels[radius < 0.15] = 2
    frame = np.array([GROUND_BGR, THING_BGR, OTHER_BGR], np.int16)[labels]
    noisy = frame + np.random.default_rng(0).integers(-6, 7, frame.shape)
    return noisy.astype(np.uint8), labels


def _scores(labels: Labels, spec: ModelSpec) -> Scores:
    """What a network of the spec's size could say at best: each class's share of its pixels, +-4 as logits."""
    placement = place((labels.shape[0], labels.shape[1]), spec.input)
    scores = np.full((*spec.input.hw, spec.channels), 9, np.float32)  # in the bars: nothing that may come out
    rows = slice(placement.top, placement.top + placement.height)
    columns = slice(placement.left, placement.left + placement.width)
    for channel in range(spec.channels):
        inside = labels == channel if spec.channels > 1 else labels > 0
        size_wh = placement.width, placement.height
        scores[rows, columns, channel] = cv2.resize(inside * 8.0, size_wh, interpolation=cv2.INTER_AREA) - 4
    if spec.scores == "probabilities":
        scores[rows, columns] = (scores[rows, columns] + 4) / 8
    return scores


def _masks(spec: ModelSpec, hw: tuple[int, int]) -> tuple[Mask, Mask, Labels]:
    """Plain, guided, truth."""
    frame, truth = _scene(hw)
    if len(spec.classes) == 2:
        truth = np.minimum(truth, 1)
    scores, placement = _scores(truth, spec), place(hw, spec.input)
    return postprocess(scores, placement, spec), postprocess(scores, placement, spec, guide=frame), truth


@pytest.mark.parametrize("fit", ["stretch", "letterbox"])
@pytest.mark.parametrize("kind", ["logits", "probabilities"])
@pytest.mark.parametrize(("classes", "head"), [(2, "sigmoid"), (2, "softmax"), (3, "softmax")])
def test_outlines_are_nearer_to_the_frame_s(classes: int, head: Any, kind: Any, fit: Any) -> None:
    plain, guided, truth = _masks(_spec(classes, head=head, scores=kind, fit=fit), (240, 360))
    assert guided.labels.dtype == np.uint8
    assert guided.labels.shape == (240, 360)
    assert (guided.labels != truth).mean() < 0.5 * (plain.labels != truth).mean()


def test_a_large_frame_is_worked_on_at_a_quarter_of_its_size_and_comes_back_whole() -> None:
    plain, guided, truth = _masks(_spec(2, head="sigmoid"), (720, 1080))
    assert guided.labels.shape == (720, 1080)
    assert (guided.labels != truth).mean() < 0.5 * (plain.labels != truth).mean()


@pytest.mark.parametrize("hw", [(1, 1), (5, 3), (32, 48), (20, 300), (300, 7)])
@pytest.mark.parametrize("classes", [2, 3, 30])
def test_frames_of_any_size_have_a_mask_of_their_size(hw: tuple[int, int], classes: int) -> None:
    spec = _spec(classes, fit="letterbox")
    scores = np.random.default_rng(0).normal(size=(32, 48, classes)).astype(np.float32)
    frame = np.random.default_rng(1).integers(0, 256, (*hw, 3), np.uint8)
    mask = postprocess(scores, place(hw, spec.input), spec, guide=frame)
    assert mask.labels.shape == hw
    assert mask.labels.max() < classes


@pytest.mark.parametrize("logit", [-1e30, -80.0, 80.0, 1e30])
def test_a_model_that_is_sure_everywhere_is_believed(logit: float) -> None:
    spec = _spec(2, head="sigmoid")
    frame, _ = _scene((64, 96))
    mask = postprocess(np.full((32, 48, 1), logit, np.float32), place((64, 96), spec.input), spec, guide=frame)
    assert (mask.labels == (logit > 0)).all()


@pytest.mark.parametrize("threshold", [0.35, 0.65])
def test_where_the_frame_has_no_edge_the_threshold_decides(threshold: float) -> None:
    spec = _spec(2, head="sigmoid", scores="probabilities", threshold=threshold)
    ramp = np.tile(np.linspace(0, 1, 48, dtype=np.float32), (32, 1))[..., np.newaxis]
    frame = np.full((320, 480, 3), 120, np.uint8)
    labels = postprocess(ramp, place((320, 480), spec.input), spec, guide=frame).labels
    # A window of a ramp has the mean of the ramp there, but at its ends; 10 frame pixels are one of the model's.
    assert abs(labels[160].argmax() - 480 * threshold) < 10


@pytest.mark.parametrize(("classes", "head"), [(2, "sigmoid"), (2, "softmax"), (3, "softmax")])
def test_alpha_is_whole_inside_nothing_outside_and_half_where_the_mask_ends(classes: int, head: Any) -> None:
    _, guided, _ = _masks(_spec(classes, head=head), (240, 360))
    assert guided.soft is not None
    front = [1] if classes == 2 else [1, 2]
    alpha = guided.soft.alpha(front)
    assert alpha.dtype == np.uint8
    assert alpha.shape == (240, 360)
    assert alpha[120, 180] >= 252  # teeth a filter's width away are felt
    assert alpha[:20].max() <= 3
    # Of several classes the likeliest need not have half of the probability; of two it has.
    assert ((alpha > 127) != np.isin(guided.labels, front)).mean() < (0.001 if classes == 2 else 0.01)
    behind = guided.soft.alpha([0])
    assert np.abs(alpha.astype(int) + behind - 255).max() <= 2  # two roundings
    assert guided.soft.alpha([]).max() == 0
    assert guided.soft.alpha(range(classes)).min() == 255


def test_labels_end_where_half_of_a_pixel_is_theirs() -> None:
    _, guided, _ = _masks(_spec(2, head="sigmoid"), (720, 1080))
    assert guided.soft is not None
    alpha = guided.soft.alpha([1])
    decided = np.abs(alpha.astype(int) - 128) > 2
    assert decided.mean() > 0.95
    # Both come of one plane; alpha ends at 0 and 255 before it is enlarged, which moves a steep edge within its pixel.
    assert (guided.labels[decided] != (alpha > 127)[decided]).mean() < 1e-3


def test_alpha_planes_are_the_caller_s_own() -> None:
    spec, buffers = _spec(2, head="sigmoid"), Buffers()
    frame, truth = _scene((64, 96))
    placement = place((64, 96), spec.input)
    first = postprocess(_scores(np.minimum(truth, 1), spec), placement, spec, buffers=buffers, guide=frame)
    assert first.soft is not None
    alpha = first.soft.alpha([1])
    before = alpha.copy(), first.labels.copy()
    for _ in range(3):
        again = postprocess(np.full((32, 48, 1), 9, np.float32), placement, spec, buffers=buffers, guide=frame)
        assert again.soft is not None
        again.soft.alpha([1])
    np.testing.assert_array_equal(alpha, before[0])
    np.testing.assert_array_equal(first.labels, before[1])
    np.testing.assert_array_equal(first.soft.alpha([1]), before[0])


def test_without_a_guide_there_is_no_soft_mask() -> None:
    plain, _, _ = _masks(_spec(2), (60, 90))
    assert plain.soft is None


@pytest.mark.parametrize(
    ("edges", "classes", "expected"),
    [("plain", 2, False), ("guided", 2, True), ("auto", 2, True), ("plain", 3, False), ("guided", 3, True),
     ("auto", 3, False)],
)  # fmt: skip
def test_auto_is_guided_for_two_classes(edges: Any, classes: int, expected: bool) -> None:
    assert follows_edges(edges, _spec(classes)) is expected


def test_unknown_edges_are_refused() -> None:
    with pytest.raises(UsageError, match="unknown edges 'sharp'; choose one of auto, plain, guided"):
        follows_edges("sharp", _spec(2))  # type: ignore[arg-type]

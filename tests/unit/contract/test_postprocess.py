"""Scores put back on their frame, against arithmetic by hand and an independent computation."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from unetkit.contract.buffers import Buffers
from unetkit.contract.postprocess import postprocess, score_threshold, scores_on_frame
from unetkit.contract.preprocess import place, preprocess_labels
from unetkit.contract.spec import ClassSpec, InputSpec, ModelSpec
from unetkit.errors import ArtifactError

Planes = NDArray[np.float32]


def _spec(hw: tuple[int, int], classes: int = 3, *, fit: Any = "stretch", **fields: Any) -> ModelSpec:
    return ModelSpec(
        name="test",
        input=InputSpec(height=hw[0], width=hw[1], fit=fit),
        classes=tuple(ClassSpec(name=str(index), bgr=(index, 0, 0)) for index in range(classes)),
        **fields,
    )


def _random_scores(spec: ModelSpec, seed: int = 0) -> Planes:
    return np.random.default_rng(seed).normal(size=(*spec.input.hw, spec.channels)).astype(np.float32)


def _enlarged(plane: NDArray[np.float32], hw: tuple[int, int]) -> NDArray[np.float64]:
    """Bilinear with samples at (i + 0.5) * size / n - 0.5 and repeated edges, in double precision."""
    result = plane.astype(np.float64)
    for axis, count in enumerate(hw):
        size = plane.shape[axis]
        where = np.clip((np.arange(count) + 0.5) * size / count - 0.5, 0, size - 1)
        low = np.floor(where).astype(int)
        share = (where - low).reshape((-1, 1) if axis == 0 else (1, -1))
        high = np.minimum(low + 1, size - 1)
        result = np.take(result, low, axis) * (1 - share) + np.take(result, high, axis) * share
    return result


def test_the_largest_score_wins_and_ties_go_to_the_lower_class() -> None:
    spec = _spec((1, 5))
    scores = np.array([[[2, 1, 0], [0, 1, 2], [1, 1, 1], [0, 1, 1], [-3, -2, -2]]], np.float32)
    mask = postprocess(scores, place((1, 5), spec.input), spec)
    np.testing.assert_array_equal(mask.labels, [[0, 2, 0, 1, 1]])
    assert mask.labels.dtype == np.uint8
    assert mask.scores is None


@pytest.mark.parametrize(
    ("kind", "threshold", "expected"),
    [
        # Logits -2, -1, 0, 1, 2 are the probabilities .12, .27, .5, .73, .88.
        ("logits", 0.5, [0, 0, 0, 1, 1]),
        ("logits", 0.25, [0, 1, 1, 1, 1]),
        ("logits", 0.75, [0, 0, 0, 0, 1]),
        ("probabilities", 0.5, [0, 0, 0, 1, 1]),
        ("probabilities", 0.25, [0, 1, 1, 1, 1]),
        ("probabilities", 0.75, [0, 0, 0, 0, 1]),
    ],
)
def test_a_binary_head_is_cut_above_its_threshold(kind: Any, threshold: float, expected: list[int]) -> None:
    spec = _spec((1, 5), 2, head="sigmoid", scores=kind, threshold=threshold)
    logits = np.array([-2, -1, 0, 1, 2], np.float32)
    scores = logits if kind == "logits" else (1 / (1 + np.exp(-logits))).astype(np.float32)
    mask = postprocess(scores.reshape(1, 5, 1), place((1, 5), spec.input), spec)
    np.testing.assert_array_equal(mask.labels, [expected])


@pytest.mark.parametrize(
    ("kind", "threshold", "expected"), [("probabilities", 0.3, 0.3), ("logits", 0.5, 0.0), ("logits", 0.9, math.log(9))]
)
def test_the_threshold_is_on_the_scale_of_the_scores(kind: Any, threshold: float, expected: float) -> None:
    spec = _spec((1, 1), 2, head="sigmoid", scores=kind, threshold=threshold)
    assert score_threshold(spec) == pytest.approx(expected)


@pytest.mark.parametrize("classes", [2, 3, 7, 255])
@pytest.mark.parametrize("fit", ["stretch", "letterbox"])
@pytest.mark.parametrize("frame_hw", [(8, 12), (40, 30), (21, 64), (5, 5), (1, 1)])
def test_labels_equal_an_independent_computation(frame_hw: tuple[int, int], fit: Any, classes: int) -> None:
    spec = _spec((8, 12), classes, fit=fit)
    placement = place(frame_hw, spec.input)
    scores = _random_scores(spec)
    labels = postprocess(scores, placement, spec).labels
    rows, columns = slice(placement.top, placement.top + placement.height), slice(placement.left, None)
    inside = scores[rows, columns][:, : placement.width]
    planes = np.stack([_enlarged(inside[..., index], frame_hw) for index in range(classes)])
    ordered = np.sort(planes, 0)
    clear = ordered[-1] - ordered[-2] > 1e-4  # float32 against double may turn what is nearer
    assert clear.mean() > 0.9
    assert labels.shape == frame_hw
    np.testing.assert_array_equal(labels[clear], planes.argmax(0)[clear])


def test_a_binary_mask_equals_an_independent_computation() -> None:
    spec = _spec((8, 12), 2, head="sigmoid", threshold=0.4)
    scores = _random_scores(spec)
    labels = postprocess(scores, place((31, 45), spec.input), spec).labels
    plane = _enlarged(scores[..., 0], (31, 45)) - math.log(0.4 / 0.6)
    clear = abs(plane) > 1e-4  # float32 against double
    np.testing.assert_array_equal(labels[clear], (plane > 0)[clear])


def test_what_the_model_says_of_the_bars_never_reaches_the_frame() -> None:
    spec = _spec((8, 8), fit="letterbox")
    scores = np.zeros((8, 8, 3), np.float32)
    scores[..., 2] = 9  # bars
    scores[2:6] = [0, 1, 0]
    mask = postprocess(scores, place((40, 80), spec.input), spec, keep_scores=True)
    np.testing.assert_array_equal(mask.labels, np.ones((40, 80)))
    assert mask.scores is not None
    np.testing.assert_array_equal(mask.scores, scores[2:6])


@pytest.mark.parametrize(
    "scores",
    [
        np.zeros((8, 12, 4), np.float32),
        np.zeros((12, 8, 3), np.float32),
        np.zeros((1, 8, 12, 3), np.float32),
        np.zeros((8, 12), np.float32),
        np.zeros((8, 12, 3), np.float64),
        np.zeros((8, 12, 3), np.float16),
        np.zeros((8, 12, 3), np.int8),
    ],
)
def test_scores_of_another_shape_or_type_are_an_artifact_error(scores: Any) -> None:
    spec = _spec((8, 12))
    with pytest.raises(ArtifactError, match=r"its spec says float32 \(8, 12, 3\)"):
        postprocess(scores, place((20, 20), spec.input), spec)


@pytest.mark.parametrize("head", ["softmax", "sigmoid"])
def test_kept_buffers_change_nothing_and_no_mask_that_is_held_is_written_over(head: Any) -> None:
    spec = _spec((8, 12), 2, head=head)
    buffers = Buffers()
    masks = []
    for seed, frame_hw in enumerate([(40, 30), (40, 30), (8, 12), (8, 12), (40, 30)]):
        scores = _random_scores(spec, seed)
        placement = place(frame_hw, spec.input)
        mask = postprocess(scores, placement, spec, buffers=buffers)
        alone = postprocess(scores, placement, spec)
        np.testing.assert_array_equal(mask.labels, alone.labels)
        masks.append((mask.labels, alone.labels))
    for kept, alone_kept in masks:
        np.testing.assert_array_equal(kept, alone_kept)


def test_the_memory_of_a_mask_that_nobody_holds_is_used_again() -> None:
    spec = _spec((8, 12))
    buffers = Buffers()
    addresses = set()
    for seed in range(6):
        mask = postprocess(_random_scores(spec, seed), place((40, 30), spec.input), spec, buffers=buffers)
        addresses.add(mask.labels.ctypes.data)
        del mask
    assert len(addresses) == 1


def _smooth_scores(hw: tuple[int, int], channels: int, seed: int) -> Planes:
    """Blobs, as networks see them: classes in large parts, and parts of one class only."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: hw[0], : hw[1]]
    planes = []
    for _ in range(channels):
        row, column, reach = rng.uniform(0, hw[0]), rng.uniform(0, hw[1]), rng.uniform(2, max(hw) / 2)
        planes.append(rng.uniform(2, 6) * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / reach**2))
    planes[0] += 1
    return np.stack(planes, -1).astype(np.float32)


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
@pytest.mark.parametrize("frame_hw", [(45, 80), (48, 72), (37, 61), (24, 36), (12, 18), (20, 100), (100, 20)])
def test_what_the_model_s_own_pixels_settle_equals_what_enlarging_every_score_gives(
    frame_hw: tuple[int, int], channels: int
) -> None:
    """Sizes with many shared edges (45 of 24 rows by 3), none (37), as they are, halved, and mixed."""
    head: dict[str, Any] = {"head": "sigmoid"} if channels == 1 else {}
    spec = _spec((24, 36), max(2, channels), **head)
    buffers = Buffers()
    for seed in range(20):
        scores = _smooth_scores((24, 36), channels, seed)
        labels = postprocess(scores - 2 * (channels == 1), place(frame_hw, spec.input), spec, buffers=buffers).labels
        planes = np.stack([_enlarged(scores[..., index], frame_hw) for index in range(channels)])
        planes = np.stack([np.full(frame_hw, 2.0), planes[0]]) if channels == 1 else planes
        ordered = np.sort(planes, 0)
        clear = ordered[-1] - ordered[-2] > 1e-4  # float32 against double may turn what is nearer
        np.testing.assert_array_equal(labels[clear], planes.argmax(0)[clear])


@pytest.mark.parametrize("place_of_object", [(0, 0), (0, 11), (7, 0), (7, 11), (3, 5)])
def test_a_single_pixel_of_another_class_is_found_in_every_corner(place_of_object: tuple[int, int]) -> None:
    spec = _spec((8, 12), 2)
    scores = np.zeros((8, 12, 2), np.float32)
    scores[..., 0] = 1
    scores[*place_of_object, 1] = 3
    labels = postprocess(scores, place((40, 60), spec.input), spec).labels
    planes = np.stack([_enlarged(scores[..., index], (40, 60)) for index in range(2)])
    np.testing.assert_array_equal(labels, planes.argmax(0))
    assert 9 <= labels.sum() < 100  # a pixel is 5 x 5 here


@pytest.mark.parametrize("winner", [0, 1, 2])
def test_a_frame_of_one_class_is_of_that_class_everywhere(winner: int) -> None:
    spec = _spec((8, 12), 3)
    scores = _random_scores(spec)
    scores[..., winner] += 20
    labels = postprocess(scores, place((40, 60), spec.input), spec).labels
    assert (labels == winner).all()


def test_scores_are_left_as_they_were() -> None:
    spec = _spec((8, 12))
    scores = _random_scores(spec)
    before = scores.copy()
    postprocess(scores, place((8, 12), spec.input), spec, buffers=Buffers())
    np.testing.assert_array_equal(scores, before)


@pytest.mark.parametrize("kind", ["softmax", "sigmoid"])
@pytest.mark.parametrize("fit", ["stretch", "letterbox"])
@pytest.mark.parametrize("frame_hw", [(128, 128), (300, 500), (500, 300), (97, 61)])
def test_a_rectangle_there_and_back_is_the_same_within_a_pixel(frame_hw: tuple[int, int], fit: Any, kind: Any) -> None:
    spec = replace(_spec((64, 96), 2, fit=fit), head=kind)
    height, width = frame_hw
    truth = np.zeros(frame_hw, np.uint8)
    truth[height // 4 : height * 3 // 4, width // 3 : width * 2 // 3] = 1
    fitted = preprocess_labels(truth, spec.input)
    object_scores = np.where(fitted == 1, 4.0, -4.0).astype(np.float32)[..., None]
    scores = object_scores if kind == "sigmoid" else np.concatenate([-object_scores, object_scores], -1)
    placement = place(frame_hw, spec.input)
    labels = postprocess(scores, placement, spec).labels
    # One tensor pixel is this many frame pixels; the outline may move by one of them.
    step = np.ceil([height / placement.height, width / placement.width]).astype(int)
    for axis, pixel in enumerate(step):
        found, true = (np.flatnonzero(mask.any(1 - axis))[[0, -1]] for mask in (labels, truth))
        assert abs(found - true).max() <= max(1, pixel)
    core = labels[height // 4 + step[0] : height * 3 // 4 - step[0], width // 3 + step[1] : width * 2 // 3 - step[1]]
    assert core.size
    assert core.all()


@pytest.mark.parametrize(
    ("frame_hw", "fit", "expected"),
    [
        ((4, 4), "stretch", [[0, 0, 1, 1]] * 4),  # as it is
        ((2, 2), "stretch", [[0, 1]] * 2),  # averaged by area
        ((4, 8), "stretch", [[0, 0, 0, 0.25, 0.75, 1, 1, 1]] * 4),  # bilinear between pixel centres
        ((2, 4), "letterbox", [[0, 0, 1, 1]] * 2),  # without the bars above and below
    ],
)
def test_scores_come_back_at_the_frames_size(frame_hw: tuple[int, int], fit: str, expected: list[list[float]]) -> None:
    placement = place(frame_hw, InputSpec(height=4, width=4, fit=fit))  # type: ignore[arg-type]
    plane = np.array([[0, 0, 1, 1]] * 4, np.float32)
    planes = scores_on_frame(np.stack([plane, 1 - plane], -1), placement)
    np.testing.assert_allclose(planes[..., 0], expected, atol=1e-6)
    np.testing.assert_allclose(planes[..., 1], 1 - np.array(expected), atol=1e-6)

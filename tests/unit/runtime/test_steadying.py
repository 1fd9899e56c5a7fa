"""Smoothing over time, on generated scenes whose truth is known: less flicker, and no ghosts."""

from typing import Any

import cv2
import numpy as np
import pytest

from unetkit.contract.arrays import InputTensor, Labels, Scores
from unetkit.contract.spec import ClassSpec, InputSpec, ModelSpec
from unetkit.data.scene import scene
from unetkit.errors import UsageError
from unetkit.runtime.running.steadying import Steadying

HW = (96, 96)


def _spec(head: Any = "sigmoid", scores: Any = "logits", classes: int = 2, **fields: Any) -> ModelSpec:
    names = tuple(ClassSpec(name=str(index), bgr=(index, 0, 0)) for index in range(classes))
    return ModelSpec(
        name="test", input=InputSpec(height=96, width=96), classes=names, head=head, scores=scores, **fields
    )


def _still(level: int = 100) -> InputTensor:
    return np.full((1, *HW, 3), level, np.uint8)


def _of(value: float, spec: ModelSpec) -> Scores:
    return np.full((*HW, spec.channels), value, np.float32)


def _answer(labels: Labels, spec: ModelSpec, noise: float, rng: np.random.Generator) -> Scores:
    """What a network would say: soft outlines, and noise in patches of some pixels."""
    patches = cv2.GaussianBlur(rng.normal(0, 9 * noise, HW).astype(np.float32), (0, 0), 4)
    if spec.channels == 1:
        logits = (cv2.GaussianBlur((labels > 0) * np.float32(8), (5, 5), 0) - 4 + patches)[..., np.newaxis]
    else:
        planes = [cv2.GaussianBlur((labels == index) * np.float32(8), (5, 5), 0) for index in range(spec.channels)]
        planes[1] = planes[1] + patches
        logits = np.stack(planes, -1) + np.float32(rng.normal(0, 20))  # an offset common to all classes means nothing
    if spec.scores == "logits":
        return np.asarray(logits, np.float32)
    odds = np.exp(logits - logits.max(2, keepdims=True))
    return np.asarray(1 / (1 + np.exp(-logits)) if spec.channels == 1 else odds / odds.sum(2, keepdims=True))


def _labels(scores: Scores, spec: ModelSpec) -> Labels:
    if spec.channels > 1:
        return np.asarray(scores.argmax(2), np.uint8)
    return np.asarray(scores[..., 0] > (0 if spec.scores == "logits" else 0.5), np.uint8)


def _played(spec: ModelSpec, *, noise: float, strength: float, moving: bool, contrast: float = 1.0) -> list[float]:
    """Share of right pixels in each frame of a scene at 15 frames a second, and of pixels that flip."""
    rng, steadying = np.random.default_rng(0), Steadying(spec, strength)
    right, flips = [], []
    before: Labels | None = None
    for index in range(24):
        frame, labels = scene(3, HW, t=index / 15 if moving else 0.0)
        truth = labels if spec.channels > 1 else np.minimum(labels, 1)
        dull = (128 + contrast * (frame.astype(np.float32) - 128)).astype(np.uint8)
        answer = _answer(truth, spec, noise, rng)
        untouched = answer.copy()
        found = _labels(steadying.smooth(answer, dull[np.newaxis]), spec)
        np.testing.assert_array_equal(answer, untouched)
        right.append(float((found == truth).mean()))
        flips.append(0.0 if before is None else float((found != before).mean()))
        before = found
    return [float(np.mean(right)), float(np.mean(flips))]


KINDS = [("sigmoid", "logits", 2), ("sigmoid", "probabilities", 2), ("softmax", "logits", 3),
         ("softmax", "probabilities", 3)]  # fmt: skip


@pytest.mark.parametrize(("head", "kind", "classes"), KINDS)
def test_a_still_scene_trembles_less_and_is_nearer_to_the_truth(head: Any, kind: Any, classes: int) -> None:
    spec = _spec(head, kind, classes)
    right, flips = _played(spec, noise=1.2, strength=0, moving=False)
    steady_right, steady_flips = _played(spec, noise=1.2, strength=1, moving=False)
    assert flips > 0.001
    assert steady_flips < 0.5 * flips
    assert steady_right >= right


@pytest.mark.parametrize("contrast", [1.0, 0.3, 0.1])
@pytest.mark.parametrize(("head", "kind", "classes"), KINDS)
def test_what_moves_leaves_no_ghost(head: Any, kind: Any, classes: int, contrast: float) -> None:
    spec = _spec(head, kind, classes)
    right, _ = _played(spec, noise=0.0, strength=0, moving=True, contrast=contrast)
    steady_right, _ = _played(spec, noise=0.0, strength=1, moving=True, contrast=contrast)
    # With a tenth of its contrast a picture hardly changes where things move: the scores' disagreement must do.
    # Smoothing the same by the same weight everywhere loses 0.02 to 0.04 here.
    assert steady_right > right - 0.003


def test_where_nothing_changes_the_past_has_nine_tenths_of_the_weight() -> None:
    spec = _spec()
    steadying = Steadying(spec)
    assert steadying.smooth(_of(0.0, spec), _still())[0, 0, 0] == 0
    found = steadying.smooth(_of(0.2, spec), _still())
    # 0.1 of the way to 0.2, a little more for the disagreement: 0.2 * (1 - 0.9 * exp(-(0.2 / 2) ** 2))
    np.testing.assert_allclose(found, 0.2 * (1 - 0.9 * np.exp(-0.01)), rtol=1e-5)


def test_where_the_picture_changes_or_the_scores_disagree_the_past_has_none() -> None:
    spec = _spec()
    steadying = Steadying(spec)
    steadying.smooth(_of(-1.0, spec), _still())
    picture = _still().copy()
    picture[:, :20] += 40  # a fifth of it: no other scene
    found = steadying.smooth(_of(1.0, spec), picture)
    np.testing.assert_allclose(found[:10], 1.0, atol=1e-4)
    assert found[40:].max() < 0.7  # e^-1 of 0.9 is left of the past: 1 - 2 * 0.33
    steadying.smooth(_of(-4.0, spec), picture)
    np.testing.assert_allclose(steadying.smooth(_of(4.0, spec), picture), 4.0, atol=1e-4)


def test_noise_of_the_camera_is_no_change() -> None:
    spec, rng = _spec(), np.random.default_rng(0)
    steadying = Steadying(spec)
    steadying.smooth(_of(0.0, spec), (_still() + rng.integers(0, 8, (1, *HW, 3), np.uint8)))
    found = steadying.smooth(_of(0.2, spec), (_still() + rng.integers(0, 8, (1, *HW, 3), np.uint8)))
    assert found.mean() < 0.06  # without any change 0.02


def test_a_cut_to_another_scene_drops_the_past() -> None:
    spec = _spec()
    steadying = Steadying(spec)
    first, second = scene(0, HW)[0], 255 - scene(0, HW)[0]
    steadying.smooth(_of(0.1, spec), first[np.newaxis])
    np.testing.assert_array_equal(steadying.smooth(_of(0.0, spec), second[np.newaxis]), 0)


def test_a_score_that_is_no_number_does_not_stay() -> None:
    spec = _spec()
    steadying = Steadying(spec)
    broken = _of(1.0, spec)
    broken[3, 4] = np.nan
    broken[5, 6] = np.inf
    steadying.smooth(broken, _still())
    assert np.isfinite(steadying.smooth(_of(1.0, spec), _still())).all()


def test_another_size_begins_anew() -> None:
    spec = _spec()
    steadying = Steadying(spec)
    steadying.smooth(_of(1.0, spec), _still())
    small = np.zeros((48, 48, 1), np.float32)
    np.testing.assert_array_equal(steadying.smooth(small, np.full((1, 48, 48, 3), 100, np.uint8)), small)


def test_without_strength_scores_stay_but_for_what_is_beyond_sure() -> None:
    spec = _spec(threshold=0.9)
    steadying, rng = Steadying(spec, 0), np.random.default_rng(0)
    middle = np.log(0.9 / 0.1)
    for _ in range(3):
        scores = rng.normal(0, 5, (*HW, 1)).astype(np.float32)
        np.testing.assert_allclose(steadying.smooth(scores, _still()), scores.clip(middle - 4, middle + 4), atol=1e-6)


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_a_strength_outside_0_to_1_is_refused(strength: float) -> None:
    with pytest.raises(UsageError, match=r"steadiness is .*, expected 0\.\.1"):
        Steadying(_spec(), strength)

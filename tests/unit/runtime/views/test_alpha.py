import math

import numpy as np
import pytest

from tests.unit.runtime.fakes import SPEC
from unetkit.contract.postprocess import Mask, postprocess
from unetkit.contract.preprocess import preprocess
from unetkit.contract.spec import ClassSpec, InputSpec, ModelSpec
from unetkit.runtime.views.alpha import ScoresAlpha

FRAME = np.zeros((8, 8, 3), np.uint8)


def binary(threshold: float = 0.5, scores: str = "logits") -> ModelSpec:
    classes = (ClassSpec(name="background", bgr=(0, 0, 0)), ClassSpec(name="person", bgr=(1, 2, 3)))
    return ModelSpec(
        name="m",
        input=InputSpec(height=8, width=8),
        classes=classes,
        head="sigmoid",
        threshold=threshold,
        scores=scores,  # type: ignore[arg-type]
    )


def alpha_of(spec: ModelSpec, scores: list[float], names: tuple[str, ...] = ()) -> int:
    """Of a mask with the same scores everywhere."""
    plane = np.broadcast_to(np.array(scores, np.float32), (8, 8, len(scores))).copy()
    alpha = ScoresAlpha(spec).plane(FRAME, Mask(labels=np.zeros((8, 8), np.uint8), scores=plane), names)
    assert (alpha == alpha[0, 0]).all()
    return int(alpha[0, 0])


# 255 * t**2 * (3 - 2 * t), t = 1/2 + lead / 4: leads 0, 1 and -1 give 127.5, 215.2 and 39.8.
@pytest.mark.parametrize(
    ("scores", "names", "expected"),
    [
        ([5, 5, 0], (), 128),
        ([0, 1, -9], (), 215),
        ([1, 0, -9], (), 40),
        ([0, 2, 9], (), 255),
        ([9, 2, 0], (), 0),
        ([0, 1, 3], ("cat",), 0),  # a dog is ahead of the cat by 2
        ([0, 4, 3], ("cat",), 215),
        ([3, 4, 9], ("background", "cat"), 0),
        ([9, 9, 9], ("background", "cat", "dog"), 255),  # everything is in front
    ],
)
def test_alpha_is_a_smooth_step_of_the_lead_in_logits(
    scores: list[float], names: tuple[str, ...], expected: int
) -> None:
    assert alpha_of(SPEC, scores, names) == expected


@pytest.mark.parametrize(
    ("spec", "score", "names", "expected"),
    [
        (binary(), 0.0, (), 128),
        (binary(), 1.0, (), 215),
        (binary(), 1.0, ("background",), 40),
        (binary(threshold=0.9), math.log(0.9 / 0.1), (), 128),
        (binary(scores="probabilities"), 0.5, (), 128),
        (binary(scores="probabilities", threshold=0.25), 0.25, (), 128),
        (binary(scores="probabilities"), math.e / (1 + math.e), (), 215),  # a logit of 1
        (binary(scores="probabilities"), 1.0, (), 255),
        (binary(scores="probabilities"), 0.0, (), 0),
    ],
)
def test_a_binary_head_s_alpha_is_half_at_its_threshold(
    spec: ModelSpec, score: float, names: tuple[str, ...], expected: int
) -> None:
    assert alpha_of(spec, [score], names) == pytest.approx(expected, abs=1)  # 1: a step of the byte's sixteenths


def test_alpha_and_labels_agree_where_the_outline_is() -> None:
    rng = np.random.default_rng(3)
    frame = np.zeros((64, 80, 3), np.uint8)
    _, placement = preprocess(frame, SPEC.input)
    scores = rng.normal(size=(8, 8, 3)).astype(np.float32)
    scores[..., 2] = -9
    mask = postprocess(scores, placement, SPEC, keep_scores=True)
    alpha = ScoresAlpha(SPEC).plane(frame, mask, ())
    in_front = mask.labels != 0
    # The lead is rounded to a sixteenth: it may be wrong on an outline's own pixels, where it is next to nothing.
    assert ((alpha > 127) == in_front).mean() > 0.97
    assert len(np.unique(alpha)) > 50  # soft


def test_without_scores_the_labels_are_softened_at_their_border_only() -> None:
    labels = np.zeros((20, 20), np.uint8)
    labels[:, 10:] = 1
    alpha = ScoresAlpha(SPEC).plane(np.zeros((20, 20, 3), np.uint8), Mask(labels=labels), ())
    assert alpha[5].tolist() == [0] * 8 + [51, 102, 153, 204] + [255] * 8  # fifths of 255


def test_the_buffer_is_reused_and_follows_the_size() -> None:
    source = ScoresAlpha(SPEC)
    small, large = Mask(labels=np.zeros((4, 6), np.uint8)), Mask(labels=np.zeros((9, 7), np.uint8))
    first = source.plane(FRAME, small, ())
    assert source.plane(FRAME, small, ()) is first
    assert source.plane(FRAME, large, ()).shape == (9, 7)


def test_a_mask_that_follows_the_frame_s_edges_brings_its_own_alpha() -> None:
    spec = binary()
    scores = np.linspace(-3, 3, 64, dtype=np.float32).reshape(8, 8, 1)
    _, placement = preprocess(FRAME, spec.input)
    mask = postprocess(scores, placement, spec, keep_scores=True, guide=FRAME)
    assert mask.soft is not None
    np.testing.assert_array_equal(ScoresAlpha(spec).plane(FRAME, mask, ("person",)), mask.soft.alpha([1]))

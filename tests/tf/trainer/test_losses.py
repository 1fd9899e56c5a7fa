"""Losses pixel by pixel and by overlap, against numbers made by hand, and what every loss must keep."""

import math
from typing import Any

import numpy as np
import pytest

from tests.tf.trainer.lossbatch import THREE, loss_and_slope_of, loss_of, spec_of
from unetkit.contract.spec import IGNORE_LABEL
from unetkit.trainer.losses import LOSSES, class_log_probabilities, make_loss

pytestmark = pytest.mark.tf

# One text for each loss at least, with every option.
TEXTS = [
    "cross_entropy",
    "cross_entropy(smoothing=0.1)",
    "dice",
    "focal",
    "focal(gamma=0)",
    "focal(gamma=0.5)",
    "tversky(false_positives=0.7)",
    "lovasz",
    "boundary",
    "boundary(width=5,tolerance=3)",
    "cross_entropy+0.5*lovasz+0.1*boundary",
]


def test_no_loss_is_left_out_here() -> None:
    assert {name for name in LOSSES if any(text.startswith(name) for text in TEXTS)} == set(LOSSES)


def test_cross_entropy_is_the_mean_of_minus_log_of_the_right_class() -> None:
    expected = -(math.log(0.7) + math.log(0.8) + math.log(0.5) + math.log(1.0)) / 4
    assert loss_of("cross_entropy", [0, 1, 2, 2], THREE, spec_of(3)) == pytest.approx(expected, rel=1e-6)
    assert loss_of("", [0, 1, 2, 2], THREE, spec_of(3)) == pytest.approx(expected, rel=1e-6)


def test_smoothing_spreads_a_share_of_the_truth_over_all_classes() -> None:
    # Of 0.3 each of three classes gets 0.1: truth 0.8, 0.1, 0.1.
    expected = -(0.8 * math.log(0.7) + 0.1 * math.log(0.2) + 0.1 * math.log(0.1))
    assert loss_of("cross_entropy(smoothing=0.3)", [0], THREE[:1], spec_of(3)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("weights", ["1:1:2", "0.5:0.5:1"])
def test_class_weights_make_a_weighted_mean_over_the_pixels(weights: str) -> None:
    expected = -(math.log(0.7) + math.log(0.8) + 2 * math.log(0.5)) / 4
    text = f"cross_entropy(weights={weights})"
    assert loss_of(text, [0, 1, 2], THREE[:3], spec_of(3)) == pytest.approx(expected, rel=1e-6)


def test_a_class_of_weight_zero_is_not_looked_at() -> None:
    found = loss_of("cross_entropy(weights=1:1:0)", [0, 2], [THREE[0], [1, 0, 0]], spec_of(3))
    assert found == pytest.approx(-math.log(0.7), rel=1e-6)


@pytest.mark.parametrize("scores", ["logits", "probabilities"])
def test_binary_cross_entropy_by_hand(scores: Any) -> None:
    object_share = np.array([0.9, 0.2, 0.6, 0.5])
    given = np.log(object_share / (1 - object_share)) if scores == "logits" else object_share
    spec = spec_of(2, "sigmoid", scores)
    expected = -(math.log(0.9) + math.log(0.8) + math.log(0.6) + math.log(0.5)) / 4
    assert loss_of("cross_entropy", [1, 0, 1, 0], given, spec) == pytest.approx(expected, rel=1e-5)
    assert loss_of("", [1, 0, 1, 0], given, spec) == pytest.approx(expected, rel=1e-5)
    weighted = -(3 * math.log(0.9) + math.log(0.8) + 3 * math.log(0.6) + math.log(0.5)) / 8
    assert loss_of("cross_entropy(weights=1:3)", [1, 0, 1, 0], given, spec) == pytest.approx(weighted, rel=1e-5)


@pytest.mark.parametrize("gamma", [0, 0.5, 2, 3.5])
def test_focal_by_hand_weighs_a_pixel_by_its_doubt(gamma: float) -> None:
    expected = -(0.3**gamma * math.log(0.7) + 0.2**gamma * math.log(0.8) + 0.5**gamma * math.log(0.5)) / 3
    found = loss_of(f"focal(gamma={gamma})", [0, 1, 2], THREE[:3], spec_of(3))
    assert found == pytest.approx(expected, rel=1e-5)


def test_focal_takes_two_for_gamma_and_a_weight_for_each_class() -> None:
    expected = -(0.09 * math.log(0.7) + 0.04 * math.log(0.8) + 2 * 0.25 * math.log(0.5)) / 4
    found = loss_of("focal(weights=1:1:2)", [0, 1, 2], THREE[:3], spec_of(3))
    assert found == pytest.approx(expected, rel=1e-5)


def _tversky(labels: list[int], shares: list[list[float]], weight: float) -> float:
    """The formula with loops: soft counts a class, over all pixels."""
    losses = []
    for label in range(len(shares[0])):
        right = sum(share[label] for true, share in zip(labels, shares, strict=True) if true == label)
        wrong = sum(share[label] for true, share in zip(labels, shares, strict=True) if true != label)
        missed = sum(1 - share[label] for true, share in zip(labels, shares, strict=True) if true == label)
        losses.append(1 - right / (right + weight * wrong + (1 - weight) * missed))
    return sum(losses) / len(losses)


@pytest.mark.parametrize(
    ("text", "weight"), [("dice", 0.5), ("tversky", 0.3), *((f"tversky(false_positives={w})", w) for w in (0.1, 0.9))]
)
def test_dice_and_tversky_equal_their_formula(text: str, weight: float) -> None:
    labels = [0, 1, 2, 1]
    # Probabilities of 0 are cut off at 1e-6.
    assert loss_of(text, labels, THREE, spec_of(3)) == pytest.approx(_tversky(labels, THREE, weight), abs=1e-5)


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        # Object on all four pixels where it is on two: TP 2, FP 2, FN 0 -> 1 - 2 / (2 + 2 w).
        # Background nowhere where it is on two: TP 0 -> 1.
        (0.5, (1 + 1 / 3) / 2),
        (0.25, (1 + 1 / 5) / 2),
        (0.75, (1 + 3 / 7) / 2),
    ],
)
def test_tversky_by_hand_false_positives_cost_more_with_a_larger_weight(weight: float, expected: float) -> None:
    found = loss_of(f"tversky(false_positives={weight})", [1, 1, 0, 0], [1, 1, 1, 1], spec_of(2, "sigmoid"))
    assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("name", ["dice", "tversky", "lovasz"])
def test_overlap_of_a_perfect_answer_costs_nothing_and_of_a_wholly_wrong_one_one(name: str) -> None:
    spec = spec_of(2, "sigmoid")
    assert loss_of(name, [1, 1, 0, 0], [1, 1, 0, 0], spec) == pytest.approx(0, abs=1e-5)
    assert loss_of(name, [1, 1, 0, 0], [0, 0, 1, 1], spec) == pytest.approx(1, abs=1e-5)


def test_a_class_that_does_not_occur_is_left_out_of_the_mean() -> None:
    # Class 0: overlap 0.5 of 1 pixel and 0.5 + 0.25 predicted: 1 - 2 * 0.5 / 1.75; class 1: 1 - 2 * 0.75 / 1.75.
    found = loss_of("dice", [0, 1], [[0.5, 0, 0.5], [0.25, 0.75, 0]], spec_of(3))
    assert found == pytest.approx((2 - (1 + 1.5) / 1.75) / 2, abs=1e-5)


@pytest.mark.parametrize("text", TEXTS)
def test_ignored_pixels_weigh_nothing_in_any_loss(text: str) -> None:
    labels = np.array([[0, 0, 1, 1, IGNORE_LABEL, IGNORE_LABEL]] * 6)
    scores = np.random.default_rng(0).dirichlet([1, 1, 1], labels.shape)
    other = scores.copy()
    other[:, 4:] = [0, 0, 1]
    found = loss_of(text, labels, scores, spec_of(3))
    assert found == pytest.approx(loss_of(text, labels, other, spec_of(3)), rel=1e-6)
    assert found == pytest.approx(loss_of(text, labels[:, :4], scores[:, :4], spec_of(3)), rel=1e-6)


@pytest.mark.parametrize("text", TEXTS)
def test_a_picture_that_is_ignored_wholly_gives_zero_and_no_slope(text: str) -> None:
    value, slope = loss_and_slope_of(text, [IGNORE_LABEL] * 4, THREE, spec_of(3))
    assert value == 0
    np.testing.assert_array_equal(slope, 0)


@pytest.mark.parametrize("size", [0.0, 20.0, 1e4])
@pytest.mark.parametrize(("classes", "head"), [(3, "softmax"), (2, "sigmoid")])
@pytest.mark.parametrize("text", TEXTS)
def test_gradients_are_finite_however_sure_the_network_is(text: str, classes: int, head: Any, size: float) -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, classes, (8, 8))
    labels[random.random((8, 8)) < 0.1] = IGNORE_LABEL
    spec = spec_of(classes, head, "logits")
    right = np.eye(classes)[np.minimum(labels, classes - 1)][..., -spec.channels :] * 2 - 1
    for logits in (size * right, -size * right, size * random.choice([-1, 1], right.shape)):
        value, slope = loss_and_slope_of(text, labels, logits, spec)
        assert math.isfinite(value)
        assert np.isfinite(slope).all()


@pytest.mark.parametrize("text", TEXTS)
def test_gradients_are_finite_for_probabilities_of_zero_and_one(text: str) -> None:
    labels, spec = np.random.default_rng(0).integers(0, 2, (8, 8)), spec_of(2, "sigmoid")
    for shares in (labels, 1 - labels):
        value, slope = loss_and_slope_of(text, labels, shares, spec)
        assert math.isfinite(value)
        assert np.isfinite(slope).all()


@pytest.mark.parametrize("text", [text for text in TEXTS if "boundary" not in text])
def test_every_loss_asks_for_more_of_the_right_class(text: str) -> None:
    labels = np.array([0, 1, 2, 1])
    _, slope = loss_and_slope_of(text, labels, np.log(np.array(THREE) + 0.1), spec_of(3, scores="logits"))
    assert (slope[0, np.arange(4), labels] < 0).all()


def test_all_losses_are_the_same_compiled_by_xla() -> None:
    import tensorflow as tf

    random = np.random.default_rng(0)
    labels = random.integers(0, 3, (2, 16, 16)).astype(np.uint8)
    scores = tf.constant(random.normal(size=(2, 16, 16, 3)).astype(np.float32))
    loss = make_loss("+".join(LOSSES), spec_of(3, scores="logits"))

    def step(given: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(given)
            value = loss(labels, given)
        return value, tape.gradient(value, given)

    plain, compiled = step(scores), tf.function(step, jit_compile=True)(scores)
    assert float(compiled[0]) == pytest.approx(float(plain[0]), rel=1e-5)
    # An error that rounds to the other side of a level's edge moves its pixel's gradient by less than this.
    np.testing.assert_allclose(compiled[1], plain[1], atol=1e-5)


def test_a_class_held_impossible_costs_much_and_is_no_infinity() -> None:
    found = loss_of("cross_entropy", [0], [[0.0, 1.0, 0.0]], spec_of(3))
    assert found == pytest.approx(-math.log(1e-6), rel=1e-4)


def test_a_network_that_is_surely_wrong_still_learns_from_logits() -> None:
    spec = spec_of(3, scores="logits")
    assert loss_of("cross_entropy", [0], [[-50.0, 50.0, -50.0]], spec) == pytest.approx(100, rel=1e-5)
    assert loss_of("", [1], [-100.0], spec_of(2, "sigmoid", "logits")) == pytest.approx(100, rel=1e-5)


def test_scores_of_every_kind_become_probabilities_that_sum_to_one() -> None:
    logits = np.array([[[[1.0, 2.0, -1.0]]]], np.float32)
    powers = np.exp([1.0, 2.0, -1.0])
    shares = np.exp(class_log_probabilities(logits, spec_of(3, scores="logits")))
    np.testing.assert_allclose(shares[0, 0, 0], powers / powers.sum(), rtol=1e-6)
    one = np.array([[[[math.log(3)]]]], np.float32)
    binary = np.exp(class_log_probabilities(one, spec_of(2, "sigmoid", "logits")))
    np.testing.assert_allclose(binary[0, 0, 0], [0.25, 0.75], rtol=1e-6)

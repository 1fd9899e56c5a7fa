"""Losses on a few pixels, against numbers made by hand."""

import math
from typing import Any

import numpy as np
import pytest

from unetkit.contract.spec import IGNORE_LABEL, ClassSpec, InputSpec, ModelSpec
from unetkit.errors import UsageError
from unetkit.trainer.losses import class_log_probabilities, make_loss

pytestmark = pytest.mark.tf


def _spec(classes: int, head: Any = "softmax", scores: Any = "probabilities") -> ModelSpec:
    return ModelSpec(
        name="test",
        input=InputSpec(height=1, width=4),
        classes=tuple(ClassSpec(name=str(index), bgr=(0, 0, 0)) for index in range(classes)),
        head=head,
        scores=scores,
    )


def _loss(text: str, labels: Any, scores: Any, spec: ModelSpec) -> float:
    truth = np.array(labels, np.uint8).reshape(1, 1, -1)
    given = np.array(scores, np.float32).reshape(1, 1, truth.shape[2], spec.channels)
    return float(make_loss(text, spec)(truth, given))


THREE = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.25, 0.25, 0.5], [0.0, 0.0, 1.0]]


def test_cross_entropy_is_the_mean_of_minus_log_of_the_right_class() -> None:
    expected = -(math.log(0.7) + math.log(0.8) + math.log(0.5) + math.log(1.0)) / 4
    assert _loss("cross_entropy", [0, 1, 2, 2], THREE, _spec(3)) == pytest.approx(expected, rel=1e-6)
    assert _loss("", [0, 1, 2, 2], THREE, _spec(3)) == pytest.approx(expected, rel=1e-6)


def test_ignored_pixels_weigh_nothing_in_any_loss() -> None:
    known, ignored = [0, 1], [0, 1, IGNORE_LABEL, IGNORE_LABEL]
    for text in ("cross_entropy", "dice"):
        alone = _loss(text, known, THREE[:2], _spec(3))
        assert _loss(text, ignored, THREE, _spec(3)) == pytest.approx(alone, rel=1e-6)


@pytest.mark.parametrize("text", ["cross_entropy", "dice", "cross_entropy+dice"])
def test_a_picture_that_is_ignored_wholly_gives_zero_and_no_nan(text: str) -> None:
    assert _loss(text, [IGNORE_LABEL] * 4, THREE, _spec(3)) == pytest.approx(0, abs=1e-6)


def test_a_class_held_impossible_costs_much_and_is_no_infinity() -> None:
    assert _loss("cross_entropy", [0], [[0.0, 1.0, 0.0]], _spec(3)) == pytest.approx(-math.log(1e-6), rel=1e-4)


def test_a_network_that_is_surely_wrong_still_learns_from_logits() -> None:
    assert _loss("cross_entropy", [0], [[-50.0, 50.0, -50.0]], _spec(3, scores="logits")) == pytest.approx(
        100, rel=1e-5
    )
    assert _loss("", [1], [-100.0], _spec(2, "sigmoid", "logits")) == pytest.approx(100, rel=1e-5)


@pytest.mark.parametrize("scores", ["logits", "probabilities"])
def test_binary_cross_entropy_by_hand(scores: Any) -> None:
    object_share = np.array([0.9, 0.2, 0.6, 0.5])
    given = np.log(object_share / (1 - object_share)) if scores == "logits" else object_share
    spec = _spec(2, "sigmoid", scores)
    expected = -(math.log(0.9) + math.log(0.8) + math.log(0.6) + math.log(0.5)) / 4
    assert _loss("cross_entropy", [1, 0, 1, 0], given, spec) == pytest.approx(expected, rel=1e-5)
    assert _loss("", [1, 0, 1, 0], given, spec) == pytest.approx(expected, rel=1e-5)


def test_scores_of_every_kind_become_probabilities_that_sum_to_one() -> None:
    logits = np.array([[[[1.0, 2.0, -1.0]]]], np.float32)
    powers = np.exp([1.0, 2.0, -1.0])
    np.testing.assert_allclose(
        np.exp(class_log_probabilities(logits, _spec(3, scores="logits"))[0, 0, 0]), powers / powers.sum(), rtol=1e-6
    )
    binary = np.exp(class_log_probabilities(np.array([[[[math.log(3)]]]], np.float32), _spec(2, "sigmoid", "logits")))
    np.testing.assert_allclose(binary[0, 0, 0], [0.25, 0.75], rtol=1e-6)


def _dice(labels: list[int], shares: list[list[float]], weight: float) -> float:
    """The formula with loops: soft counts a class, over all pixels."""
    losses = []
    for label in range(len(shares[0])):
        right = sum(share[label] for true, share in zip(labels, shares, strict=True) if true == label)
        wrong = sum(share[label] for true, share in zip(labels, shares, strict=True) if true != label)
        missed = sum(1 - share[label] for true, share in zip(labels, shares, strict=True) if true == label)
        losses.append(1 - right / (right + weight * wrong + (1 - weight) * missed))
    return sum(losses) / len(losses)


@pytest.mark.parametrize("weight", [0.5, 0.1, 0.9])
def test_tversky_equals_its_formula(weight: float) -> None:
    labels = [0, 1, 2, 1]
    found = _loss(f"tversky(false_positives={weight})", labels, THREE, _spec(3))
    # Probabilities of 0 are cut off at 1e-6.
    assert found == pytest.approx(_dice(labels, THREE, weight), abs=1e-5)


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
    spec = _spec(2, "sigmoid")
    found = _loss(f"tversky(false_positives={weight})", [1, 1, 0, 0], [1, 1, 1, 1], spec)
    assert found == pytest.approx(expected, abs=1e-5)


def test_dice_of_a_perfect_answer_is_zero_and_of_a_wholly_wrong_one_is_one() -> None:
    spec = _spec(2, "sigmoid")
    assert _loss("dice", [1, 1, 0, 0], [1, 1, 0, 0], spec) == pytest.approx(0, abs=1e-5)
    assert _loss("dice", [1, 1, 0, 0], [0, 0, 1, 1], spec) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("cross_entropy+dice", (1, 1)),
        ("cross_entropy+0.5*dice", (1, 0.5)),
        ("0.25*cross_entropy+2*dice", (0.25, 2)),
        (" 3 * cross_entropy + 1e-1 * dice ", (3, 0.1)),
        ("dice+dice", (0, 2)),
    ],
)
def test_losses_are_summed_with_their_weights(text: str, weights: tuple[float, float]) -> None:
    labels, spec = [0, 1, 2, 2], _spec(3)
    parts = [_loss(name, labels, THREE, spec) for name in ("cross_entropy", "dice")]
    expected = weights[0] * parts[0] + weights[1] * parts[1]
    assert _loss(text, labels, THREE, spec) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("text", "head", "told"),
    [
        ("jaccard", "softmax", "no loss 'jaccard' for a softmax head; there are cross_entropy, dice, "),
        ("binary_cross_entropy", "softmax", "did you mean cross_entropy?"),
        ("dice+", "softmax", "no loss ''"),
        ("+", "softmax", "no loss ''"),
        ("dice*0.5", "softmax", "loss weight 'dice' in 'dice*0.5' is not a number; write it as in 0.5*dice"),
        ("half*dice", "softmax", "loss weight 'half' in 'half*dice' is not a number; write it as in 0.5*dice"),
        ("0*dice", "softmax", "loss weight 0 in '0*dice' must be above 0"),
        ("-1*dice", "softmax", "must be above 0"),
        ("nan*dice", "softmax", "must be above 0"),
        ("inf*dice", "softmax", "must be above 0"),
        ("1e999*dice", "softmax", "must be above 0"),
        ("2*3*dice", "softmax", "is not a number"),
    ],
)
def test_a_wrong_loss_is_a_usage_error(text: str, head: Any, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_loss(text, _spec(2, head))
    assert told in str(caught.value)

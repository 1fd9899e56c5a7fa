"""The text of a loss: what it may say, and what is told when it says something else."""

from typing import Any

import pytest

from tests.tf.trainer.lossbatch import THREE, loss_of, spec_of
from unetkit.errors import UsageError
from unetkit.trainer.losses import make_loss

pytestmark = pytest.mark.tf


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("cross_entropy+dice", (1, 1)),
        ("cross_entropy+0.5*dice", (1, 0.5)),
        ("0.25*cross_entropy+2*dice", (0.25, 2)),
        (" 3 * cross_entropy + 1e-1 * dice ", (3, 0.1)),
        ("dice+dice", (0, 2)),
        ("dice()+cross_entropy( smoothing = 0e+0 , weights = 1:1:1 )", (1, 1)),
        ("2*focal(gamma=0)+0.5*tversky(false_positives=0.5)", (2, 0.5)),
    ],
)
def test_losses_are_summed_with_their_weights(text: str, weights: tuple[float, float]) -> None:
    labels, spec = [0, 1, 2, 2], spec_of(3)
    parts = [loss_of(name, labels, THREE, spec) for name in ("cross_entropy", "dice")]
    expected = weights[0] * parts[0] + weights[1] * parts[1]
    assert loss_of(text, labels, THREE, spec) == pytest.approx(expected, rel=1e-5)


SUMS = [
    ("+", "no loss '' for a softmax head"),
    ("dice+", "no loss ''"),
    ("dice*0.5", "loss weight 'dice' in 'dice*0.5' is not a number; write it as in 0.5*dice"),
    ("half*dice", "loss weight 'half' in 'half*dice' is not a number; write it as in 0.5*dice"),
    ("0*dice", "loss weight 0 in '0*dice' must be above 0 and at most 1000000"),
    ("-1*dice", "must be above 0"),
    ("nan*dice", "must be above 0"),
    ("inf*dice", "must be above 0"),
    ("1e999*dice", "must be above 0"),
    ("2*3*dice", "loss weight '2*3' in '2*3*dice' is not a number"),
]
NAMES = [
    (
        "jaccard",
        "no loss 'jaccard' for a softmax head; there are cross_entropy, dice, focal, tversky, lovasz, boundary",
    ),
    ("focl(gamma=2)", "no loss 'focl' for a softmax head; did you mean focal?"),
    ("binary_cross_entropy", "did you mean cross_entropy?"),
    ("Dice", "did you mean dice?"),
    ("cross_entropy(smoothng=0.1)", "loss cross_entropy has no option 'smoothng'; did you mean smoothing?"),
    ("focal(alpha=1)", "loss focal has no option 'alpha'; there are gamma, weights"),
    ("dice(false_positives=0.7)", "loss dice has no option 'false_positives'; there are none"),
]
SHAPES = [
    ("focal(gamma=2", "loss 'focal(gamma=2' cannot be read; write [weight*]name[(key=value,...)], like"),
    ("focal)", "cannot be read"),
    ("focal(gamma=2)3", "cannot be read"),
    ("focal((gamma=2))", "cannot be read"),
    ("focal(2)", "option '2' in loss 'focal(2)' cannot be read; write key=value"),
    ("focal(gamma=)", "option 'gamma=' in loss 'focal(gamma=)' cannot be read"),
    ("focal(=2)", "cannot be read; write key=value"),
    ("focal(gamma=2,)", "option '' in loss 'focal(gamma=2,)' cannot be read"),
    ("focal(gamma=2,gamma=3)", "option 'gamma' is given twice in loss 'focal(gamma=2,gamma=3)'"),
]
VALUES = [
    ("0.5*focal(gamma=11)", "gamma is '11' in loss '0.5*focal(gamma=11)', expected a number from 0 to 10"),
    ("focal(gamma=two)", "gamma is 'two' in loss 'focal(gamma=two)', expected a number from 0 to 10"),
    ("focal(gamma=nan)", "expected a number from 0 to 10"),
    ("focal(gamma=-0.1)", "expected a number from 0 to 10"),
    (
        "cross_entropy(smoothing=1)",
        "smoothing is '1' in loss 'cross_entropy(smoothing=1)', expected a number from 0 to 0.9",
    ),
    ("tversky(false_positives=0)", "expected a number from 0.001 to 0.999"),
    ("boundary(width=4)", "width is '4' in loss 'boundary(width=4)', expected an odd number from 3 to 31"),
    ("boundary(width=3.5)", "expected an odd number from 3 to 31"),
    ("boundary(tolerance=1)", "expected an odd number from 3 to 31"),
    ("boundary(tolerance=inf)", "expected an odd number from 3 to 31"),
    (
        "cross_entropy(weights=1:2)",
        "weights is '1:2' in loss 'cross_entropy(weights=1:2)', "
        "expected 3 numbers from 0 to 1000 joined by ':', not all 0, for class 0, class 1, class 2",
    ),
    ("cross_entropy(weights=1:2:3:4)", "expected 3 numbers"),
    ("cross_entropy(weights=1:-1:1)", "expected 3 numbers from 0 to 1000"),
    ("cross_entropy(weights=1:nan:1)", "expected 3 numbers from 0 to 1000"),
    ("cross_entropy(weights=0:0:0)", "not all 0"),
    ("focal(weights=1)", "expected 3 numbers"),
]


@pytest.mark.parametrize(("text", "told"), SUMS + NAMES + SHAPES + VALUES)
def test_a_wrong_loss_is_a_usage_error_of_one_line(text: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_loss(text, spec_of(3))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("head", "classes"), [("softmax", 2), ("sigmoid", 2), ("softmax", 4)])
def test_the_number_of_class_weights_is_that_of_the_classes_whatever_the_head(head: Any, classes: int) -> None:
    make_loss(f"cross_entropy(weights={':'.join('1' * classes)})", spec_of(classes, head))
    with pytest.raises(UsageError, match=f"expected {classes} numbers"):
        make_loss("cross_entropy(weights=1:1:1)", spec_of(classes, head))

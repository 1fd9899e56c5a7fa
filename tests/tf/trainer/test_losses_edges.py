"""Lovász, boundary and distillation losses, against numbers made by hand and formulas with loops."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.tf.trainer.lossbatch import loss_and_slope_of, loss_of, spec_of
from unetkit.contract.spec import IGNORE_LABEL
from unetkit.trainer.losses import class_log_probabilities, distillation
from unetkit.trainer.losses.dilation import dilate
from unetkit.trainer.losses.lovasz import LEVELS

pytestmark = pytest.mark.tf

# Probability of the object, and the errors of both classes, 0.1 0.6 0.3 0.05.
OBJECT = np.array([0.9, 0.4, 0.3, 0.05])
# Object, from the largest error down: one of its 2 pixels (I 1, U 2: 1/2), one beside (U 3: 2/3), its last (I 0: 1).
OBJECT_STEPS = np.array([1 / 3, 1 / 2, 1 / 6, 0])
# Background, with 2 pixels: one beside (I 2, U 3: 1/3), one of it (I 1: 2/3), one beside (U 4: 3/4), its last (1).
BACKGROUND_STEPS = np.array([1 / 12, 1 / 3, 1 / 3, 1 / 4])


def test_lovasz_by_hand() -> None:
    errors = np.array([0.1, 0.6, 0.3, 0.05])
    expected = (errors @ OBJECT_STEPS + errors @ BACKGROUND_STEPS) / 2
    assert expected == pytest.approx((0.3 + 0.05 + 0.1 / 3 + 0.2 + 0.1 + 0.1 / 12 + 0.0125) / 2)
    found = loss_of("lovasz", [1, 1, 0, 0], OBJECT, spec_of(2, "sigmoid"))
    assert found == pytest.approx(expected, rel=1e-5)
    both = np.stack([1 - OBJECT, OBJECT], -1)
    assert loss_of("lovasz", [1, 1, 0, 0], both, spec_of(2)) == pytest.approx(expected, rel=1e-5)


def test_the_slope_of_lovasz_by_hand() -> None:
    logits = np.log(OBJECT / (1 - OBJECT))
    _, found = loss_and_slope_of("lovasz", [1, 1, 0, 0], logits, spec_of(2, "sigmoid", "logits"))
    # p falls with an error on the object and rises with it elsewhere; dp/dz = p (1 - p).
    signs = np.array([-1, -1, 1, 1])
    expected = signs * (OBJECT_STEPS + BACKGROUND_STEPS) / 2 * OBJECT * (1 - OBJECT)
    np.testing.assert_allclose(found[0, :, 0], expected, rtol=1e-4)


def test_lovasz_of_hard_answers_is_one_minus_mean_iou_of_the_classes_that_occur() -> None:
    # Class 0: 1 right of 2 in the union; class 1: 1 of 2; class 2 occurs only in the answer.
    labels, answers = [0, 0, 1], np.eye(3)[[0, 1, 1]]
    assert loss_of("lovasz", labels, answers, spec_of(3)) == pytest.approx(0.5, abs=1e-5)
    answers = np.eye(3)[[0, 2, 1]]
    assert loss_of("lovasz", labels, answers, spec_of(3)) == pytest.approx((0.5 + 0) / 2, abs=1e-5)


def _sorted_lovasz(labels: Any, shares: Any) -> float:
    """Algorithm 1 of the paper: sort, then the increments of the Jaccard loss."""
    losses = []
    known = labels != IGNORE_LABEL
    for label in np.unique(labels[known]):
        own = (labels[known] == label).astype(float)
        errors = np.abs(own - shares[known][:, label])
        order = np.argsort(-errors)
        kept = own.sum() - np.cumsum(own[order])
        union = own.sum() + np.cumsum(1 - own[order])
        losses.append(errors[order] @ np.diff(1 - kept / union, prepend=0))
    return float(np.mean(losses))


@pytest.mark.parametrize("sureness", [0.5, 2.0, 6.0])
def test_lovasz_is_the_sorted_one_less_a_level_at_most(sureness: float) -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, (40, 40))
    powers = np.exp(random.normal(size=(40, 40, 3)) + sureness * np.eye(3)[labels])
    shares = powers / powers.sum(-1, keepdims=True)
    labels[:5] = IGNORE_LABEL
    exact = _sorted_lovasz(labels, shares)
    # 1e-6 for float32.
    assert exact - 1 / LEVELS - 1e-6 <= loss_of("lovasz", labels, shares, spec_of(3)) <= exact + 1e-6


def _square(top: int, left: int) -> Any:
    """A square of 3 x 3 object pixels on 9 x 9."""
    labels = np.zeros((9, 9), int)
    labels[top : top + 3, left : left + 3] = 1
    return labels


def test_boundary_of_an_answer_without_an_edge_by_hand() -> None:
    # The object's edge is 8 pixels and none is found: P 1/1, R 1/9, F1 1/5; the background's 16: R 1/17, F1 1/9.
    found = loss_of("boundary", _square(3, 3), np.zeros((9, 9)), spec_of(2, "sigmoid"))
    assert found == pytest.approx((4 / 5 + 8 / 9) / 2, abs=1e-4)


@pytest.mark.parametrize(
    ("shift", "tolerance", "missed"), [(0, 3, False), (1, 3, False), (2, 3, True), (2, 5, False), (3, 5, True)]
)
def test_edges_match_within_the_tolerance(shift: int, tolerance: int, missed: bool) -> None:
    found = loss_of(f"boundary(tolerance={tolerance})", _square(3, 3), _square(3, 3 + shift), spec_of(2, "sigmoid"))
    assert found == pytest.approx(0, abs=1e-4) if not missed else found > 0.1


def _pool(values: Any, window: int) -> Any:
    reach = window // 2
    found = np.zeros_like(values)
    for row, column in np.ndindex(values.shape):
        rows, columns = slice(max(row - reach, 0), row + reach + 1), slice(max(column - reach, 0), column + reach + 1)
        found[row, column] = values[rows, columns].max()
    return found


def _boundary(labels: Any, shares: Any, width: int, tolerance: int) -> float:
    """The formula with loops, for labels without an ignored pixel."""
    losses = []
    for label in range(shares.shape[-1]):
        true, said = (labels == label).astype(float), shares[..., label]
        true_edge, said_edge = (_pool(1 - value, width) - (1 - value) for value in (true, said))
        precision = (1 + (said_edge * _pool(true_edge, tolerance)).sum()) / (1 + said_edge.sum())
        recall = (1 + (true_edge * _pool(said_edge, tolerance)).sum()) / (1 + true_edge.sum())
        losses.append(1 - 2 * precision * recall / (precision + recall))
    return float(np.mean(losses))


@pytest.mark.parametrize(("width", "tolerance"), [(3, 5), (5, 3), (7, 9)])
def test_boundary_equals_its_formula(width: int, tolerance: int) -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, (4, 5)).repeat(5, 0).repeat(4, 1)
    shares = random.dirichlet([1, 1, 1], labels.shape)
    found = loss_of(f"boundary(width={width},tolerance={tolerance})", labels, shares, spec_of(3))
    assert found == pytest.approx(_boundary(labels, shares, width, tolerance), abs=1e-5)


def test_a_picture_of_one_class_beside_an_ignored_area_has_no_edge() -> None:
    labels = np.zeros((6, 6), int)
    labels[:, 3:] = IGNORE_LABEL
    shares = np.random.default_rng(0).random((6, 6))
    assert loss_of("boundary", labels, shares, spec_of(2, "sigmoid")) == 0


@pytest.mark.parametrize("window", [3, 5, 9])
def test_dilation_and_its_gradient_are_those_of_max_pooling(window: int) -> None:
    import tensorflow as tf

    random = np.random.default_rng(window)
    values = random.permutation(2 * 11 * 13).reshape(2, 1, 11, 13).astype(np.float32)  # no two are equal
    upstream = random.random(values.shape).astype(np.float32)

    def pooled(given: Any) -> Any:
        last = tf.transpose(given, (0, 2, 3, 1))
        return tf.transpose(tf.nn.max_pool2d(last, window, 1, "SAME"), (0, 3, 1, 2))

    results = []
    functions: list[Callable[[Any], Any]] = [lambda given: dilate(given, window), pooled]
    for function in functions:
        given = tf.constant(values)
        with tf.GradientTape() as tape:
            tape.watch(given)
            found = function(given)
        results.append((found.numpy(), tape.gradient(found, given, upstream).numpy()))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-5)  # sums in another order


def _logs(*shares: list[float]) -> Any:
    return np.log(np.array(shares, np.float32))[np.newaxis, np.newaxis]


@pytest.mark.parametrize(
    ("temperature", "student"),
    # At 2 the shares are as the roots of 3/4 and 1/4.
    [(1, [3 / 4, 1 / 4]), (2, [math.sqrt(3) / (1 + math.sqrt(3)), 1 / (1 + math.sqrt(3))])],
)
def test_distillation_by_hand(temperature: float, student: list[float]) -> None:
    divergence = 0.5 * math.log(0.5 / student[0]) + 0.5 * math.log(0.5 / student[1])
    found = distillation(_logs([0.5, 0.5]), _logs([3 / 4, 1 / 4]), np.ones((1, 1, 1)), temperature)
    assert float(found) == pytest.approx(temperature**2 * divergence, rel=1e-5)


def test_distillation_is_the_mean_over_known_pixels() -> None:
    teacher, student = _logs([0.5, 0.5], [0.5, 0.5], [0.9, 0.1]), _logs([3 / 4, 1 / 4], [0.5, 0.5], [0.1, 0.9])
    known = np.array([[[True, True, False]]])
    assert float(distillation(teacher, student, known, 1.0)) == pytest.approx(0.5 * math.log(4 / 3) / 2, rel=1e-5)
    assert float(distillation(teacher, student, np.zeros((1, 1, 3)), 1.0)) == 0


def test_a_student_as_its_teacher_costs_nothing() -> None:
    logs = _logs([0.7, 0.2, 0.1])
    assert float(distillation(logs, logs, np.ones((1, 1, 1)), 4.0)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_the_slope_of_distillation_is_the_difference_of_the_softened_probabilities(temperature: float) -> None:
    import tensorflow as tf

    spec = spec_of(2, "sigmoid", "logits")
    teacher, student = tf.constant([[[[2.0]]]]), tf.constant([[[[-1.0]]]])
    with tf.GradientTape() as tape:
        tape.watch([teacher, student])
        value = distillation(
            class_log_probabilities(teacher, spec), class_log_probabilities(student, spec), [[[1]]], temperature
        )
    to_teacher, to_student = tape.gradient(value, [teacher, student])
    q, p = (1 / (1 + math.exp(-logit / temperature)) for logit in (2.0, -1.0))
    assert to_teacher is None
    # T^2 * dKL/dz = T (p - q), by the logit of the object.
    assert float(to_student[0, 0, 0, 0]) == pytest.approx(temperature * (p - q), rel=1e-5)
    expected = temperature**2 * (q * math.log(q / p) + (1 - q) * math.log((1 - q) / (1 - p)))
    assert float(value) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_distillation_has_finite_gradients_however_sure_both_are(temperature: float) -> None:
    import tensorflow as tf

    spec = spec_of(3, scores="logits")
    teacher = class_log_probabilities(np.array([[[[1e4, -1e4, 0.0]]]], np.float32), spec)
    for logits in ([-1e4, 1e4, 0.0], [1e4, -1e4, 0.0]):
        student = tf.constant([[[logits]]])
        with tf.GradientTape() as tape:
            tape.watch(student)
            value = distillation(teacher, class_log_probabilities(student, spec), [[[1]]], temperature)
        assert math.isfinite(float(value))
        assert np.isfinite(tape.gradient(value, student)).all()

"""Calibration by hand, and against scikit-learn's calibration curve."""

import math

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from unetkit.contract.spec import IGNORE_LABEL, ClassSpec, InputSpec, ModelSpec
from unetkit.trainer.report.reliability import Reliability, ReliabilityCount, confidences


def _counted(truth: list[int], found: list[int], confidence: list[float], bins: int) -> Reliability:
    count = ReliabilityCount(bins)
    count.update(np.array([truth], np.uint8), np.array([found], np.uint8), np.array([confidence]))
    return count.result()


def test_four_bins_by_hand() -> None:
    result = _counted([0, 1, 1, 0, 1, 0], [0, 1, 0, 0, 1, 0], [0.9, 0.8, 1.0, 0.6, 0.7, 0.3], 4)
    # (0.25, 0.5]: 0.3, right. (0.5, 0.75]: 0.6 and 0.7, both right. (0.75, 1]: 0.9 and 0.8 right, 1.0 wrong.
    assert result.pixels.tolist() == [0, 1, 2, 3]
    assert result.confidence[1:] == pytest.approx((0.3, 0.65, 0.9))
    assert result.accuracy[1:] == pytest.approx((1, 1, 2 / 3))
    assert math.isnan(result.accuracy[0])
    expected = (1 * abs(1 - 0.3) + 2 * abs(1 - 0.65) + 3 * abs(2 / 3 - 0.9)) / 6
    assert result.calibration_error == pytest.approx(expected)
    assert result.overconfidence == pytest.approx(4.3 / 6 - 5 / 6)


@pytest.mark.parametrize(("confidence", "place"), [(0.0, 0), (0.25, 0), (0.2500001, 1), (0.5, 1), (1.0, 3)])
def test_an_edge_belongs_to_the_bin_below(confidence: float, place: int) -> None:
    assert _counted([0], [0], [confidence], 4).pixels.tolist() == [int(index == place) for index in range(4)]


def test_ignored_pixels_and_further_images() -> None:
    count = ReliabilityCount(2)
    for truth in (0, 1, IGNORE_LABEL):
        count.update(np.full((2, 3), truth, np.uint8), np.zeros((2, 3), np.uint8), np.full((2, 3), 0.8))
    result = count.result()
    assert result.pixels.tolist() == [0, 12]
    assert result.accuracy[1] == 0.5
    assert result.calibration_error == pytest.approx(0.3)


def test_nothing_known_has_no_error() -> None:
    result = ReliabilityCount().result()
    assert len(result.pixels) == 15
    assert math.isnan(result.calibration_error)
    assert math.isnan(result.overconfidence)


def test_the_bins_are_scikit_learns() -> None:
    generator = np.random.default_rng(0)
    confidence = generator.random((40, 50))
    truth = np.zeros((40, 50), np.uint8)
    found = (generator.random((40, 50)) > confidence**1.5).astype(np.uint8)
    count = ReliabilityCount()
    count.update(truth, found, confidence)
    result = count.result()
    right, sure = calibration_curve((truth == found).ravel(), confidence.ravel(), n_bins=15)
    np.testing.assert_allclose(result.accuracy, right)
    np.testing.assert_allclose(result.confidence, sure)


CLASSES = tuple(ClassSpec(name=name, bgr=(0, 0, 0)) for name in ("a", "b"))


def _spec(head: str, scores: str) -> ModelSpec:
    return ModelSpec(
        name="x",
        input=InputSpec(height=1, width=2),
        classes=CLASSES,
        head=head,  # type: ignore[arg-type]
        scores=scores,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("head", "scores", "values", "expected"),
    [
        ("sigmoid", "logits", [[math.log(4)], [math.log(1 / 9)]], (0.8, 0.9)),  # p is 0.8 and 0.1
        ("sigmoid", "probabilities", [[0.8], [0.1]], (0.8, 0.9)),
        ("softmax", "logits", [[1, 1 + math.log(4)], [1000 + math.log(9), 1000]], (0.8, 0.9)),
        ("softmax", "probabilities", [[0.2, 0.8], [0.9, 0.1]], (0.8, 0.9)),
    ],
)
def test_confidence_is_the_probability_of_the_class_that_was_answered(
    head: str, scores: str, values: list[list[float]], expected: tuple[float, float]
) -> None:
    labels = np.array([[1, 0]], np.uint8)
    found = confidences(np.array([values], np.float32), labels, _spec(head, scores))
    # float32 holds 1000 + log 9 to 3e-5, which is 3e-6 of the probability
    assert found[0].tolist() == pytest.approx(expected, abs=1e-5)


def test_extreme_logits_do_not_overflow() -> None:
    with np.errstate(all="raise", under="ignore"):
        found = confidences(
            np.array([[[1e4], [-1e4]]], np.float32), np.array([[1, 1]], np.uint8), _spec("sigmoid", "logits")
        )
    assert found.tolist() == [[1, 0]]

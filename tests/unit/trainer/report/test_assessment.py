"""The pass over the pictures, by hand: see `Pictures` for what is wrong where."""

import math

import numpy as np
import pytest

from tests.unit.trainer.report.runfacts import SIDE, Pictures, spec
from unetkit.contract.spec import IGNORE_LABEL
from unetkit.data.shards import Rows
from unetkit.errors import DataError
from unetkit.trainer.report.assessment import Assessment, assess

HALF = SIDE * SIDE // 2


def _assessed(pictures: Pictures) -> Assessment:
    return assess(pictures.predict, Rows([pictures.labels]), range(4), pictures.names, spec())


def test_the_figures_of_all_pixels() -> None:
    found = _assessed(Pictures())
    # background 3 halves right, one taken for cat; cat 1.5 of 2 right, 0.5 taken for background; dog 1 of 2 right.
    expected = np.array([[3, 1, 0], [0.5, 1.5, 0], [0, 1, 1]]) * HALF
    np.testing.assert_array_equal(found.confusion, expected)
    assert found.accuracy.iou == pytest.approx((3 / 4.5, 1.5 / 4, 1 / 2))
    assert found.precision == pytest.approx((3 / 3.5, 1.5 / 3.5, 1))
    assert found.recall == pytest.approx((3 / 4, 1.5 / 2, 1 / 2))
    assert (found.accuracy.split, found.accuracy.images) == ("validation", 4)
    assert found.accuracy.boundary_tolerance_px == 2


def test_confidence_of_a_network_that_always_says_four_fifths() -> None:
    reliability = _assessed(Pictures()).reliability
    right = (3 + 1.5 + 1) / 8
    assert reliability.calibration_error == pytest.approx(0.8 - right, abs=1e-6)
    assert reliability.overconfidence == pytest.approx(0.8 - right, abs=1e-6)


def test_pictures_are_ranked_by_their_own_classes() -> None:
    found = _assessed(Pictures())
    assert [(item.name, item.row) for item in found.pictures] == [
        ("first", 0),
        ("third", 2),
        ("second", 1),
        ("fourth", 3),
    ]
    # second: background 1 of 1.5, cat 0.5 of 1; fourth: everything is answered cat, three classes at 0.
    assert [item.miou for item in found.pictures] == pytest.approx([1, 1, (2 / 3 + 1 / 2) / 2, 0])
    assert [item.name for item in found.worst(1)] == ["fourth"]
    assert [item.name for item in found.best(10)] == ["first", "third"]
    assert [item.name for item in found.worst(10)] == ["fourth", "second"]


def test_one_picture_is_the_best_and_not_the_worst() -> None:
    pictures = Pictures()
    found = assess(pictures.predict, Rows([pictures.labels]), [2], ["third"], spec())
    assert [item.name for item in found.best(6)] == ["third"]
    assert found.worst(6) == ()


def test_a_picture_of_unknown_truth_is_not_ranked() -> None:
    pictures = Pictures()
    pictures.labels[:] = IGNORE_LABEL
    found = _assessed(pictures)
    assert found.pictures == ()
    assert math.isnan(found.accuracy.miou)
    assert math.isnan(found.reliability.calibration_error)


def test_a_truth_outside_the_classes_is_a_data_error() -> None:
    pictures = Pictures()
    pictures.labels[2, 0, 0] = 3
    with pytest.raises(DataError, match="label 3 is outside the 3 classes"):
        _assessed(pictures)

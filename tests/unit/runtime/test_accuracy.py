"""Accuracy of an opened model: counted by hand on two pictures."""

from pathlib import Path

import numpy as np
import pytest

from tests.tiny_models import HEIGHT, WIDTH, write_onnx
from unetkit.errors import DataError
from unetkit.runtime.accuracy import measure_accuracy
from unetkit.runtime.segmenter import Segmenter


@pytest.fixture
def segmenter(tmp_path: Path) -> Segmenter:
    return Segmenter.open(write_onnx(tmp_path / "model.onnx"), device="cpu")


def _frame(value: int, hw: tuple[int, int] = (HEIGHT, WIDTH)) -> np.ndarray:
    return np.full((*hw, 3), value, np.uint8)


def test_pictures_are_scored_at_their_own_size(segmenter: Segmenter) -> None:
    # The network calls white ground (0) and black dog (2). White, 10x10: truth all ground, 100 right. Black, 10x20:
    # truth half dog, a quarter ground, a quarter ignored: 100 right, 50 wrong.
    truth = np.full((10, 20), 2, np.uint8)
    truth[:, :5] = 0
    truth[:, 5:10] = 255
    pairs = [(_frame(255, (10, 10)), np.zeros((10, 10), np.uint8)), (_frame(0, (10, 20)), truth)]
    report = measure_accuracy(segmenter, pairs, "test")
    assert (report.split, report.images) == ("test", 2)
    assert report.pixel_accuracy == pytest.approx(200 / 250)
    assert report.iou[0] == pytest.approx(100 / 150)  # ground: 100 found of 150
    assert np.isnan(report.iou[1])
    assert report.iou[2] == pytest.approx(100 / 150)  # dog: 100 of 150 predicted
    assert report.miou == pytest.approx(2 / 3)


def test_no_pair_is_nothing_to_score(segmenter: Segmenter) -> None:
    with pytest.raises(DataError, match=r"the validation split has no picture with a mask.*nothing to score"):
        measure_accuracy(segmenter, iter(()), "validation")


@pytest.mark.parametrize(
    ("truth", "told"),
    [
        (np.zeros((4, 4), np.uint8), "must have one size"),
        (np.full((HEIGHT, WIDTH), 3, np.uint8), "label 3 is outside the 3 classes ground, cat, dog"),
    ],
    ids=["another size", "a class the model does not have"],
)
def test_a_truth_that_does_not_fit_is_refused(segmenter: Segmenter, truth: np.ndarray, told: str) -> None:
    with pytest.raises(DataError, match=told):
        measure_accuracy(segmenter, [(_frame(0), truth)], "test")

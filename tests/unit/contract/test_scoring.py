"""Accuracy by hand: every figure is a count that can be made with a pencil, or an independent formula."""

import json
import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from unetkit.contract.scoring import AccuracyReport, BoundaryScore, ConfusionMatrix, boundary_f1, mean_of_known
from unetkit.contract.spec import IGNORE_LABEL
from unetkit.errors import DataError

Labels = NDArray[np.uint8]


def _labels(rows: Any) -> Labels:
    return np.array(rows, np.uint8)


def _report(truth: Any, prediction: Any, names: tuple[str, ...] = ("ground", "cat", "dog")) -> AccuracyReport:
    confusion = ConfusionMatrix(names)
    confusion.update(_labels(truth), _labels(prediction))
    return confusion.report("test")


def test_a_mask_of_eight_pixels_by_hand() -> None:
    truth = [[0, 0, 0, 1], [1, 1, 2, 2]]
    found = [[0, 0, 1, 1], [1, 2, 2, 0]]
    report = _report(truth, found)
    # ground: 2 right, 1 missed, 1 too many; cat: 2, 1, 1; dog: 1, 1, 1.
    assert report.pixel_accuracy == pytest.approx(5 / 8)
    assert report.iou == pytest.approx((2 / 4, 2 / 4, 1 / 3))
    assert report.dice == pytest.approx((4 / 6, 4 / 6, 2 / 4))
    assert report.miou == pytest.approx((1 / 2 + 1 / 2 + 1 / 3) / 3)
    assert (report.split, report.images, report.class_names) == ("test", 1, ("ground", "cat", "dog"))


def test_rows_are_the_truth_and_columns_the_prediction() -> None:
    confusion = ConfusionMatrix(("a", "b"))
    confusion.update(_labels([0, 0, 0, 1]), _labels([1, 1, 0, 1]))
    np.testing.assert_array_equal(confusion.counts, [[1, 2], [0, 1]])


def test_ignored_pixels_count_nowhere() -> None:
    report = _report([0, 1, 255, 255, 2], [0, 1, 0, 7, 2])
    assert (report.pixel_accuracy, report.iou) == (1.0, (1.0, 1.0, 1.0))


def test_an_image_that_is_ignored_wholly_still_is_an_image() -> None:
    confusion = ConfusionMatrix(("a", "b"))
    confusion.update(_labels([255, 255]), _labels([0, 1]))
    report = confusion.report("test")
    assert report.images == 1
    assert all(math.isnan(value) for value in (report.pixel_accuracy, report.miou, *report.iou, *report.dice))


def test_a_class_that_nobody_saw_has_no_value_and_does_not_count_in_the_mean() -> None:
    report = _report([0, 0, 1, 1], [0, 0, 1, 0])
    assert report.iou[:2] == pytest.approx((2 / 3, 1 / 2))
    assert math.isnan(report.iou[2])
    assert math.isnan(report.dice[2])
    assert report.miou == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_a_class_that_was_only_predicted_counts_as_zero() -> None:
    report = _report([0, 0], [0, 2])
    assert report.iou[2] == 0
    assert report.miou == pytest.approx((1 / 2 + 0) / 2)


def test_images_of_any_size_add_up_to_the_figures_of_all_their_pixels() -> None:
    generator = np.random.default_rng(3)
    names = ("a", "b", "c", "d")
    confusion = ConfusionMatrix(names)
    truths, founds = [], []
    for hw in ((5, 7), (1, 1), (16, 3)):
        truth = generator.choice(_labels([0, 1, 2, 3, IGNORE_LABEL]), hw)
        found = generator.integers(0, 4, hw).astype(np.uint8)
        confusion.update(truth, found)
        truths.append(truth.ravel())
        founds.append(found.ravel())
    report = confusion.report("test")
    truth, found = np.concatenate(truths), np.concatenate(founds)
    known = truth != IGNORE_LABEL
    pairs = list(zip(truth[known].tolist(), found[known].tolist(), strict=True))
    assert report.images == 3
    assert report.pixel_accuracy == pytest.approx(sum(a == b for a, b in pairs) / len(pairs))
    for label in range(4):  # IoU as sets: intersection over union
        true_set = {index for index, (a, _) in enumerate(pairs) if a == label}
        found_set = {index for index, (_, b) in enumerate(pairs) if b == label}
        iou = len(true_set & found_set) / len(true_set | found_set)
        assert report.iou[label] == pytest.approx(iou)
        assert report.dice[label] == pytest.approx(2 * iou / (1 + iou))


def test_255_classes_do_not_overflow() -> None:
    every = np.arange(255, dtype=np.uint8)
    assert _report(every, every, tuple(map(str, range(255)))).miou == 1


@pytest.mark.parametrize(
    ("truth", "prediction", "told"),
    [
        ([0, 1], [0, 1, 1], r"truth is \(2,\) and prediction \(3,\)"),
        ([[0, 1]], [[0], [1]], r"truth is \(1, 2\) and prediction \(2, 1\)"),
        ([0, 3], [0, 1], "label 3 is outside the 3 classes ground, cat, dog"),
        ([0, 1], [0, 3], "label 3 is outside"),
        ([0, 1], [0, 255], "label 255 is outside"),
    ],
)
def test_masks_that_do_not_fit_are_data_errors(truth: Any, prediction: Any, told: str) -> None:
    confusion = ConfusionMatrix(("ground", "cat", "dog"))
    with pytest.raises(DataError, match=told):
        confusion.update(_labels(truth), _labels(prediction))
    assert confusion.images == 0
    assert confusion.counts.sum() == 0


def test_the_summary_has_all_that_a_figure_needs() -> None:
    text = _report([0, 0, 1, 1], [0, 0, 1, 0]).summary()
    assert text == (
        "pixel accuracy 0.7500, mIoU 0.5833 over 3 classes (ground 0.6667, cat 0.5000, dog nan); test split, 1 images"
    )


def _square(top: int, left: int, side: int = 10) -> Labels:
    mask = np.zeros((40, 40), np.uint8)
    mask[top : top + side, left : left + side] = 1
    return mask


@pytest.mark.parametrize(
    ("shift", "tolerance", "expected"),
    [
        ((0, 0), 0.0, 1.0),
        ((0, 1), 2.0, 1.0),
        ((2, 0), 2.0, 1.0),
        ((1, 1), 1.0, 35 / 36),  # of each outline's 36 pixels one corner is sqrt 2 from the other outline
        ((0, 20), 2.0, 0.0),
        ((20, 20), 9.0, 0.0),
    ],
)
def test_boundary_f1_of_a_square_that_moved(shift: tuple[int, int], tolerance: float, expected: float) -> None:
    score = boundary_f1(_square(10, 10), _square(10 + shift[0], 10 + shift[1]), 1, tolerance_px=tolerance)
    assert score == pytest.approx(expected)


def test_boundary_f1_of_a_square_inside_a_larger_one_by_hand() -> None:
    """Sides 10 and 4 with centres 3 apart in every direction: no outline pixel has another within 2 px."""
    assert boundary_f1(_square(10, 10), _square(13, 13, side=4), 1) == 0


def test_boundary_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    """The truth has a second square that was not found: precision 1, recall 1/2, F1 2/3."""
    truth = _square(2, 2) | _square(25, 25)
    assert boundary_f1(truth, _square(2, 2), 1) == pytest.approx(2 / 3)
    assert boundary_f1(_square(2, 2), truth, 1) == pytest.approx(2 / 3)


def test_boundary_f1_without_an_outline() -> None:
    empty, full = np.zeros((40, 40), np.uint8), np.ones((40, 40), np.uint8)
    assert math.isnan(boundary_f1(empty, empty, 1))
    assert math.isnan(boundary_f1(full, full, 1))  # the picture's own edge is no outline
    assert boundary_f1(empty, _square(10, 10), 1) == 0
    assert boundary_f1(_square(10, 10), empty, 1) == 0


def test_boundary_f1_looks_at_the_class_it_was_asked_for() -> None:
    truth, found = _square(10, 10) * np.uint8(2), _square(10, 10) * np.uint8(2)
    found[30:35, 30:35] = 1
    assert boundary_f1(truth, found, 2) == 1
    assert boundary_f1(truth, found, 1) == 0


def test_an_outline_along_ignored_pixels_is_nobodys() -> None:
    """Left half ground, right half cat, the last column of the ground and the first of the cat unknown."""
    truth = np.repeat(_labels([[0, 0, 0, IGNORE_LABEL, IGNORE_LABEL, 1, 1, 1]]), 8, axis=0)
    assert math.isnan(boundary_f1(truth, (truth == 1).astype(np.uint8), 1))
    found = np.repeat(_labels([[0, 1, 0, 1, 1, 1, 1, 1]]), 8, axis=0)
    assert boundary_f1(truth, found, 1) == 0  # only the stripe at 1 has an outline, and the truth has none


def test_the_outline_of_two_halves_is_a_column_on_each_side_by_hand() -> None:
    """Outline of the right half: its first column. Moved by 3 px none is within 2, all are within 3."""
    truth = np.repeat(_labels([[0] * 8 + [1] * 8]), 4, axis=0)
    moved = np.repeat(_labels([[0] * 11 + [1] * 5]), 4, axis=0)
    assert [boundary_f1(truth, moved, 1, tolerance_px=tolerance) for tolerance in (2.0, 2.9, 3.0)] == [0, 0, 1]


def test_boundary_scores_are_the_mean_over_the_images_that_show_the_class() -> None:
    empty = np.zeros((40, 40), np.uint8)
    score = BoundaryScore(("ground", "cat", "dog"))
    score.update(_square(2, 2) | _square(25, 25), _square(2, 2))  # 2/3, of ground as of cat
    score.update(_square(10, 10), _square(10, 10))  # 1
    score.update(empty, empty)  # shows no outline at all
    score.update(empty, _square(10, 10))  # 0
    ground, cat, dog = score.f1()
    assert (ground, cat) == pytest.approx(((2 / 3 + 1) / 3, (2 / 3 + 1) / 3))
    assert math.isnan(dog)


def test_precision_and_recall_by_hand() -> None:
    confusion = ConfusionMatrix(("ground", "cat", "dog", "fish"))
    confusion.update(_labels([0, 0, 0, 1, 1, 3]), _labels([0, 0, 1, 1, 2, 0]))
    assert confusion.precision()[:3] == pytest.approx((2 / 3, 1 / 2, 0))
    assert math.isnan(confusion.precision()[3])  # never predicted
    recall = confusion.recall()
    assert (recall[0], recall[1], recall[3]) == pytest.approx((2 / 3, 1 / 2, 0))
    assert math.isnan(recall[2])  # in no truth


def test_matrices_add_up() -> None:
    whole, part = ConfusionMatrix(("a", "b")), ConfusionMatrix(("a", "b"))
    whole.update(_labels([0, 1]), _labels([0, 0]))
    part.update(_labels([1, 1]), _labels([1, 0]))
    whole.add(part)
    np.testing.assert_array_equal(whole.counts, [[1, 0], [2, 1]])
    assert whole.images == 2


def test_a_mean_leaves_out_what_is_not_known() -> None:
    assert mean_of_known([0.5, math.nan, 1.0]) == 0.75
    assert math.isnan(mean_of_known([math.nan]))


def test_the_report_as_json_has_null_where_there_is_no_figure() -> None:
    table = _report([0, 0, 1, 1], [0, 0, 1, 0]).to_dict()
    assert table == {
        "class_names": ["ground", "cat", "dog"],
        "split": "test",
        "images": 1,
        "pixel_accuracy": 0.75,
        "miou": pytest.approx(7 / 12),
        "iou": [pytest.approx(2 / 3), 0.5, None],
        "dice": [pytest.approx(4 / 5), pytest.approx(2 / 3), None],
    }
    assert "NaN" not in json.dumps(table, allow_nan=False)

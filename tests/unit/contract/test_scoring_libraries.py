"""Every metric against other people's code: scikit-learn's figures, and outlines by SciPy's k-d tree."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree
from sklearn import metrics

from unetkit.contract.scoring import ConfusionMatrix, boundary_f1
from unetkit.contract.spec import IGNORE_LABEL

Labels = NDArray[np.uint8]

NAMES = ("a", "b", "c", "d")
LABELS = range(len(NAMES))


def _blobs(seed: int, hw: tuple[int, int] = (48, 64)) -> Labels:
    """Regions with smooth outlines, uint8 (H, W)."""
    noise = np.random.default_rng(seed).normal(size=(len(NAMES), *hw))
    smooth = np.stack([ndimage.gaussian_filter(plane, 4) for plane in noise])
    regions: Labels = smooth.argmax(axis=0).astype(np.uint8)
    return regions


def _pairs(count: int) -> list[tuple[Labels, Labels]]:
    """Truths with ignored pixels, and predictions that are right for the most part."""
    pairs = []
    for seed in range(count):
        truth, other = _blobs(seed), _blobs(100 + seed)
        wrong = np.random.default_rng(seed).random(truth.shape) < 0.3
        found = np.where(wrong, other, truth).astype(np.uint8)
        truth[np.random.default_rng(50 + seed).random(truth.shape) < 0.1] = IGNORE_LABEL
        pairs.append((truth, found))
    return pairs


@pytest.fixture(scope="module")
def counted() -> ConfusionMatrix:
    confusion = ConfusionMatrix(NAMES)
    for truth, found in _pairs(5):
        confusion.update(truth, found)
    return confusion


@pytest.fixture(scope="module")
def flat() -> tuple[Labels, Labels]:
    """Truth and prediction of all pixels that count."""
    pairs = _pairs(5)
    truth, found = (np.concatenate([pair[side].ravel() for pair in pairs]) for side in (0, 1))
    known = truth != IGNORE_LABEL
    return truth[known], found[known]


def test_the_confusion_matrix_is_scikit_learns(counted: ConfusionMatrix, flat: tuple[Labels, Labels]) -> None:
    np.testing.assert_array_equal(counted.counts, metrics.confusion_matrix(*flat, labels=LABELS))


def test_every_share_is_scikit_learns(counted: ConfusionMatrix, flat: tuple[Labels, Labels]) -> None:
    report = counted.report("test")
    by_class = {"labels": LABELS, "average": None}
    assert report.iou == pytest.approx(metrics.jaccard_score(*flat, **by_class), abs=1e-12)
    assert report.miou == pytest.approx(metrics.jaccard_score(*flat, labels=LABELS, average="macro"), abs=1e-12)
    assert report.dice == pytest.approx(metrics.f1_score(*flat, **by_class), abs=1e-12)
    assert report.pixel_accuracy == pytest.approx(metrics.accuracy_score(*flat), abs=1e-12)
    assert counted.precision() == pytest.approx(metrics.precision_score(*flat, **by_class), abs=1e-12)
    assert counted.recall() == pytest.approx(metrics.recall_score(*flat, **by_class), abs=1e-12)


def _independent_boundary_f1(truth: Labels, found: Labels, label: int, tolerance_px: float) -> float:
    """Outlines by erosion with a border of ones, distances between points by a k-d tree."""

    def points(labels: Labels) -> NDArray[np.intp]:
        inside = labels == label
        core = ndimage.binary_erosion(inside, structure=np.ones((3, 3)), border_value=1)
        return np.argwhere(inside & ~core)

    true_points, found_points = points(truth), points(found)
    if not len(true_points) and not len(found_points):
        return math.nan
    if not len(true_points) or not len(found_points):
        return 0.0
    precision = np.mean(cKDTree(true_points).query(found_points)[0] <= tolerance_px)
    recall = np.mean(cKDTree(found_points).query(true_points)[0] <= tolerance_px)
    return float(_harmonic_mean(precision, recall))


def _harmonic_mean(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@pytest.mark.parametrize("tolerance_px", [0.0, 1.0, 1.5, 2.0, 5.0])
def test_boundary_f1_is_what_a_search_for_the_nearest_point_gives(tolerance_px: float) -> None:
    scores = []
    for seed in range(4):
        truth, found = _blobs(seed), np.roll(_blobs(seed), 2, axis=1)
        for label in LABELS:
            expected = _independent_boundary_f1(truth, found, label, tolerance_px)
            assert boundary_f1(truth, found, label, tolerance_px=tolerance_px) == pytest.approx(expected, nan_ok=True)
            scores.append(expected)
    assert 0 < np.nanmean(scores) <= 1

"""Accuracy of masks: one confusion matrix, and the boundary F1, for training, export, evaluation and benchmarks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import Confusion, Labels
from unetkit.contract.spec import IGNORE_LABEL
from unetkit.errors import DataError

BOUNDARY_TOLERANCE_PX = 2.0


@dataclass(frozen=True, kw_only=True)
class AccuracyReport:
    """Accuracy over a split, with all that a figure needs to mean something.

    `pixel_accuracy`, `miou`, `iou` and `dice` are shares in 0..1. A class that neither the truth nor the prediction
    contains has the value NaN and does not count in the mean. `boundary_f1` is `BoundaryScore.f1`, empty where it was
    not measured, and `boundary_tolerance_px` how near in pixels of the scored masks counts as found.
    """

    class_names: tuple[str, ...]
    split: str
    images: int
    pixel_accuracy: float
    miou: float
    iou: tuple[float, ...]
    dice: tuple[float, ...]
    boundary_f1: tuple[float, ...] = ()
    boundary_tolerance_px: float = 0.0

    def summary(self) -> str:
        classes = ", ".join(f"{name} {value:.4f}" for name, value in zip(self.class_names, self.iou, strict=True))
        return (
            f"pixel accuracy {self.pixel_accuracy:.4f}, mIoU {self.miou:.4f} over {len(self.class_names)} classes "
            f"({classes}); {self.split} split, {self.images:,} images"
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: plain types only, and None where a figure is NaN."""
        figures = {name: _plain(getattr(self, name)) for name in ("pixel_accuracy", "miou")}
        lists = {name: [_plain(value) for value in getattr(self, name)] for name in ("iou", "dice")}
        named = {"class_names": list(self.class_names), "split": self.split, "images": self.images}
        if self.boundary_f1:
            lists["boundary_f1"] = [_plain(value) for value in self.boundary_f1]
            figures["boundary_tolerance_px"] = self.boundary_tolerance_px
        return {**named, **figures, **lists}


class ConfusionMatrix:
    """Counts of (truth, prediction) pixels, fed image by image; memory does not grow with their number."""

    def __init__(self, class_names: tuple[str, ...]) -> None:
        self.class_names = class_names
        self.counts: Confusion = np.zeros((len(class_names), len(class_names)), np.int64)
        self.images = 0

    def update(self, truth: Labels, prediction: Labels) -> None:
        """Add one image; pixels whose truth is the ignore label are left out.

        Args:
            truth: uint8, any shape.
            prediction: uint8, the same shape.

        Raises:
            DataError: the shapes differ or a label is outside the classes.
        """
        if truth.shape != prediction.shape:
            raise DataError(f"truth is {truth.shape} and prediction {prediction.shape}: they must have one size")
        count = len(self.class_names)
        known = truth != IGNORE_LABEL
        truth, prediction = truth[known], prediction[known]
        if truth.size and max(int(truth.max()), int(prediction.max())) >= count:
            worst = max(int(truth.max()), int(prediction.max()))
            raise DataError(f"label {worst} is outside the {count} classes {', '.join(self.class_names)}")
        pairs = truth.astype(np.int64) * count + prediction
        self.counts += np.bincount(pairs, minlength=count * count).reshape(count, count)
        self.images += 1

    def add(self, other: "ConfusionMatrix") -> None:
        """Add the images of another one of the same classes."""
        self.counts += other.counts
        self.images += other.images

    def report(self, split: str) -> AccuracyReport:
        """Pixel accuracy, and per class IoU = TP / (TP + FP + FN) and Dice = 2 TP / (2 TP + FP + FN)."""
        right = np.diag(self.counts).astype(np.float64)
        either = self.counts.sum(0) + self.counts.sum(1) - right
        iou = _share(right, either)
        return AccuracyReport(
            class_names=self.class_names,
            split=split,
            images=self.images,
            pixel_accuracy=float(_share(right.sum(), np.float64(self.counts.sum()))),
            miou=mean_of_known(iou),
            iou=tuple(float(value) for value in iou),
            dice=tuple(float(value) for value in _share(2 * right, either + right)),
        )

    def precision(self) -> tuple[float, ...]:
        """Per class TP / (TP + FP), in 0..1; NaN for a class that was never predicted."""
        return tuple(map(float, _share(np.diag(self.counts).astype(np.float64), self.counts.sum(0).astype(np.float64))))

    def recall(self) -> tuple[float, ...]:
        """Per class TP / (TP + FN), in 0..1; NaN for a class that no truth contains."""
        return tuple(map(float, _share(np.diag(self.counts).astype(np.float64), self.counts.sum(1).astype(np.float64))))


class BoundaryScore:
    """Mean boundary F1 of each class, fed image by image.

    Args:
        class_names: the index of a name is its label.
        tolerance_px: see `boundary_f1`.
    """

    def __init__(self, class_names: tuple[str, ...], tolerance_px: float = BOUNDARY_TOLERANCE_PX) -> None:
        self.class_names, self.tolerance_px = class_names, tolerance_px
        self._sums = np.zeros(len(class_names))
        self._images = np.zeros(len(class_names))

    def update(self, truth: Labels, prediction: Labels) -> None:
        """Add one image, uint8 (H, W) both; a class that has an outline in neither is left out of its mean."""
        shown = np.bincount(truth.ravel(), minlength=256) + np.bincount(prediction.ravel(), minlength=256)
        for label in np.flatnonzero(shown[: len(self.class_names)]).tolist():
            score = boundary_f1(truth, prediction, label, tolerance_px=self.tolerance_px)
            if not math.isnan(score):
                self._sums[label] += score
                self._images[label] += 1

    def f1(self) -> tuple[float, ...]:
        """Per class the mean over the images that show its outline, in 0..1; NaN where none does."""
        return tuple(map(float, _share(self._sums, self._images)))


def boundary_f1(truth: Labels, prediction: Labels, label: int, *, tolerance_px: float = BOUNDARY_TOLERANCE_PX) -> float:
    """F1 of a class's outline: how much of each outline lies within `tolerance_px` of the other.

    An outline is the pixels of the class that touch, also by a corner, a pixel of another one. Where the truth is the
    ignore label nobody knows the outline: such pixels belong to neither and end none.

    Csurka et al. 2013, "What is a good evaluation measure for semantic segmentation?" (BMVC), for one image:
    `2 P R / (P + R)`, P the share of predicted outline pixels near a true one, R the reverse.

    Args:
        truth: uint8 (H, W).
        prediction: uint8 (H, W).
        label: the class.
        tolerance_px: Euclidean distance in pixels that still counts as near.

    Returns:
        0..1; NaN when neither image contains the outline.
    """
    known = truth != IGNORE_LABEL
    true_edge, predicted_edge = _outline(truth == label, known), _outline(prediction == label, known)
    if not true_edge.any() and not predicted_edge.any():
        return float("nan")
    if not true_edge.any() or not predicted_edge.any():
        return 0.0
    precision = float(_near(true_edge, tolerance_px)[predicted_edge].mean())
    recall = float(_near(predicted_edge, tolerance_px)[true_edge].mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def mean_of_known(values: Sequence[float] | NDArray[np.float64]) -> float:
    """Mean without the NaNs; NaN when there is nothing else."""
    figures = np.asarray(values, np.float64)
    known = figures[~np.isnan(figures)]
    return float(known.mean()) if known.size else math.nan


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value


def _share(part: NDArray[np.float64] | np.float64, whole: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    whole = np.asarray(whole, np.float64)
    out = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=out, where=whole > 0)
    return out


def _outline(inside: NDArray[np.bool_], known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Known pixels of the region that touch its known outside; the picture's own edge is no outline."""
    beside = cv2.dilate((known & ~inside).astype(np.uint8), np.ones((3, 3), np.uint8))
    return inside & known & beside.astype(np.bool_)


def _near(edge: NDArray[np.bool_], distance_px: float) -> NDArray[np.bool_]:
    """Pixels whose centre is no further from one of the edge's: the edge, thickened by a disc."""
    reach = np.arange(-int(distance_px), int(distance_px) + 1)
    disc = (reach[:, np.newaxis] ** 2 + reach**2 <= distance_px**2).astype(np.uint8)
    return cv2.dilate(edge.astype(np.uint8), disc).astype(np.bool_)

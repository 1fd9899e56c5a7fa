"""Accuracy of masks: one confusion matrix, and the boundary F1, for training, export, evaluation and benchmarks."""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import Confusion, Labels
from unetkit.contract.spec import IGNORE_LABEL
from unetkit.errors import DataError


@dataclass(frozen=True, kw_only=True)
class AccuracyReport:
    """Accuracy over a split, with all that a figure needs to mean something.

    `pixel_accuracy`, `miou`, `iou` and `dice` are shares in 0..1. A class that neither the truth nor the prediction
    contains has the value NaN and does not count in the mean.
    """

    class_names: tuple[str, ...]
    split: str
    images: int
    pixel_accuracy: float
    miou: float
    iou: tuple[float, ...]
    dice: tuple[float, ...]

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

    def report(self, split: str) -> AccuracyReport:
        """Pixel accuracy, and per class IoU = TP / (TP + FP + FN) and Dice = 2 TP / (2 TP + FP + FN)."""
        right = np.diag(self.counts).astype(np.float64)
        either = self.counts.sum(0) + self.counts.sum(1) - right
        iou = _share(right, either)
        seen = iou[~np.isnan(iou)]
        return AccuracyReport(
            class_names=self.class_names,
            split=split,
            images=self.images,
            pixel_accuracy=float(_share(right.sum(), np.float64(self.counts.sum()))),
            miou=float(seen.mean()) if seen.size else float("nan"),
            iou=tuple(float(value) for value in iou),
            dice=tuple(float(value) for value in _share(2 * right, either + right)),
        )


def boundary_f1(truth: Labels, prediction: Labels, label: int, *, tolerance_px: float = 2.0) -> float:
    """F1 of a class's outline: how much of each outline lies within `tolerance_px` of the other.

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
    true_edge, predicted_edge = _outline(truth == label), _outline(prediction == label)
    if not true_edge.any() and not predicted_edge.any():
        return float("nan")
    if not true_edge.any() or not predicted_edge.any():
        return 0.0
    precision = float((_distance_to(true_edge)[predicted_edge] <= tolerance_px).mean())
    recall = float((_distance_to(predicted_edge)[true_edge] <= tolerance_px).mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value


def _share(part: NDArray[np.float64] | np.float64, whole: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    whole = np.asarray(whole, np.float64)
    out = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=out, where=whole > 0)
    return out


def _outline(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels of the region that touch its outside; the picture's own edge is no outline."""
    region = inside.astype(np.uint8)
    core = cv2.erode(region, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE)
    return (region - core).astype(np.bool_)


def _distance_to(edge: NDArray[np.bool_]) -> NDArray[np.float32]:
    far = cv2.distanceTransform((~edge).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return far.astype(np.float32)

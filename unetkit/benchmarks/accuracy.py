"""Accuracy beside latency: each artifact in each engine scored on the same pictures, as `unetkit evaluate` does it."""

from dataclasses import dataclass
from pathlib import Path

from unetkit.data.dataset import Dataset
from unetkit.runtime.evaluation import evaluate_model
from unetkit.runtime.segmenter import Segmenter


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """On a split of a data set, at the pictures' own size.

    Attributes:
        data: name of the data set.
        split: of it.
        images: scored.
        miou: mean IoU over the classes that occur.
        class_iou: name and IoU of each class; NaN for one that does not occur.
    """

    data: str
    split: str
    images: int
    miou: float
    class_iou: tuple[tuple[str, float], ...]


def score(segmenter: Segmenter, dataset: Dataset, split: str) -> Accuracy:
    """Score an opened model.

    Raises:
        DataError: other classes, no such split, or pictures that cannot be used.
    """
    report = evaluate_model(segmenter, dataset, split)
    return Accuracy(
        data=Path(dataset.reference).name,
        split=split,
        images=report.images,
        miou=report.miou,
        class_iou=tuple(zip(report.class_names, report.iou, strict=True)),
    )

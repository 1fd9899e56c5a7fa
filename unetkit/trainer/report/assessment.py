"""One pass over the validation pictures that gathers all the report's figures."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import Confusion, Scores
from unetkit.contract.postprocess import postprocess
from unetkit.contract.preprocess import place
from unetkit.contract.scoring import AccuracyReport, BoundaryScore, ConfusionMatrix
from unetkit.contract.spec import ModelSpec
from unetkit.data.shards import Rows
from unetkit.trainer.report.reliability import Reliability, ReliabilityCount, confidences

Predict = Callable[[int], Scores]  # a row's scores, float32 (H, W, C) as the spec says


@dataclass(frozen=True, kw_only=True)
class PictureScore:
    """A picture's mean IoU over the classes that its truth or its prediction shows."""

    row: int
    name: str
    miou: float


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """How a network does on the pictures it was validated on.

    Attributes:
        accuracy: with boundary F1.
        precision: per class, as `ConfusionMatrix.precision`.
        recall: per class, as `ConfusionMatrix.recall`.
        confusion: int64 (C, C) pixels, rows are the truth.
        reliability: confidence against accuracy.
        pictures: best first, those without a known pixel left out.
    """

    accuracy: AccuracyReport
    precision: tuple[float, ...]
    recall: tuple[float, ...]
    confusion: Confusion
    reliability: Reliability
    pictures: tuple[PictureScore, ...]

    def best(self, count: int) -> tuple[PictureScore, ...]:
        """The best ones, best first; at most half of all, so that none is among the worst too."""
        return self.pictures[: min(count, -(-len(self.pictures) // 2))]

    def worst(self, count: int) -> tuple[PictureScore, ...]:
        """The worst ones, worst first; at most half of all."""
        return self.pictures[::-1][: min(count, len(self.pictures) // 2)]


def assess(
    predict: Predict,
    labels: Rows,
    rows: Sequence[int] | NDArray[np.intp],
    names: Sequence[str],
    spec: ModelSpec,
) -> Assessment:
    """Score a network on pictures of its own input's size.

    Args:
        predict: gives a row's scores; called once a row, in order.
        labels: uint8 (N, H, W) truths; 255 is not scored.
        rows: which of them.
        names: of the pictures, one a row.
        spec: of the model.

    Raises:
        DataError: a truth holds a label outside the classes.
    """
    placement = place(spec.input.hw, spec.input)
    whole, boundary, reliability = (
        ConfusionMatrix(spec.class_names),
        BoundaryScore(spec.class_names),
        ReliabilityCount(),
    )
    pictures = []
    for row, name in zip(map(int, rows), names, strict=True):
        truth, scores = np.asarray(labels[row]), predict(row)
        found = postprocess(scores, placement, spec).labels
        single = ConfusionMatrix(spec.class_names)
        single.update(truth, found)
        whole.add(single)
        boundary.update(truth, found)
        reliability.update(truth, found, confidences(scores, found, spec))
        miou = single.report(name).miou
        if not math.isnan(miou):
            pictures.append(PictureScore(row=row, name=name, miou=miou))
    accuracy = replace(
        whole.report("validation"), boundary_f1=boundary.f1(), boundary_tolerance_px=boundary.tolerance_px
    )
    return Assessment(
        accuracy=accuracy,
        precision=whole.precision(),
        recall=whole.recall(),
        confusion=whole.counts,
        reliability=reliability.result(),
        pictures=tuple(sorted(pictures, key=lambda picture: -picture.miou)),
    )

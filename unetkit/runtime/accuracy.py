"""How well an opened model does on pictures whose truth is known: through the same Segmenter that users call."""

from collections.abc import Iterable
from dataclasses import replace

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.scoring import AccuracyReport, BoundaryScore, ConfusionMatrix
from unetkit.errors import DataError
from unetkit.runtime.segmenter import Segmenter


def measure_accuracy(
    segmenter: Segmenter,
    pairs: Iterable[tuple[BgrFrame, Labels]],
    split: str,
    *,
    boundary: BoundaryScore | None = None,
) -> AccuracyReport:
    """Score a model at frame size.

    Args:
        segmenter: the opened model.
        pairs: frames, uint8 (H, W, 3) BGR, each with its truth, uint8 (H, W); 255 in the truth is not scored.
        split: where the pairs come from, for the report.
        boundary: a fresh one, where outlines are to be scored too.

    Raises:
        DataError: there is no pair, a truth is not its frame's size, or holds a label outside the model's classes.
    """
    matrix = ConfusionMatrix(segmenter.spec.class_names)
    for frame, truth in pairs:
        found = segmenter.predict(frame).labels
        matrix.update(truth, found)
        if boundary is not None:
            boundary.update(truth, found)
    if not matrix.images:
        raise DataError(f"the {split} split has no picture with a mask, so there is nothing to score; name another")
    report = matrix.report(split)
    if boundary is None:
        return report
    return replace(report, boundary_f1=boundary.f1(), boundary_tolerance_px=boundary.tolerance_px)

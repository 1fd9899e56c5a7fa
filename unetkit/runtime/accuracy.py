"""How well an opened model does on pictures whose truth is known: through the same Segmenter that users call."""

from collections.abc import Iterable

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.scoring import AccuracyReport, ConfusionMatrix
from unetkit.errors import DataError
from unetkit.runtime.segmenter import Segmenter


def measure_accuracy(segmenter: Segmenter, pairs: Iterable[tuple[BgrFrame, Labels]], split: str) -> AccuracyReport:
    """Score a model at frame size.

    Args:
        segmenter: the opened model.
        pairs: frames, uint8 (H, W, 3) BGR, each with its truth, uint8 (H, W); 255 in the truth is not scored.
        split: where the pairs come from, for the report.

    Raises:
        DataError: there is no pair, a truth is not its frame's size, or holds a label outside the model's classes.
    """
    matrix = ConfusionMatrix(segmenter.spec.class_names)
    for frame, truth in pairs:
        matrix.update(truth, segmenter.predict(frame).labels)
    if not matrix.images:
        raise DataError(f"the {split} split has no picture with a mask, so there is nothing to score; name another")
    return matrix.report(split)

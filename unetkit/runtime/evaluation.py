"""A model scored on a split of a data set, as `unetkit evaluate` does it."""

from collections.abc import Iterator

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.scoring import AccuracyReport, BoundaryScore
from unetkit.data.dataset import Dataset, Progress
from unetkit.data.split import evaluation_names
from unetkit.errors import DataError
from unetkit.runtime.accuracy import measure_accuracy
from unetkit.runtime.segmenter import Segmenter


def evaluate_model(
    segmenter: Segmenter, dataset: Dataset, split: str, *, progress: Progress | None = None
) -> AccuracyReport:
    """Accuracy on every picture of a split, boundary F1 included, at the pictures' own size.

    Args:
        segmenter: the opened model.
        dataset: its classes must be the model's, by name and order.
        split: as the data set names it.
        progress: called with (done, total).

    Raises:
        DataError: other classes, no such split, or pictures that cannot be used.
    """
    names = tuple(item.name for item in dataset.classes)
    if names != segmenter.spec.class_names:
        raise DataError(
            f"the model knows the classes {', '.join(segmenter.spec.class_names)}, "
            f"the data {dataset.reference} has {', '.join(names)}; evaluate it on data of its own classes"
        )
    chosen = evaluation_names(dataset, split)

    def pairs() -> Iterator[tuple[BgrFrame, Labels]]:
        for done, name in enumerate(chosen, start=1):
            yield dataset.read(name)
            if progress is not None:
                progress(done, len(chosen))

    return measure_accuracy(segmenter, pairs(), split, boundary=BoundaryScore(names))

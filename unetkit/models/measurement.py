"""What is measured of a model before it goes into the box: accuracy at the pictures' own size, and latency here."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from unetkit.benchmarks.bench import BenchReport, bench
from unetkit.benchmarks.frames import FrameSet
from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.scoring import AccuracyReport
from unetkit.data.dataset import Dataset
from unetkit.data.record import DataRecord
from unetkit.data.split import VALIDATION, evaluation_names
from unetkit.errors import DataError
from unetkit.processors import usable_cores
from unetkit.runtime.accuracy import measure_accuracy
from unetkit.runtime.segmenter import Segmenter


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """Figures of a model and of its files.

    Attributes:
        trained: accuracy of the Keras checkpoint.
        files: accuracy of each file, on the same pictures.
        latency: a report for one thread, and one for all usable cores where there are more.
    """

    trained: AccuracyReport
    files: tuple[AccuracyReport, ...]
    latency: tuple[BenchReport, ...]


@dataclass(frozen=True, kw_only=True)
class ScoredPictures:
    """The pictures that a card's figures are of.

    Attributes:
        dataset: where they lie.
        split: their name in the report.
        names: of the pictures.
    """

    dataset: Dataset
    split: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, record: DataRecord, dataset: Dataset, split: str) -> "ScoredPictures":
        """`validation` is what the run held out, any other split is the data set's.

        Raises:
            DataError: the data is not what the run was trained on, there is no such split, or the run was trained on
                pictures of it.
        """
        if dataset.digest() != record.digest:
            raise DataError(
                f"the data in {dataset.reference} is not what the run was trained on; give that with --data"
            )
        names = record.validation if split == VALIDATION else evaluation_names(dataset, split)
        seen = set(names) & set(record.train)
        if seen:
            raise DataError(
                f"the run was trained on {len(seen)} pictures of the {split} split; score it on another one"
            )
        return cls(dataset=dataset, split=split, names=names)

    def pairs(self) -> Iterator[tuple[BgrFrame, Labels]]:
        """Each picture with its truth, at its own size."""
        for name in self.names:
            yield self.dataset.read(name)


def measure_model(
    checkpoint: Path,
    files: Sequence[Path],
    pictures: ScoredPictures,
    *,
    frames: FrameSet,
    seconds: float,
    tell: Callable[[str], None],
) -> Measurement:
    """Measure a checkpoint and the files exported from it, on the CPU.

    Args:
        checkpoint: the Keras model.
        files: exported from it; they may name their classes otherwise.
        pictures: to score them on.
        frames: to time them on.
        seconds: of timing, a file and thread count.
        tell: told in words what comes next.

    Raises:
        DataError: a picture that cannot be used.
        ArtifactError, MissingDependencyError, DeviceError: a model does not open.
    """

    def accuracy(path: Path) -> AccuracyReport:
        tell(f"scoring {path.name} on {len(pictures.names):,} pictures")
        with Segmenter.open(path, device="cpu") as segmenter:
            return measure_accuracy(segmenter, pictures.pairs(), pictures.split)

    def latency(threads: int) -> BenchReport:
        tell(f"timing on {threads} of {cores} cores")
        return bench(files, frames=frames, seconds=seconds, device="cpu", threads=(threads,))

    cores = usable_cores()
    trained = accuracy(checkpoint)
    scored = tuple(accuracy(path) for path in files)
    return Measurement(trained=trained, files=scored, latency=tuple(latency(count) for count in sorted({1, cores})))

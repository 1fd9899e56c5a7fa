"""Decoded once, fitted by the contract, kept as uint8 on disk: what training and calibration read."""

import hashlib
import json
import logging
import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.preprocess import preprocess, preprocess_labels
from unetkit.contract.publish import publish_text
from unetkit.contract.spec import InputSpec
from unetkit.data.dataset import READERS, Dataset, Progress
from unetkit.data.shards import Sharding, new_shard, open_rows, shard_file
from unetkit.errors import DataError

log = logging.getLogger(__name__)

_FRAMES, _LABELS, _INDEX = "frames", "labels", "index.json"
_SCHEMA = 2
_AHEAD = 64  # samples decoded and not yet written: memory stays flat however large the data set

Fitted = tuple[NDArray[np.uint8], NDArray[np.uint8]]


class FrameCache:
    """Samples of a data set as memory-mapped arrays, in files that hold the same rows of each.

    Attributes:
        folder: where it lies; `FrameCache.open` takes it.
        names: sample names, in row order.
        frames: uint8 (N, H, W, 3) BGR, read-only.
        labels: uint8 (N, H, W), read-only; 255 = ignore.
        sharding: which rows a file holds.
        digest: of the data set.
        fitted: `fitting(spec)` of the input it was made for.
    """

    def __init__(self, folder: Path, index: dict[str, Any]) -> None:
        if index["schema"] != _SCHEMA:
            raise ValueError(f"schema {index['schema']}, expected {_SCHEMA}")
        self.folder = folder
        self.names: tuple[str, ...] = tuple(index["names"])
        self.digest: str = index["digest"]
        self.fitted: str = index["fitted"]
        self.sharding = Sharding(len(self.names), index["rows_per_file"])
        hw = (index["height"], index["width"])
        self.frames = open_rows(folder, _FRAMES, self.sharding, (*hw, 3))
        self.labels = open_rows(folder, _LABELS, self.sharding, hw)
        self._row = {name: row for row, name in enumerate(self.names)}

    @classmethod
    def build(
        cls, dataset: Dataset, names: Sequence[str], spec: InputSpec, folder: Path, *, progress: Progress | None = None
    ) -> "FrameCache":
        """Decode and fit samples once; a whole cache of the same data, names and input is opened instead.

        A build that was cut off goes on behind its last whole file; several at the same time disturb nobody.

        Args:
            dataset: where the samples come from.
            names: rows, in this order.
            spec: only what changes the bytes counts: size, fit, and the zero point of letterbox bars.
            folder: holds caches; this one's name inside it comes from the data's digest, the input and the names.
            progress: called with (done, total).

        Raises:
            DataError: no names, or samples that cannot be used: the first one's fault, and how many there are.
            OutputError: the folder cannot be written or the disk is full.
        """
        if not names:
            raise DataError(f"no sample of {dataset.reference} was chosen: the split is empty")
        digest = dataset.digest()
        final = (folder / _cache_name(digest, names, spec)).absolute()
        if (final / _INDEX).is_file():
            try:
                cache = cls.open(final)
            except DataError as error:  # somebody's hand was in it: the index is written last
                log.warning("%s; it is built again", error)
                shutil.rmtree(final, ignore_errors=True)
            else:
                log.info("frames are read from the cache %s", final)
                return cache
        sharding = Sharding.by_size(len(names), spec.height * spec.width * 3)
        _Build(dataset, names, spec, final, sharding, progress).run()
        index = {
            "schema": _SCHEMA,
            "digest": digest,
            "fitted": fitting(spec),
            "height": spec.height,
            "width": spec.width,
            "rows_per_file": sharding.length,
            "names": list(names),
        }
        publish_text(final / _INDEX, json.dumps(index, ensure_ascii=False))
        return cls.open(final)

    @classmethod
    def open(cls, folder: Path) -> "FrameCache":
        """Map a cache that `build` made.

        Raises:
            DataError: it is not there or not whole.
        """
        try:
            return cls(folder, json.loads((folder / _INDEX).read_text(encoding="utf-8")))
        except (OSError, EOFError, ValueError, KeyError, TypeError, ZeroDivisionError, IndexError) as error:
            raise DataError(f"no usable frame cache in {folder} ({error}); train again") from error

    def rows(self, names: Iterable[str]) -> NDArray[np.intp]:
        """Row numbers of samples.

        Raises:
            DataError: a name that the cache does not hold.
        """
        try:
            return np.array([self._row[name] for name in names], np.intp)
        except KeyError as error:
            raise DataError(f"sample {error.args[0]!r} is not in the frame cache {self.folder}") from error


def fitting(spec: InputSpec) -> str:
    """What of an input decides the bytes: size, fit, and the value of letterbox bars."""
    bars = f"-bars{spec.zero_point}" if spec.fit == "letterbox" else ""
    return f"{spec.height}x{spec.width}-{spec.fit}{bars}"


def _cache_name(digest: str, names: Sequence[str], spec: InputSpec) -> str:
    chosen = hashlib.sha256("\0".join(names).encode()).hexdigest()
    return f"{digest[:12]}-{chosen[:8]}-{fitting(spec)}"


@dataclass(frozen=True)
class _Build:
    """One filling of a folder."""

    dataset: Dataset
    names: Sequence[str]
    spec: InputSpec
    folder: Path
    sharding: Sharding
    progress: Progress | None

    def run(self) -> None:
        """Write the files that are not there.

        Raises:
            DataError: samples that cannot be used; then the folder is gone.
            OutputError: the folder cannot be written or the disk is full.
        """
        try:
            for number, span in enumerate(self.sharding.spans()):
                frames, labels = (shard_file(self.folder, stem, number) for stem in (_FRAMES, _LABELS))
                if frames.is_file() and labels.is_file():
                    self._tell(span.stop)
                else:
                    self._write(frames, labels, span)
        except DataError:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def _write(self, frames_file: Path, labels_file: Path, span: range) -> None:
        frames_shape, labels_shape = (len(span), *self.spec.hw, 3), (len(span), *self.spec.hw)
        with new_shard(frames_file, frames_shape) as frames, new_shard(labels_file, labels_shape) as labels:
            for row, fitted in zip(span, self._fitted(span), strict=True):
                if isinstance(fitted, DataError):
                    raise self._counted(fitted, range(row + 1, len(self.names)))
                frames.write(fitted[0].data)
                labels.write(fitted[1].data)

    def _counted(self, first: DataError, rest: range) -> DataError:
        """The first fault, with how many there are."""
        faults = 1 + sum(isinstance(fitted, DataError) for fitted in self._fitted(rest))
        more = f"; {faults:,} of {len(self.names):,} samples have faults, this is the first" if faults > 1 else ""
        return DataError(f"{first}{more}")

    def _fitted(self, rows: range) -> Iterator[Fitted | DataError]:
        """Samples in order, decoded by a few threads (OpenCV releases the GIL); a fault comes as its error."""
        with ThreadPoolExecutor(READERS) as pool:
            for start in range(rows.start, rows.stop, _AHEAD):
                ahead = range(start, min(start + _AHEAD, rows.stop))
                for row, fitted in zip(ahead, pool.map(self._fit, ahead), strict=True):
                    yield fitted
                    self._tell(row + 1)

    def _fit(self, row: int) -> Fitted | DataError:
        try:
            frame, labels = self.dataset.read(self.names[row])
            tensor, _ = preprocess(frame, self.spec)
            return tensor[0], preprocess_labels(labels, self.spec)
        except DataError as error:
            return error

    def _tell(self, done: int) -> None:
        if self.progress is not None:
            self.progress(done, len(self.names))

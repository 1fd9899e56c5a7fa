"""Decoded once, fitted by the contract, kept as uint8 on disk: what training and calibration read."""

import contextlib
import hashlib
import json
import logging
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import AnyArray
from unetkit.contract.preprocess import preprocess, preprocess_labels
from unetkit.contract.spec import InputSpec
from unetkit.data.dataset import READERS, Dataset, Progress
from unetkit.errors import DataError, OutputError

log = logging.getLogger(__name__)

_FRAMES, _LABELS, _INDEX = "frames.npy", "labels.npy", "index.json"
_SCHEMA = 1
_AHEAD = 64  # samples decoded and not yet written: memory stays flat however large the data set

Fitted = tuple[NDArray[np.uint8], NDArray[np.uint8]]


class FrameCache:
    """Samples of a data set as memory-mapped arrays.

    Attributes:
        folder: where it lies; `FrameCache.open` takes it.
        names: sample names, in row order.
        frames: uint8 (N, H, W, 3) BGR, read-only.
        labels: uint8 (N, H, W), read-only; 255 = ignore.
        digest: of the data set.
        fitted: `fitting(spec)` of the input it was made for.
    """

    def __init__(self, folder: Path, index: dict[str, Any], frames: AnyArray, labels: AnyArray) -> None:
        self.folder = folder
        self.names: tuple[str, ...] = tuple(index["names"])
        self.digest: str = index["digest"]
        self.fitted: str = index["fitted"]
        self.frames: NDArray[np.uint8] = frames
        self.labels: NDArray[np.uint8] = labels
        self._row = {name: row for row, name in enumerate(self.names)}

    @classmethod
    def build(
        cls, dataset: Dataset, names: Sequence[str], spec: InputSpec, folder: Path, *, progress: Progress | None = None
    ) -> "FrameCache":
        """Decode and fit samples once; a whole cache of the same data, names and input is opened instead.

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
        if final.is_dir():
            try:
                cache = cls.open(final)
            except DataError as error:  # somebody's hand was in it: builds publish only whole ones
                log.warning("%s; it is built again", error)
                shutil.rmtree(final, ignore_errors=True)
            else:
                log.info("frames are read from the cache %s", final)
                return cache
        with _published_folder(final) as temporary:
            _write(dataset, names, spec, temporary, progress)
            index = {"schema": _SCHEMA, "digest": digest, "fitted": fitting(spec), "names": list(names)}
            (temporary / _INDEX).write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")
        return cls.open(final)

    @classmethod
    def open(cls, folder: Path) -> "FrameCache":
        """Map a cache that `build` made.

        Raises:
            DataError: it is not there or not whole.
        """
        try:
            index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
            frames = np.load(folder / _FRAMES, mmap_mode="r")
            labels = np.load(folder / _LABELS, mmap_mode="r")
            cache = cls(folder, index, frames, labels)
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"no usable frame cache in {folder} ({error}); train again") from error
        if frames.shape != (*labels.shape, 3) or len(labels) != len(cache.names) or index.get("schema") != _SCHEMA:
            raise DataError(f"frame cache {folder} does not hold together; train again")
        return cache

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


def _write(dataset: Dataset, names: Sequence[str], spec: InputSpec, folder: Path, progress: Progress | None) -> None:
    """Write both arrays row by row, not through a map: a full disk is then an error and not a SIGBUS."""
    faults: list[DataError] = []
    with (folder / _FRAMES).open("wb") as frames, (folder / _LABELS).open("wb") as labels:
        _write_header(frames, (len(names), *spec.hw, 3))
        _write_header(labels, (len(names), *spec.hw))
        for done, fitted in enumerate(_fitted(dataset, names, spec), 1):
            if isinstance(fitted, DataError):
                faults.append(fitted)
            elif not faults:
                frames.write(fitted[0].data)
                labels.write(fitted[1].data)
            if progress is not None:
                progress(done, len(names))
    if faults:
        more = f"; {len(faults):,} of {len(names):,} samples have faults, this is the first" if len(faults) > 1 else ""
        raise DataError(f"{faults[0]}{more}")


def _fitted(dataset: Dataset, names: Sequence[str], spec: InputSpec) -> Iterator[Fitted | DataError]:
    """Samples in order, decoded by a few threads (OpenCV releases the GIL); a fault comes as its error."""

    def fit(name: str) -> Fitted | DataError:
        try:
            frame, labels = dataset.read(name)
            tensor, _ = preprocess(frame, spec)
            return tensor[0], preprocess_labels(labels, spec)
        except DataError as error:
            return error

    with ThreadPoolExecutor(READERS) as pool:
        for start in range(0, len(names), _AHEAD):
            yield from pool.map(fit, names[start : start + _AHEAD])


def _write_header(file: BinaryIO, shape: tuple[int, ...]) -> None:
    np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})


@contextlib.contextmanager
def _published_folder(final: Path) -> Iterator[Path]:
    """Give a temporary neighbour to fill; leaving it renames it, an error removes it, and so does losing a race."""
    temporary = final.with_name(f".{final.name}-{secrets.token_hex(4)}")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        try:
            temporary.rename(final)
        except OSError:
            if not (final / _INDEX).is_file():  # else another process built the same cache first
                raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"cannot write the frame cache {final}: {reason}; choose another place or make room"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)

"""Arrays too large for memory: rows in files of a fixed number of them, mapped, each file whole or not there.

Files of a bounded size can be written one after the other, so a build that is cut off goes on with the file that it
was writing, builders that meet in one folder do not disturb each other, and no file system's limit is reached.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.publish import published

SHARD_BYTES = 2**30  # not less: a map holds a file descriptor, of which a process has 1,024 on many systems


class Rows:
    """uint8 (N, ...) on disk, read-only; what is indexed is read.

    Args:
        shards: the files' arrays in order, memory-mapped; all but the last have the same length.
    """

    def __init__(self, shards: list[NDArray[np.uint8]]) -> None:
        self._shards, self._length = shards, len(shards[0])
        self.shape: tuple[int, ...] = (sum(map(len, shards)), *shards[0].shape[1:])

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: int | slice | NDArray[np.intp]) -> NDArray[np.uint8]:
        """One row, or a copy of several in the order asked for.

        Raises:
            IndexError: there is no such row.
        """
        if isinstance(rows, int | np.integer):
            number, within = divmod(range(len(self))[rows], self._length)
            one: NDArray[np.uint8] = self._shards[number][within]
            return one
        wanted = np.arange(len(self))[rows] if isinstance(rows, slice) else np.asarray(rows, np.intp)
        chosen = np.empty((len(wanted), *self.shape[1:]), np.uint8)
        for number in np.unique(wanted // self._length):
            here = wanted // self._length == number
            chosen[here] = self._shards[number][wanted[here] % self._length]
        return chosen


@dataclass(frozen=True)
class Sharding:
    """How many rows there are, and how many of them a file holds."""

    count: int
    length: int

    @classmethod
    def by_size(cls, count: int, row_bytes: int) -> "Sharding":
        """Files of about `SHARD_BYTES`."""
        return cls(count, max(1, SHARD_BYTES // row_bytes))

    def spans(self) -> list[range]:
        """The rows of each file."""
        return [range(start, min(start + self.length, self.count)) for start in range(0, self.count, self.length)]


def shard_file(folder: Path, stem: str, number: int) -> Path:
    return folder / f"{stem}-{number:05d}.npy"


@contextlib.contextmanager
def new_shard(file: Path, shape: tuple[int, ...]) -> Iterator[BinaryIO]:
    """Give a file that wants the bytes of a uint8 array of this shape; it gets its name when all are written.

    It is not written through a map: a full disk is then an error and not a SIGBUS.

    Raises:
        OutputError: the folder cannot be written or the disk is full.
    """
    with published(file) as temporary, temporary.open("wb") as opened:
        np.lib.format.write_array_header_1_0(opened, {"descr": "|u1", "fortran_order": False, "shape": shape})
        yield opened


def open_rows(folder: Path, stem: str, sharding: Sharding, row: tuple[int, ...]) -> Rows:
    """Map all files of an array.

    Raises:
        OSError: a file is missing.
        ValueError: a file is not whole or of another shape.
    """
    shards = []
    for number, span in enumerate(sharding.spans()):
        file = shard_file(folder, stem, number)
        shard = np.load(file, mmap_mode="r")
        if shard.shape != (len(span), *row) or shard.dtype != np.uint8:
            raise ValueError(f"{file.name} is {shard.dtype} {shard.shape}, expected uint8 {(len(span), *row)}")
        shards.append(shard)
    return Rows(shards)

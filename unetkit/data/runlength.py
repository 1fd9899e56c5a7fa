"""COCO's run-length encoded masks (cocoapi, `common/maskApi.h` and `maskApi.c`, rleEncode to rleFrString)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import Labels

_LOWEST, _HIGHEST = 48, 48 + 63  # six bits a character, written from "0" on


@dataclass(frozen=True, slots=True)
class RunLengths:
    """One object as runs of pixels outside, inside, outside, ... down the columns, from the left one on.

    Raises:
        ValueError: the runs do not add up to the height times the width.
    """

    counts: NDArray[np.int64]
    hw: tuple[int, int]

    def __post_init__(self) -> None:
        height, width = self.hw
        total = int(self.counts.sum())
        if min(self.hw) < 1 or (self.counts < 0).any() or total != height * width:
            raise ValueError(f"the runs hold {total:,} pixels, its size {height}x{width} (height x width) others")

    @classmethod
    def covering(cls, inside: NDArray[np.bool_]) -> "RunLengths":
        """The pixels that are True, bool (H, W)."""
        down = np.ravel(inside, order="F")
        changes = np.flatnonzero(down[1:] != down[:-1]) + 1
        start = [0, 0] if down.size and down[0] else [0]  # the first run is of pixels outside, be it empty
        edges = np.concatenate([start, changes, [down.size]])
        return cls(np.diff(edges).astype(np.int64), (inside.shape[0], inside.shape[1]))

    def compressed(self) -> str:
        """COCO's text for the runs; see `runs_of`."""
        runs = self.counts.copy()
        runs[3:] -= self.counts[1:-2]
        return "".join(map(_characters, runs.tolist()))

    @property
    def area(self) -> float:
        """Number of pixels inside."""
        return float(self.counts[1::2].sum())

    def paint(self, labels: Labels, value: int) -> int:
        """Write `value` where it covers `labels`, uint8 (H, W); gives the number of pixels.

        Raises:
            ValueError: it was made for another size.
        """
        if labels.shape != self.hw:
            raise ValueError(
                f"its size is {self.hw[1]}x{self.hw[0]}, that of the picture {labels.shape[1]}x{labels.shape[0]} "
                "(width x height)"
            )
        inside = np.repeat(np.arange(len(self.counts)) & 1, self.counts).astype(bool)
        labels[inside.reshape(self.hw, order="F")] = value
        return int(inside.sum())

    def content(self) -> bytes:
        """Bytes that change with it."""
        return repr(self.hw).encode() + self.counts.astype("<i8").tobytes()


def runs_of(counts: str | Sequence[int]) -> NDArray[np.int64]:
    """Runs from COCO's list, or from its compressed text.

    Compressed, a number is its two's complement in groups of five bits, the lowest first; a sixth bit says that more
    follow, and the highest bit of the last group is the sign. From the fourth number on, the difference to the number
    before the last is written.

    Raises:
        ValueError: no whole numbers, or a text that no encoder writes.
    """
    if not isinstance(counts, str):
        if not all(isinstance(count, int) and not isinstance(count, bool) for count in counts):
            raise ValueError("its runs are not whole numbers")
        return np.array(counts, np.int64)
    runs: list[int] = []
    number, shift = 0, 0
    for character in counts:
        bits = ord(character) - _LOWEST
        if not 0 <= bits <= _HIGHEST - _LOWEST or shift > 30:
            raise ValueError(f"its compressed runs hold {character!r}, which no encoder writes there")
        number |= (bits & 0x1F) << shift
        shift += 5
        if not bits & 0x20:
            if bits & 0x10:
                number -= 1 << shift
            runs.append(number + (runs[-2] if len(runs) > 2 else 0))
            number, shift = 0, 0
    if shift:
        raise ValueError("its compressed runs are cut off")
    return np.array(runs, np.int64)


def _characters(number: int) -> str:
    """Groups of five bits of the two's complement, the lowest first, until only the sign is left."""
    text = ""
    while True:
        bits, number = number & 0x1F, number >> 5
        more = number != (-1 if bits & 0x10 else 0)
        text += chr(_LOWEST + (bits | 0x20 if more else bits))
        if not more:
            return text

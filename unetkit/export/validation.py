"""The run's validation split, as frames and truths to measure on."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.data.framecache import FrameCache
from unetkit.data.record import DataRecord
from unetkit.data.shards import Rows
from unetkit.errors import DataError

SPLIT = "validation"
_COMPARED_FRAMES = 64


@dataclass(frozen=True, kw_only=True)
class ValidationSet:
    """Frames at the model's own size, so that the contract passes them through as they are.

    Attributes:
        frames: uint8 (N, H, W, 3) BGR.
        labels: uint8 (N, H, W); 255 is not scored.
        rows: of the run's validation samples in both.
    """

    frames: Rows | NDArray[np.uint8] = field(repr=False)
    labels: Rows | NDArray[np.uint8] = field(repr=False)
    rows: NDArray[np.intp] = field(repr=False)

    @classmethod
    def of(cls, record: DataRecord, cache: FrameCache) -> "ValidationSet":
        """Raises DataError: the run has no validation sample, so no export of it can be verified."""
        if not record.validation:
            raise DataError(
                f"the run held out no sample of {record.reference}, so nothing can be verified; train again"
            )
        return cls(frames=cache.frames, labels=cache.labels, rows=cache.rows(record.validation))

    def __len__(self) -> int:
        return len(self.rows)

    def pairs(self) -> Iterator[tuple[BgrFrame, Labels]]:
        """Every frame with its truth."""
        for row in self.rows:
            yield np.asarray(self.frames[row]), np.asarray(self.labels[row])

    def compared(self) -> list[BgrFrame]:
        """Up to 64 frames, evenly spaced, whose scores are compared number by number."""
        chosen = np.unique(np.linspace(0, len(self) - 1, min(len(self), _COMPARED_FRAMES)).round().astype(np.intp))
        return [np.asarray(self.frames[row]) for row in self.rows[chosen]]

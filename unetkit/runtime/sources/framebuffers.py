"""Arrays for frames, used again once nobody holds them: a fresh one costs page faults, more than copying into it."""

import sys

import numpy as np

from unetkit.contract.arrays import BgrFrame

_KEPT = 4
_UNHELD = 3  # references while nobody else holds an array: the list's, the loop's and getrefcount's own


class FrameBuffers:
    """Gives uint8 (H, W, 3) arrays; a view of one keeps it from being used again, as the array itself does."""

    def __init__(self) -> None:
        self._arrays: list[BgrFrame] = []

    def empty(self, hw: tuple[int, int]) -> BgrFrame:
        """An array of this size, its content undefined."""
        shape = (*hw, 3)
        for array in self._arrays:
            if array.shape == shape and sys.getrefcount(array) <= _UNHELD:
                return array
        fresh = np.empty(shape, np.uint8)
        self._arrays = [*self._arrays[-(_KEPT - 1) :], fresh]
        return fresh

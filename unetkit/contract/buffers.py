"""Arrays that are used again once nobody holds them: a fresh one costs page faults, more than the work on it."""

import sys

import numpy as np
from numpy.typing import DTypeLike

from unetkit.contract.arrays import AnyArray

_KEPT, _KEPT_BYTES = 16, 128 << 20  # pictures of many sizes must not fill the memory
_UNHELD = 3  # references while nobody else holds an array: the list's, the loop's and getrefcount's own


class Buffers:
    """Gives arrays; a view of one keeps it from being used again, as the array itself does. For one thread at a time.

    Fresh arrays of several megabytes a frame cost more than the arithmetic on them: five times at 1280x720.
    """

    def __init__(self) -> None:
        self._arrays: list[AnyArray] = []  # the one used last at the end

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike = np.uint8) -> AnyArray:
        """An array of this shape and type, its content undefined; the caller's own for as long as it is held."""
        index = len(self._arrays)
        for array in reversed(self._arrays):  # the last one used may be in the cache yet; enumerate would hold it, too
            index -= 1
            if array.shape == shape and array.dtype == dtype and sys.getrefcount(array) <= _UNHELD:
                self._arrays.append(self._arrays.pop(index))
                return array
        fresh = np.empty(shape, dtype)
        self._arrays.append(fresh)
        while len(self._arrays) > _KEPT or sum(each.nbytes for each in self._arrays) > _KEPT_BYTES:
            del self._arrays[0]
        return fresh

    def plane(self, hw: tuple[int, ...], dtype: DTypeLike, *, of_hw: tuple[int, ...]) -> AnyArray:
        """An (h, w) array that lies in one of another size, at least as large: regions of a frame vary in size."""
        flat = self.empty((of_hw[0] * of_hw[1],), dtype)
        return flat[: hw[0] * hw[1]].reshape(hw)

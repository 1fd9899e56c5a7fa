"""The picture that is on until the next one comes: what a file of constant rate shows between two frames."""

import numpy as np

from unetkit.contract.arrays import BgrFrame


class HeldPicture:
    """A copy of the last picture; the array is used again while the size stays."""

    def __init__(self) -> None:
        self._bgr: BgrFrame = np.empty((0, 0, 3), np.uint8)

    @property
    def bgr(self) -> BgrFrame:
        return self._bgr

    def hold(self, bgr: BgrFrame) -> None:
        if bgr.shape != self._bgr.shape:
            self._bgr = np.empty_like(bgr)
        np.copyto(self._bgr, bgr)

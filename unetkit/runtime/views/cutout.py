"""What is in front alone, the rest transparent."""

import cv2
import numpy as np

from unetkit.contract.arrays import AnyArray, BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.runtime.views.alpha import AlphaSource
from unetkit.runtime.views.blending import Blending
from unetkit.runtime.views.look import Look

_SQUARE_PX = 16
_LIGHT, _DARK = 204, 153


class CutOut:
    """The classes in front on a checkerboard; in a picture file transparent for true (straight alpha).

    Args:
        alpha: where alpha comes from.
    """

    def __init__(self, alpha: AlphaSource) -> None:
        self._alpha = alpha
        self._blending = Blending()
        self._board: BgrFrame = checkerboard((0, 0))

    def draw(self, frame: BgrFrame, mask: Mask, look: Look) -> BgrFrame:
        if frame.shape != self._board.shape:
            self._board = checkerboard((frame.shape[0], frame.shape[1]))
        return self._blending.over(frame, self._board, self._alpha.plane(frame, mask, look.classes))

    def still(self, frame: BgrFrame, mask: Mask, look: Look) -> AnyArray:
        """uint8 (H, W, 4): the frame's own colours, and alpha. What cannot be seen is black, and packs well."""
        alpha = self._alpha.plane(frame, mask, look.classes)
        return cv2.copyTo(cv2.merge([*cv2.split(frame), alpha]), alpha)


def checkerboard(hw: tuple[int, int]) -> BgrFrame:
    """Grey squares, uint8 (H, W, 3)."""
    rows, columns = np.indices(hw, np.int32) // _SQUARE_PX
    grey = np.where((rows + columns) % 2, _DARK, _LIGHT).astype(np.uint8)
    return np.repeat(grey[..., np.newaxis], 3, axis=2)

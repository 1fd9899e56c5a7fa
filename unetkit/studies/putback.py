"""Crops put back into the photos they were cut from: larger frames with truth, of data whose pictures are small.

A crop that was cut from the original and a copy of the whole photo, both reduced to the same size, show the same scene
at two resolutions. The whole photo enlarged to the crop's, with the crop in its place, is a frame that is sharp where
the truth is known.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame

_ALIKE = 0.97  # correlation below which the place is not trusted
_SMALLEST = 0.3  # side of a crop, as a share of the photo's shorter side


@dataclass(frozen=True, kw_only=True, eq=False)
class PutBack:
    """A frame, uint8 (H, W, 3), and where the crop lies in it."""

    frame: BgrFrame
    rows: slice
    columns: slice


def put_back(crop: BgrFrame, whole: BgrFrame) -> PutBack | None:
    """Find a square crop in its photo by normalised correlation at every scale; None where it is not found.

    Args:
        crop: uint8 (n, n, 3).
        whole: uint8 (h, w, 3), at a lower resolution.
    """
    side_px, (left, top), alike = max(_places(crop, whole), key=lambda place: place[2])
    if alike < _ALIKE:
        return None
    size = crop.shape[0]
    scale = size / side_px
    height, width = (round(side * scale) for side in whole.shape[:2])
    frame = np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
    row, column = min(round(top * scale), height - size), min(round(left * scale), width - size)
    rows, columns = slice(row, row + size), slice(column, column + size)
    frame[rows, columns] = crop
    return PutBack(frame=frame, rows=rows, columns=columns)


def _places(crop: BgrFrame, whole: BgrFrame) -> Iterable[tuple[int, tuple[int, int], float]]:
    """For every side in pixels of the whole photo the likeliest place, left and top, and its correlation."""
    shorter = min(whole.shape[:2])
    for side in range(max(8, round(_SMALLEST * shorter)), min(shorter, crop.shape[0]) + 1):
        small = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
        _, alike, _, (left, top) = cv2.minMaxLoc(cv2.matchTemplate(whole, small, cv2.TM_CCOEFF_NORMED))
        yield side, (left, top), alike

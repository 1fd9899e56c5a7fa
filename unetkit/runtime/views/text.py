"""Words on pictures: a line in a box, a legend."""

from collections.abc import Sequence

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.spec import ClassSpec

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_WHITE = (255, 255, 255)
_REFERENCE_HEIGHT = 1080  # at which the font has scale 1
_MIN_FONT_SCALE = 0.4


def font_scale(height: int) -> float:
    """For a picture of this height."""
    return max(_MIN_FONT_SCALE, height / _REFERENCE_HEIGHT)


def text_box(text: str, scale: float, below_bgr: tuple[int, int, int] = (0, 0, 0)) -> BgrFrame:
    """One line of white text on a colour, uint8 (h, w, 3)."""
    (width, height), below = cv2.getTextSize(text, _FONT, scale, 1)
    pad = max(2, height // 2)
    box = np.full((height + below + 2 * pad, width + 2 * pad, 3), below_bgr, np.uint8)
    cv2.putText(box, text, (pad, pad + height), _FONT, scale, _WHITE, 1, cv2.LINE_AA)
    return box


def lines_box(lines: Sequence[str], scale: float) -> BgrFrame:
    """Lines of white text on black, one below the other, uint8 (h, w, 3); empty without lines."""
    rows = [text_box(line, scale) for line in lines]
    box = np.zeros((sum(row.shape[0] for row in rows), max((row.shape[1] for row in rows), default=0), 3), np.uint8)
    top = 0
    for row in rows:
        box[top : top + row.shape[0], : row.shape[1]] = row
        top += row.shape[0]
    return box


def legend_box(classes: Sequence[ClassSpec], scale: float) -> BgrFrame:
    """A swatch and a name for each class, one below the other, uint8 (h, w, 3); empty without classes."""
    rows = [text_box(item.name, scale) for item in classes]
    height, width = max((row.shape[0] for row in rows), default=0), max((row.shape[1] for row in rows), default=0)
    box = np.zeros((height * len(rows), height + width if rows else 0, 3), np.uint8)
    for index, (item, row) in enumerate(zip(classes, rows, strict=True)):
        top = index * height
        box[top : top + row.shape[0], height : height + row.shape[1]] = row
        edge = max(1, height // 6)
        cv2.rectangle(box, (edge, top + edge), (height - edge, top + height - edge), item.bgr, cv2.FILLED)
    return box


def paste(picture: BgrFrame, box: BgrFrame, *, top: int) -> None:
    """Put a box at the left edge, as much of it as there is room for."""
    top = max(0, top)
    room = picture[top : top + box.shape[0], : box.shape[1]]
    room[...] = box[: room.shape[0], : room.shape[1]]

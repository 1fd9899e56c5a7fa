"""What stands on a picture beside what it shows: the heads-up line, the help, a notice of what is wrong."""

from collections.abc import Sequence

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame
from unetkit.runtime.views.text import font_scale, lines_box, paste, text_box

_NOTICE_BGR = (30, 30, 170)


class Captions:
    """Words are made into pictures when they change, and only pasted otherwise."""

    def __init__(self) -> None:
        self._written: tuple[tuple[str, ...], tuple[str, ...], float] = (), (), 0.0
        self._boxes: list[BgrFrame] = []
        self._noticed: BgrFrame = np.empty((0, 0, 3), np.uint8)

    def write(self, picture: BgrFrame, lines: Sequence[str], panel: Sequence[str] = ()) -> None:
        """Write lines, and below them a panel of lines, into the upper left corner of a picture, uint8 (H, W, 3)."""
        wanted = tuple(lines), tuple(panel), font_scale(picture.shape[0])
        if wanted != self._written:
            self._boxes = [*(text_box(line, wanted[2]) for line in wanted[0]), lines_box(wanted[1], wanted[2])]
            self._written = wanted
        top = 0
        for box in self._boxes:
            paste(picture, box, top=top)
            top += box.shape[0]

    def with_notice(self, picture: BgrFrame, notice: str) -> BgrFrame:
        """A copy of a picture, with a banner across its middle that says what is wrong."""
        if picture.shape != self._noticed.shape:
            self._noticed = np.empty_like(picture)
        np.copyto(self._noticed, picture)
        height, width = self._noticed.shape[:2]
        box = text_box(notice, font_scale(height), below_bgr=_NOTICE_BGR)
        ratio = min(1.0, width / box.shape[1], height / box.shape[0])  # all of the words, in a narrow picture too
        box_wh = max(1, int(box.shape[1] * ratio)), max(1, int(box.shape[0] * ratio))
        top, left = (height - box_wh[1]) // 2, (width - box_wh[0]) // 2
        banner = self._noticed[top : top + box_wh[1]]
        banner[...] = _NOTICE_BGR
        banner[:, left : left + box_wh[0]] = cv2.resize(box, box_wh, interpolation=cv2.INTER_AREA)
        return self._noticed

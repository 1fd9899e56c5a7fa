"""Pictures that come and still show nothing: the same one again and again, or black."""

import math
import zlib

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame

_EVERY_S = 0.25
_SAMPLES = 90  # rows or columns looked at, of the shorter side
_BLACK_MEAN = 12.0  # of 255: a covered lens is noise just above 0
_BLACK_DEVIATION = 4.0


class PictureWatch:
    """Says what is wrong with a camera's pictures.

    A sensor's noise makes every frame another one; only a camera that hangs repeats itself to the byte.

    Args:
        patience_s: how long a picture must have been the same, or black.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._looked_s = -math.inf
        self._digest = 0
        self._same_since_s = self._seen_light_s = math.inf

    def look(self, bgr: BgrFrame, now_s: float) -> str | None:
        """What is wrong, in a few words; None where nothing is. It looks four times a second, and is cheap.

        Args:
            bgr: uint8 (H, W, 3), the newest frame.
            now_s: a clock in seconds.
        """
        if now_s - self._looked_s >= _EVERY_S:
            self._looked_s = now_s
            self._take(bgr, now_s)
        if now_s - self._seen_light_s >= self._patience_s:
            return "the picture is black"
        if now_s - self._same_since_s >= self._patience_s:
            return "the picture stands still"
        return None

    def _take(self, bgr: BgrFrame, now_s: float) -> None:
        step = max(1, min(bgr.shape[:2]) // _SAMPLES)
        sample = np.ascontiguousarray(bgr[::step, ::step])
        digest = zlib.crc32(sample.tobytes())
        if digest != self._digest or math.isinf(self._same_since_s):
            self._digest, self._same_since_s = digest, now_s
        mean, deviation = cv2.meanStdDev(sample.reshape(-1, 1))
        black = float(mean[0, 0]) < _BLACK_MEAN and float(deviation[0, 0]) < _BLACK_DEVIATION
        if not black or math.isinf(self._seen_light_s):
            self._seen_light_s = now_s

"""OpenCV's VideoCapture with its return values turned into frames, None and errors."""

import math
import time
from collections.abc import Iterable
from typing import Protocol

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.buffers import Buffers
from unetkit.errors import SourceError
from unetkit.runtime.opencv import silence

_MAX_FPS = 1000  # containers without a frame rate give their time base, 1000 to 90000
_FARTHEST_S = 30.0  # a picture that is due later than that has no time that means anything


class Capture(Protocol):
    """Frames that have to be fetched one by one, each call waiting for its frame."""

    @property
    def fps(self) -> float | None: ...

    @property
    def endless(self) -> bool:
        """Whether nobody knows how long it is: a camera, not a recording."""

    def fetch(self) -> BgrFrame | None:
        """The next frame, an array of its own; None at the end."""

    def release(self) -> None: ...


class OpenCvCapture:
    """A camera, stream or video that OpenCV opened.

    Args:
        target: index of a camera, path or URL.
        backend: an OpenCV `CAP_` constant.
        settings: `CAP_PROP_` and value, taken over while opening.
        paced: give an endless one's frames when they are due, for they arrive in bursts.
        refusal: the whole message of the error when it does not open.

    Raises:
        SourceError: it does not open.
    """

    def __init__(
        self,
        target: int | str,
        *,
        backend: int,
        refusal: str,
        settings: Iterable[tuple[int, float]] = (),
        paced: bool = False,
    ) -> None:
        silence()
        parameters = [round(number) for pair in settings for number in pair]
        try:
            self._capture = cv2.VideoCapture(target, backend, parameters)
        except cv2.error as error:
            raise SourceError(refusal) from error
        if not self._capture.isOpened():
            raise SourceError(refusal)
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if math.isfinite(fps) and 0 < fps < _MAX_FPS else None
        self.endless = not self._capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0  # the number itself is often wrong
        self._paced = paced and self.endless
        self._buffers = Buffers()
        self._shape: tuple[int, ...] | None = None
        self._epoch_s: float | None = None  # when the frame at 0 s was due

    @property
    def at_s(self) -> float:
        """When the frame that was fetched last is to be seen, in seconds from the start, as the container says."""
        return self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000

    def given(self, *properties: int) -> dict[int, float]:
        """What the driver says of itself."""
        return {number: self._capture.get(number) for number in properties}

    def fetch(self) -> BgrFrame | None:
        try:
            ok, frame = self._capture.read(self._room())
        except cv2.error:  # a decoder that gave up: there is nothing behind it
            return None
        if not ok or frame is None or frame.size == 0:
            return None
        if self._paced:
            self._wait_until_due()
        if frame.ndim == 2:
            frame = cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR)
        else:
            self._shape = frame.shape
        return np.asarray(frame, np.uint8)

    def skip(self, frames: int) -> None:
        """Pass over so many frames; they are decoded, but not made into pictures."""
        for _ in range(frames):
            self._capture.grab()

    def release(self) -> None:
        self._capture.release()

    def _room(self) -> BgrFrame | None:
        """Memory for the next frame, when its size is known; OpenCV takes its own where it does not fit."""
        return None if self._shape is None else self._buffers.empty(self._shape)

    def _wait_until_due(self) -> None:
        now_s, at_s = time.monotonic(), self.at_s
        if self._epoch_s is None or not 0 <= self._epoch_s + at_s - now_s < _FARTHEST_S:
            self._epoch_s = now_s - at_s  # the first, one that came late, or a clock that was set anew
        time.sleep(self._epoch_s + at_s - now_s)

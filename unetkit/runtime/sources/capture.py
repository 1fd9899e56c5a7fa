"""OpenCV's VideoCapture with its return values turned into frames, None and errors."""

import math
from collections.abc import Mapping
from typing import Protocol

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame
from unetkit.errors import SourceError
from unetkit.runtime.opencv import silence

_MAX_FPS = 1000  # containers without a frame rate give their time base, 1000 to 90000


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
        options: `CAP_PROP_` to value, taken over while opening.
        refusal: the whole message of the error when it does not open.

    Raises:
        SourceError: it does not open.
    """

    def __init__(
        self, target: int | str, *, backend: int, refusal: str, options: Mapping[int, int] | None = None
    ) -> None:
        silence()
        parameters = [number for pair in (options or {}).items() for number in pair]
        try:
            self._capture = cv2.VideoCapture(target, backend, parameters)
        except cv2.error as error:
            raise SourceError(refusal) from error
        if not self._capture.isOpened():
            raise SourceError(refusal)
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if math.isfinite(fps) and 0 < fps < _MAX_FPS else None
        self.endless = not self._capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0  # the number itself is often wrong

    def fetch(self) -> BgrFrame | None:
        try:
            ok, frame = self._capture.read()
        except cv2.error:  # a decoder that gave up: there is nothing behind it
            return None
        if not ok or frame is None or frame.size == 0:
            return None
        if frame.ndim == 2:
            frame = cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR)
        return np.asarray(frame, np.uint8)

    def release(self) -> None:
        self._capture.release()

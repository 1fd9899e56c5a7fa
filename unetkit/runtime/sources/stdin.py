"""Frames from standard input: JPEGs one after the other, or raw ones of a given size."""

import os
import select
import sys
import threading
from collections import deque
from dataclasses import replace

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame
from unetkit.errors import SourceError
from unetkit.runtime.sources.cameramode import CameraMode
from unetkit.runtime.sources.feed import ThreadFeed
from unetkit.runtime.sources.jpegstream import JpegStream
from unetkit.runtime.sources.live import LiveSource, Patience
from unetkit.runtime.sources.rawformat import raw_format

_CHUNK_BYTES = 1 << 18
_LOOK_S = 0.2


def open_stdin(
    *, live: bool, mode: CameraMode | None = None, patience: Patience | None = None, descriptor: int | None = None
) -> LiveSource:
    """What another program pipes into this one, as with `rpicam-vid --codec mjpeg -o - | unetkit webcam --camera -`.

    With a size the frames are raw, `bgr24` or the mode's pixel format; without one they are JPEGs.

    Args:
        live: only the newest frame counts; else every frame, and the other program waits.
        mode: size, rate and pixel format.
        patience: it cannot be opened again: its end is the end, and it may be silent for the longest outage.
        descriptor: what to read; standard input by default.

    Raises:
        SourceError: it is a terminal, or ends without a frame.
        UsageError: the mode makes no sense.
    """
    descriptor = sys.stdin.fileno() if descriptor is None else descriptor
    mode, patience = mode or CameraMode(), patience or Patience()
    if os.isatty(descriptor):
        raise SourceError("standard input is a terminal; pipe JPEGs into it, or raw frames with their size")
    if mode.hw is not None:
        raw_format(mode.pixel_format or "bgr24", mode.hw)
    patience = replace(patience, silent_s=max(patience.silent_s, patience.max_outage_s), max_outage_s=0, still_s=None)
    over = threading.Event()
    return LiveSource(
        "standard input",
        lambda: ThreadFeed(lambda: PipedFrames(descriptor, mode, endless=live, over=over), interrupt=over.set),
        patience=patience,
    )


class PipedFrames:
    """A capture of a pipe.

    Args:
        descriptor: to read.
        mode: with a size: of raw frames.
        endless: only the newest frame counts.
        over: ends a read that waits.
    """

    def __init__(self, descriptor: int, mode: CameraMode, *, endless: bool, over: threading.Event) -> None:
        self.fps = mode.fps
        self.endless = endless
        self._descriptor, self._over = descriptor, over
        self._hw = mode.hw
        self._raw = raw_format(mode.pixel_format or "bgr24", mode.hw) if mode.hw else None
        self._bytes = bytearray()
        self._jpegs = JpegStream()
        self._waiting: deque[bytes] = deque()

    def fetch(self) -> BgrFrame | None:
        return self._fetch_raw() if self._raw is not None else self._fetch_jpeg()

    def release(self) -> None:
        return

    def _fetch_raw(self) -> BgrFrame | None:
        assert self._raw is not None
        assert self._hw is not None
        size_bytes = self._raw.size_bytes(self._hw)
        while len(self._bytes) < size_bytes:
            data = self._read()
            if not data:
                return None
            self._bytes += data
        frame = bytes(self._bytes[:size_bytes])
        del self._bytes[:size_bytes]
        return self._raw.decode(frame, self._hw)

    def _fetch_jpeg(self) -> BgrFrame | None:
        while True:
            while self._waiting:
                bgr = cv2.imdecode(np.frombuffer(self._waiting.popleft(), np.uint8), cv2.IMREAD_COLOR)
                if bgr is not None:
                    return np.asarray(bgr, np.uint8)
            data = self._read()
            if not data:
                return None
            self._waiting.extend(self._jpegs.feed(data))

    def _read(self) -> bytes:
        """Some bytes; none at the end."""
        while sys.platform != "win32" and not select.select([self._descriptor], [], [], _LOOK_S)[0]:
            if self._over.is_set():
                return b""
        return b"" if self._over.is_set() else os.read(self._descriptor, _CHUNK_BYTES)

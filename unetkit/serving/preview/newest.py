"""The newest picture of a stream, from the thread that makes pictures to browsers that ask for them."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame

_WATCHED_S = 2.0  # after a question that somebody is there
_UNWATCHED_S = 0.5  # between two pictures while nobody is
_FASTEST_S = 1 / 40  # between two pictures at all: a screen that watches a file being worked off needs no more
_QUALITY = 85
_WIDTHS = (320, 480, 640, 960, 1280, 1920)  # so that browsers of about one size share the work


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """One picture.

    Attributes:
        number: from 1 on; another one is a newer picture.
        bgr: uint8 (H, W, 3).
        captured_s: when its frame was captured, on the clock of `Newest`.
    """

    number: int
    bgr: BgrFrame
    captured_s: float


class Newest:
    """Keeps one picture: who is slow misses some and never sees an old one, and nobody waits for him.

    A picture is copied only while somebody looks, and twice a second otherwise.

    Args:
        clock: seconds, of the clock of `Frame.captured_ns`.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._picture: Picture | None = None
        self._asked_s = self._taken_s = -_WATCHED_S
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Future[None]] = set()
        self._encoded: dict[int, bytes] = {}
        self._encoded_number = 0
        self._over = False

    def put(self, bgr: BgrFrame, captured_s: float, *, at_once: bool = False) -> None:
        """Take a picture, if anybody wants it; it is copied.

        Args:
            bgr: uint8 (H, W, 3).
            captured_s: see `Picture`.
            at_once: whether anybody looks or not.
        """
        now_s = self._clock()
        watched = now_s - self._asked_s < _WATCHED_S or bool(self._waiting)
        if not at_once and now_s - self._taken_s < (_FASTEST_S if watched else _UNWATCHED_S):
            return
        self._taken_s = now_s
        number = 1 if self._picture is None else self._picture.number + 1
        self._picture = Picture(number=number, bgr=bgr.copy(), captured_s=captured_s)
        self._wake()

    async def after(self, number: int, wait_s: float) -> Picture | None:
        """A picture of another number than that; None where none comes within so many seconds, or ever."""
        self._loop = asyncio.get_running_loop()
        self._asked_s = self._clock()
        end_s = self._clock() + wait_s
        while (left_s := end_s - self._clock()) > 0 and not self._over:
            waiter = self._loop.create_future()
            self._waiting.add(waiter)  # before the look: a picture that comes after it wakes the waiter
            try:
                if self._picture is not None and self._picture.number != number:
                    return self._picture
                if not self._over:
                    await asyncio.wait({waiter}, timeout=left_s)
            finally:
                self._waiting.discard(waiter)
                self._asked_s = self._clock()
        return None

    def jpeg(self, picture: Picture, width: int) -> bytes:
        """The picture encoded, at most about so wide; done once for all who ask alike. For any thread."""
        wide = picture.bgr.shape[1]
        width = min(wide, next((step for step in _WIDTHS if step >= width), wide))
        with self._lock:
            if self._encoded_number != picture.number:
                self._encoded_number, self._encoded = picture.number, {}
            if width not in self._encoded:
                self._encoded[width] = _jpeg(picture.bgr, width)
            return self._encoded[width]

    def age_ms(self, picture: Picture) -> float:
        """From captured to now."""
        return 1000 * (self._clock() - picture.captured_s)

    def end(self) -> None:
        """Nobody waits any longer."""
        self._over = True
        self._wake()

    def _wake(self) -> None:
        if self._waiting and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all)

    def _wake_all(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)


def _jpeg(bgr: BgrFrame, width: int) -> bytes:
    _, data = cv2.imencode(".jpg", _shrunk(bgr, width), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes()


def _shrunk(bgr: BgrFrame, width: int) -> BgrFrame:
    """Halved by areas while it can be, then to the width bilinearly: a fifth of the time of areas all the way."""
    height = max(1, round(bgr.shape[0] * width / bgr.shape[1]))
    while bgr.shape[1] >= 2 * width and bgr.shape[0] >= 2 * height:
        half_wh = bgr.shape[1] // 2, bgr.shape[0] // 2
        bgr = np.asarray(cv2.resize(bgr, half_wh, interpolation=cv2.INTER_AREA), np.uint8)
    if bgr.shape[:2] == (height, width):
        return bgr
    return np.asarray(cv2.resize(bgr, (width, height)), np.uint8)

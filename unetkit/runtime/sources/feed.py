"""A capture that is being read elsewhere: in a thread here, or in a process of its own (`readerprocess`)."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from unetkit.contract.arrays import BgrFrame
from unetkit.errors import SourceError
from unetkit.runtime.sources.capture import Capture
from unetkit.runtime.waiting import wait_for

_CLOSE_S = 1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Shot:
    """A frame of a feed.

    Attributes:
        bgr: uint8 (H, W, 3) BGR.
        number: 0 for the feed's first; those that were skipped are counted.
        captured_ns: `time.perf_counter_ns` when it was fetched.
    """

    bgr: BgrFrame
    number: int
    captured_ns: int


class Feed(Protocol):
    """The newest frame of one connection to a camera or stream; of a recording, every frame.

    Attributes:
        fps: frames a second as the capture says; known with the first shot, as is `endless`.
        endless: whether only the newest frame counts.
        error: why it broke off; None while it runs and after a proper end.
    """

    fps: float | None
    endless: bool
    error: SourceError | None

    def wait(self, wait_s: float) -> bool:
        """Whether there is a shot or the end; waits for it, but never longer than `wait_s`."""

    def take(self) -> Shot | None:
        """The newest shot, or None where there is none just now."""

    @property
    def over(self) -> bool:
        """Whether no shot is left and none will come."""

    def close(self) -> None:
        """End it, whatever it is waiting for; it may be called more than once."""


class ThreadFeed:
    """A capture read by a thread of this process, for captures that never hang.

    1. The thread opens the capture and fetches frames.
    2. Each frame goes into one slot, in place of the one that nobody took. A recording waits until the slot is empty.
    3. `close` asks the thread to end and waits a moment; one that hangs all the same is left behind (it is a daemon).

    Args:
        open_capture: opens it, in the thread; may raise SourceError.
        interrupt: lets a fetch that waits come back.
    """

    def __init__(self, open_capture: Callable[[], Capture], interrupt: Callable[[], None] | None = None) -> None:
        self.fps: float | None = None
        self.endless = True
        self.error: SourceError | None = None
        self._open_capture, self._interrupt = open_capture, interrupt
        self._changed = threading.Condition()
        self._slot: Shot | None = None
        self._closing = False
        self._finished = False
        self._thread = threading.Thread(target=self._run, name="frames of a capture", daemon=True)
        self._thread.start()

    def wait(self, wait_s: float) -> bool:
        return wait_for(self._changed, lambda: self._slot is not None or self._finished, wait_s)

    def take(self) -> Shot | None:
        with self._changed:
            shot, self._slot = self._slot, None
            self._changed.notify_all()
        return shot

    @property
    def over(self) -> bool:
        with self._changed:
            return self._finished and self._slot is None

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._interrupt is not None:
            self._interrupt()
        self._thread.join(_CLOSE_S)

    def _run(self) -> None:
        try:
            capture = self._open_capture()
            try:
                self.fps, self.endless = capture.fps, capture.endless
                number = 0
                while (bgr := capture.fetch()) is not None and self._offer(bgr, number):
                    number += 1
            finally:
                capture.release()
        except SourceError as error:
            self.error = error
        finally:  # whatever happened, nobody may wait for a frame that does not come
            with self._changed:
                self._finished = True
                self._changed.notify_all()

    def _offer(self, bgr: BgrFrame, number: int) -> bool:
        """Put a frame into the slot; False when the feed is being closed."""
        captured_ns = time.perf_counter_ns()
        with self._changed:
            if not self.endless:
                self._changed.wait_for(lambda: self._slot is None or self._closing)
            if self._closing:
                return False
            self._slot = Shot(bgr=bgr, number=number, captured_ns=captured_ns)
            self._changed.notify_all()
        return True

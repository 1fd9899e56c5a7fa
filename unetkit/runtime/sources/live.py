"""Live means newest: a thread reads as fast as frames come and keeps only the last one.

1. The thread opens the capture and fetches frames, for both can block for as long as a driver or a network likes.
2. Each frame goes into one slot. One that nobody took is replaced, and counted as dropped.
3. `read` takes the frame out of the slot, or waits for it, but never longer than `timeout_s`.
4. `close` asks the thread to end and waits a moment; one that hangs in a driver is left behind (it is a daemon).

A recording behind a URL loses nothing: there the thread waits until the slot is empty.
"""

import threading
import time
from collections.abc import Callable

from unetkit.contract.arrays import BgrFrame
from unetkit.errors import SourceError
from unetkit.runtime.sources.capture import Capture
from unetkit.runtime.sources.frame import Frame

_CLOSE_S = 1.0


class LiveSource:
    """The newest frame of a capture.

    The first frame has come when the constructor returns, so its size is known.

    Args:
        name: what the source is, for people.
        open_capture: opens it, in the thread; may raise SourceError.
        timeout_s: how long to wait for a frame.

    Raises:
        SourceError: it did not open, ended without a frame, or no frame came in time.
    """

    def __init__(self, name: str, open_capture: Callable[[], Capture], *, timeout_s: float = 10.0) -> None:
        self.name = name
        self.live = True
        self.fps: float | None = None
        self._open_capture = open_capture
        self._timeout_s = timeout_s
        self._changed = threading.Condition()
        self._slot: Frame | None = None
        self._fetched = 0
        self._dropped = 0
        self._closing = False
        self._finished = False
        self._error: SourceError | None = None
        self._thread = threading.Thread(target=self._run, name=f"frames of {name}", daemon=True)
        self._thread.start()
        try:
            self.hw: tuple[int, int] | None = self._wait_for_first()
        except BaseException:  # Ctrl-C as well: nobody has the source yet who could close it
            self.close()
            raise

    @property
    def dropped(self) -> int:
        return self._dropped

    def read(self) -> Frame | None:
        with self._changed:
            self._wait_for_frame()
            frame, self._slot = self._slot, None
            self._changed.notify_all()
        return frame

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(_CLOSE_S)

    def _wait_for_first(self) -> tuple[int, int]:
        with self._changed:
            self._wait_for_frame()
            if self._slot is None:
                raise SourceError(f"{self.name} ended before its first frame; check that it is sending pictures")
            height, width = self._slot.bgr.shape[:2]
        return height, width

    def _wait_for_frame(self) -> None:
        """Until there is a frame or the end; the caller holds the lock."""
        came = self._changed.wait_for(
            lambda: self._slot is not None or self._finished or self._closing, self._timeout_s
        )
        if not came:
            raise SourceError(
                f"{self.name} did not deliver a frame for {self._timeout_s:g} s; "
                "check that it is switched on, connected and not used by another program"
            )
        if self._slot is None and self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            capture = self._open_capture()
            try:
                self.fps, self.live = capture.fps, capture.endless
                while (bgr := capture.fetch()) is not None and self._offer(bgr):
                    pass
            finally:
                capture.release()
        except SourceError as error:
            self._error = error
        finally:  # whatever happened, nobody may wait for a frame that does not come
            with self._changed:
                self._finished = True
                self._changed.notify_all()

    def _offer(self, bgr: BgrFrame) -> bool:
        """Put a frame into the slot; False when the source is being closed."""
        captured_ns = time.perf_counter_ns()
        with self._changed:
            if not self.live:
                self._changed.wait_for(lambda: self._slot is None or self._closing)
            if self._closing:
                return False
            self._dropped += self._slot is not None
            name = f"frame_{self._fetched:06d}"
            self._slot = Frame(bgr=bgr, index=self._fetched, captured_ns=captured_ns, name=name)
            self._fetched += 1
            self._changed.notify_all()
        return True

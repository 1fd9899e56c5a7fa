"""A sink that works in a thread of its own: a video is encoded while the model works on the next frame."""

import queue
import threading

import numpy as np

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.buffers import Buffers
from unetkit.contract.postprocess import Mask
from unetkit.processors import usable_cores
from unetkit.runtime.ahead import DEPTH
from unetkit.runtime.sinks.sink import FrameSink
from unetkit.runtime.sources.frame import Frame

_SLICE_S = 0.1  # on Windows a longer wait would keep Ctrl-C waiting


class BehindSink:
    """Passes every result on, in its order, through a short queue.

    A picture is copied, for it is drawn over when the next frame is. What the sink raises is raised by a later `show`,
    or by `close`; nothing goes into it after that. A sink that wants to stop is heard at the next `show`.

    Args:
        sink: takes its time; it is closed with this one, after everything has gone in.
    """

    def __init__(self, sink: FrameSink) -> None:
        self._sink = sink
        self._buffers = Buffers()
        self._waiting: queue.Queue[tuple[Frame, Mask, BgrFrame] | None] = queue.Queue(DEPTH)
        self._error: Exception | None = None
        self._goes_on = True
        self._thread: threading.Thread | None = None

    @property
    def wants_drawn(self) -> bool:
        return self._sink.wants_drawn

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
            self._thread.start()
        if self._sink.wants_drawn:
            copy = self._buffers.empty(drawn.shape)
            np.copyto(copy, drawn)
            drawn = copy
        self._put((frame, mask, drawn))
        self._raise()
        return self._goes_on

    def idle(self, drawn: BgrFrame | None) -> bool:  # noqa: ARG002 (a recording has no use for it)
        self._raise()
        return self._goes_on

    def close(self) -> None:
        if self._thread is not None:
            self._put(None)
            self._thread.join()
            self._thread = None
        self._sink.close()
        self._raise()

    def _put(self, item: tuple[Frame, Mask, BgrFrame] | None) -> None:
        while True:
            try:
                self._waiting.put(item, timeout=_SLICE_S)
            except queue.Full:
                continue
            return

    def _raise(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _run(self) -> None:
        failed = False
        while (item := self._waiting.get()) is not None:
            if failed:
                continue
            try:
                self._goes_on = self._sink.show(*item) and self._goes_on
            except Exception as error:  # noqa: BLE001 (raised again in `show` or `close`)
                self._error, failed = error, True


def behind(sink: FrameSink) -> FrameSink:
    """The sink, in a thread of its own where there is a core for it."""
    return sink if usable_cores() == 1 else BehindSink(sink)

"""One result for several sinks."""

import contextlib
from collections.abc import Sequence

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.runtime.sinks.sink import FrameSink
from unetkit.runtime.sources.frame import Frame


class SeveralSinks:
    """Every sink gets every result, in order; one that wants to stop stops all, after all have got it."""

    def __init__(self, sinks: Sequence[FrameSink]) -> None:
        self._sinks = tuple(sinks)

    @property
    def wants_drawn(self) -> bool:
        return any(sink.wants_drawn for sink in self._sinks)

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:
        wishes = [sink.show(frame, mask, drawn) for sink in self._sinks]  # a list: the last gets it after a False, too
        return all(wishes)

    def idle(self, drawn: BgrFrame | None) -> bool:
        wishes = [sink.idle(drawn) for sink in self._sinks]
        return all(wishes)

    def close(self) -> None:
        with contextlib.ExitStack() as stack:  # closes all, even when one of them raises
            for sink in reversed(self._sinks):
                stack.callback(sink.close)

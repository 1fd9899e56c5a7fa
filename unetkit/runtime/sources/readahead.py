"""A recording that is decoded while the model works on the frame before."""

from unetkit.processors import usable_cores
from unetkit.runtime.ahead import Ahead
from unetkit.runtime.sources.frame import Frame, FrameSource
from unetkit.runtime.sources.wrapped import WrappedRecording


class ReadAhead(WrappedRecording):
    """The frames of a recorded source, each once and in order, read by a thread of its own.

    `read` waits only for what is not decoded yet. What the source raises is raised in the place of its frame.

    Args:
        source: a recording; it is read from the first `poll` or `read` on, and closed with this one.
    """

    def __init__(self, source: FrameSource) -> None:
        super().__init__(source)
        self._ahead: Ahead[Frame] | None = None
        self._closed = False

    def poll(self, wait_s: float) -> bool:
        return self._closed or self._started().poll(wait_s)

    def read(self) -> Frame | None:
        return None if self._closed else self._started().take()

    def close(self) -> None:
        self._closed = True
        if self._ahead is not None:
            self._ahead.close()
        self._source.close()

    def _started(self) -> Ahead[Frame]:
        if self._ahead is None:
            self._ahead = Ahead(self._source.read, name="decoder", gives_way=True)
        return self._ahead


def read_ahead(source: FrameSource) -> FrameSource:
    """The source, decoded ahead where that helps: a recording, on more than one core. A live one comes as it is."""
    return source if source.live or usable_cores() == 1 else ReadAhead(source)

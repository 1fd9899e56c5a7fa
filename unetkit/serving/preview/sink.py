"""A stream as the preview sees it: a sink for its pictures, and its figures."""

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.runtime.running.figures import LiveFigures
from unetkit.runtime.sources.frame import Frame
from unetkit.serving.preview.newest import Newest


class PreviewSink:
    """Shows what was drawn in browsers; it never waits for one of them.

    Args:
        name: of the stream, for people.

    Attributes:
        name: of the stream.
        newest: its picture.
        figures: as they were told last; None before the first.
    """

    wants_drawn = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.newest = Newest()
        self.figures: LiveFigures | None = None
        self._captured_s = 0.0

    def tell(self, figures: LiveFigures) -> None:
        """Several times a second."""
        self.figures = figures

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:  # noqa: ARG002 (the protocol's arguments)
        self._captured_s = frame.captured_ns / 1e9
        self.newest.put(drawn, self._captured_s)
        return True

    def idle(self, drawn: BgrFrame | None) -> bool:
        if drawn is not None:
            self.newest.put(drawn, self._captured_s, at_once=True)
        return True

    def close(self) -> None:
        self.newest.end()

"""What can show a run from somewhere else: the shape of it, for what is above this layer brings it."""

from typing import Protocol

from unetkit.runtime.running.figures import LiveFigures
from unetkit.runtime.sinks.sink import FrameSink


class PreviewSink(FrameSink, Protocol):
    """Shows a stream and its figures."""

    def tell(self, figures: LiveFigures) -> None:
        """The figures of now, several times a second."""


class Preview(Protocol):
    """Shows all streams of a run, and changes its controls."""

    def add(self, name: str) -> PreviewSink:
        """A sink for a stream of this name."""

    def close(self) -> None:
        """Show nothing more; it may be called more than once."""

"""A source around another one: what it says of itself is what that one says."""

from unetkit.runtime.sources.frame import FrameSource


class WrappedRecording:
    """The part of `FrameSource` that a recording's wrapper does not change.

    Args:
        source: a recording, that is not live.
    """

    live = False

    def __init__(self, source: FrameSource) -> None:
        self._source = source
        self.name, self.fps, self.hw = source.name, source.fps, source.hw

    @property
    def dropped(self) -> int:
        return self._source.dropped

    @property
    def notice(self) -> str | None:
        return self._source.notice

    @property
    def outages_s(self) -> tuple[float, ...]:
        return self._source.outages_s

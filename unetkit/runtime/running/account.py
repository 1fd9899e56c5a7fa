"""What is told of a stream's run: figures while it goes on, and its report in the end."""

import math

from unetkit.contract.artifact import sha256_of
from unetkit.runtime.host import HostInfo
from unetkit.runtime.latency import LatencyReport, StageClock
from unetkit.runtime.running.controls import Controls, ControlState
from unetkit.runtime.running.figures import LiveFigures, RecentFrames
from unetkit.runtime.running.maskmaking import MaskMaker
from unetkit.runtime.running.stream import Ending, Stream
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sources.frame import Frame

_FIGURES_NS = 250_000_000  # between two looks at the figures: more often nobody could read them


class Account:
    """Counts what a stream's loop does.

    Args:
        stream: what runs; its `on_figures` is told the figures when they were taken anew.
        segmenter: the opened model.
        controls: for what is paused, recorded and said.
        clock: the loop's, with its stages' samples.
        maker: of the masks.

    Attributes:
        frames: that went the whole way.
        last_ns: when the last of them was shown, or the first was begun with.
    """

    def __init__(
        self, stream: Stream, segmenter: Segmenter, controls: Controls, clock: StageClock, maker: MaskMaker
    ) -> None:
        self._source, self._masks, self._on_figures = stream.source, stream.masks, stream.on_figures
        self._segmenter, self._controls, self._clock, self._maker = segmenter, controls, clock, maker
        self._artifact_sha256 = sha256_of(segmenter.path)
        self._recent = RecentFrames()
        self._taken: tuple[LiveFigures, ControlState, int] | None = None
        self._age_ns: int | None = None
        self._left_out = 0  # dropped frames that nobody missed
        self._start_ns = self._paused_ns = 0
        self.frames = self.last_ns = 0

    def begin(self, *, earlier_ns: int = 0) -> None:
        """The run begins now, or so long ago; what was dropped before does not count."""
        self._left_out = self._source.dropped
        self.last_ns = self._clock.now_ns()
        self._start_ns = self.last_ns - earlier_ns

    def add(self, frame: Frame, shown_ns: int, latency_ns: int) -> None:
        """A frame was shown."""
        self.last_ns = shown_ns
        self._recent.add(shown_ns, latency_ns)
        if self._source.live:
            self._age_ns = shown_ns - frame.captured_ns
            self._clock.record("age", self._age_ns)
        self.frames += 1

    def interrupt(self) -> None:
        """A pause that says nothing of the rate follows."""
        self._recent.interrupt()

    def leave_out(self, *, dropped: int = 0, paused_ns: int = 0) -> None:
        """The user has paused: frames that were not wanted, and time that does not count."""
        self._left_out += dropped
        self._paused_ns += paused_ns

    @property
    def is_old(self) -> bool:
        """Whether it is time for new figures."""
        return self._taken is None or self._clock.now_ns() - self._taken[2] >= _FIGURES_NS

    def live_figures(self, state: ControlState) -> LiveFigures:
        """The figures, taken anew when they are old; the age is the last frame's, for this one is not shown yet."""
        if self._taken is not None and self._taken[1] is state and not self.is_old:
            return self._taken[0]
        figures = self.figures(state)
        self._taken = figures, state, self._clock.now_ns()
        if self._on_figures is not None:
            self._on_figures(figures)
        return figures

    def figures(self, state: ControlState) -> LiveFigures:
        """As they stand now."""
        backend = self._segmenter.backend
        return LiveFigures(
            source=self._source.name,
            engine=backend.engine,
            device=backend.device,
            precision=backend.precision,
            frames=self.frames,
            dropped=self._dropped if self._source.live else None,
            fps=self._recent.fps,
            p95_ms=self._recent.p95_ms,
            infer_ms=self._maker.infer_ns / 1e6 if self._maker.infer_ns else None,
            age_ms=None if self._age_ns is None else self._age_ns / 1e6,
            paused=state.paused,
            recording=state.recording,
            notice=self._source.notice,
            said=self._controls.said,
            stages_ms=self._clock.recent_ms(),
            gave_up=None if self._masks is None else self._masks.given_up,
        )

    def report(self, ending: Ending) -> LatencyReport:
        """All of the run."""
        elapsed_ns = self.last_ns - self._start_ns - self._paused_ns
        backend = self._segmenter.backend
        return LatencyReport(
            stages=self._clock.stats(),
            frames=self.frames,
            fps=self.frames / elapsed_ns * 1e9 if self.frames else math.nan,
            dropped=self._dropped,
            outages_s=self._source.outages_s,
            source=self._source.name,
            engine=backend.engine,
            device=backend.device,
            precision=backend.precision,
            threads=backend.threads,
            artifact=str(self._segmenter.path),
            artifact_sha256=self._artifact_sha256,
            host=HostInfo.here(),
            ended=ending.reason,
            interrupted=ending.interrupted,
            lost=ending.lost,
            gave_up=None if self._masks is None else self._masks.summary(),
        )

    @property
    def _dropped(self) -> int:
        """Frames that were skipped though nobody had paused."""
        return self._source.dropped - self._left_out

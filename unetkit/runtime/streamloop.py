"""A stream's way: source -> preprocess -> infer -> postprocess -> overlay -> sink, a clock looking on.

read         waiting for the source: decoding, or a camera's pace
preprocess   frame -> tensor
infer        tensor -> scores
postprocess  scores -> mask at frame size
overlay      mask over frame; only when a sink looks at it
sink         showing or writing
end_to_end   frame in hand -> drawn: preprocess to overlay
age          captured -> shown; live sources only

While a live source has no picture the sink gets the last one again, with a notice: it stays in use, keys and all.
"""

import math
from collections import deque
from dataclasses import dataclass

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.artifact import sha256_of
from unetkit.contract.postprocess import Mask
from unetkit.errors import SourceError
from unetkit.runtime.host import HostInfo
from unetkit.runtime.latency import LatencyReport, StageClock
from unetkit.runtime.overlay import Overlay
from unetkit.runtime.samples import ENOUGH
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sinks.sink import FrameSink
from unetkit.runtime.sources.frame import Frame, FrameSource

STAGES = ("read", "preprocess", "infer", "postprocess", "overlay", "sink", "end_to_end", "age")
TICK_S = 0.05  # between two looks at the sink while there is no frame
_RECENT = 30  # frames over which the frame rate on the picture is taken


@dataclass(frozen=True, kw_only=True, eq=False)
class Stream:
    """A source, where its results go, and what is drawn on the way.

    Attributes:
        source: where frames come from.
        sink: where results go.
        overlay: draws masks over frames; None: the sink gets the bare frame as `drawn`. Each stream has its own.
    """

    source: FrameSource
    sink: FrameSink
    overlay: Overlay | None = None


@dataclass(frozen=True)
class Ending:
    """Why a stream is over: in words, by Ctrl-C, by a source that broke off."""

    reason: str
    interrupted: bool = False
    lost: bool = False


STOPPED = Ending("stopped by the user")


class StreamLoop:
    """The state of one stream's run.

    Args:
        stream: what runs.
        segmenter: the opened model.
        max_frames: stop after so many; None: no limit.

    Attributes:
        frames: that went the whole way.
        ending: why it is over; None while it runs.
    """

    def __init__(self, stream: Stream, segmenter: Segmenter, max_frames: int | None) -> None:
        self._source, self._sink, self._segmenter = stream.source, stream.sink, segmenter
        self._overlay = stream.overlay if stream.sink.wants_drawn else None
        self._max_frames = max_frames
        self._artifact_sha256 = sha256_of(segmenter.path)
        self._clock = StageClock(STAGES, limit=ENOUGH)
        self._recent_ns: deque[int] = deque(maxlen=_RECENT)
        self._infer_ns = self._waited_ns = self._sink_ns = 0
        self._age_ns: int | None = None
        self._dropped_before = 0
        self._start_ns = self._last_ns = 0
        self.frames = 0
        self.ending: Ending | None = None

    def start(self, warmup: int) -> None:
        """Warm up, and do the frame to begin with."""
        try:
            frame = self._warm_up(warmup)
        except SourceError as error:
            self._break_off(error)
        else:
            self._go_on(frame)

    def step(self, wait_s: float) -> bool:
        """Do the next frame, if it comes within `wait_s`; whether one came, or the end."""
        try:
            if not self.wait(wait_s):
                return False
            self._go_on(self._read())
        except SourceError as error:
            self._break_off(error)
        return True

    def wait(self, wait_s: float) -> bool:
        """Whether there is a frame or the end; the sink is kept in use meanwhile."""
        start_ns = self._clock.now_ns()
        ready = self._source.poll(wait_s)
        now_ns = self._clock.now_ns()
        self._waited_ns += now_ns - start_ns
        if not ready and now_ns - self._sink_ns >= TICK_S * 1e9:
            self._sink_ns = now_ns
            if not self._sink.idle(self._idle_picture()):
                self.ending = STOPPED
        return ready

    def _go_on(self, frame: Frame | None) -> None:
        if frame is None:
            self.ending = Ending(f"{self._source.name} ended")
        elif not self._process(frame):
            self.ending = STOPPED
        elif self._max_frames is not None and self.frames >= self._max_frames:
            self.ending = Ending(f"limit of {self._max_frames} frames reached")

    def _break_off(self, error: SourceError) -> None:
        if self.frames == 0:
            raise error
        self.ending = Ending(str(error), lost=True)

    def _idle_picture(self) -> BgrFrame | None:
        """The last picture with what is wrong written on it; None where the sink looks at none, or has it."""
        notice = self._source.notice
        if self._overlay is None or notice is None:
            return None
        return self._overlay.with_notice(notice)

    def _warm_up(self, times: int) -> Frame | None:
        """Run the first frame through everything but the sink, untimed; returns the frame to begin with."""
        before_ns = self._clock.now_ns()
        first = self._source.read()
        read_ns = self._clock.now_ns() - before_ns
        if first is None:
            raise SourceError(f"{self._source.name} has no frame; check that it holds or sends pictures")
        for _ in range(times):
            mask = self._segmenter.predict(first.bgr)
            if self._overlay is not None:
                self._overlay.draw(first.bgr, mask.labels, "warming up")
        self._dropped_before = self._source.dropped
        self._start_ns = self._last_ns = self._clock.now_ns()
        if self._source.live and times:
            return self._read()
        self._start_ns -= read_ns
        self._clock.record("read", read_ns)
        return first

    def _read(self) -> Frame | None:
        start_ns = self._clock.now_ns()
        frame = self._source.read()
        if frame is not None:  # waiting for the end is no frame's time
            self._clock.record("read", self._waited_ns + self._clock.now_ns() - start_ns)
        self._waited_ns = 0
        return frame

    def _process(self, frame: Frame) -> bool:
        """One frame, all the way; False when the user wants to stop."""
        clock, segmenter = self._clock, self._segmenter
        start_ns = clock.now_ns()
        with clock.stage("preprocess"):
            tensor, placement = segmenter.preprocess(frame.bgr)
        infer_start_ns = clock.now_ns()
        with clock.stage("infer"):
            scores = segmenter.infer(tensor)
        self._infer_ns = clock.now_ns() - infer_start_ns
        with clock.stage("postprocess"):
            mask = segmenter.postprocess(scores, placement)
        drawn = self._draw(frame, mask)
        clock.record("end_to_end", clock.now_ns() - start_ns)
        with clock.stage("sink"):
            goes_on = self._sink.show(frame, mask, drawn)
        self._last_ns = self._sink_ns = clock.now_ns()
        self._recent_ns.append(self._last_ns)
        if self._source.live:
            self._age_ns = self._last_ns - frame.captured_ns
            clock.record("age", self._age_ns)
        self.frames += 1
        return goes_on

    def _draw(self, frame: Frame, mask: Mask) -> BgrFrame:
        if self._overlay is None:
            return frame.bgr
        with self._clock.stage("overlay"):
            return self._overlay.draw(frame.bgr, mask.labels, self._line(), self._source.notice)

    def _line(self) -> str:
        """What the picture says about the run; the age is the last frame's, for this one is not shown yet."""
        backend = self._segmenter.backend
        parts = [f"infer {self._infer_ns / 1e6:.1f} ms", f"{backend.device} {backend.precision}"]
        if len(self._recent_ns) > 1:
            elapsed_s = (self._recent_ns[-1] - self._recent_ns[0]) / 1e9
            parts.insert(0, f"{(len(self._recent_ns) - 1) / elapsed_s:.1f} fps")
        if self._age_ns is not None:
            parts += [f"drops {self._source.dropped - self._dropped_before}", f"age {self._age_ns / 1e6:.0f} ms"]
        return "  ".join(parts)

    def report(self) -> LatencyReport:
        ending = self.ending or STOPPED
        elapsed_ns = self._last_ns - self._start_ns
        backend = self._segmenter.backend
        return LatencyReport(
            stages=self._clock.stats(),
            frames=self.frames,
            fps=self.frames / elapsed_ns * 1e9 if self.frames else math.nan,
            dropped=self._source.dropped - self._dropped_before,
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
        )

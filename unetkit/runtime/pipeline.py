"""The video loop: source -> preprocess -> infer -> postprocess -> overlay -> sink, a clock looking on.

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

import contextlib
import logging
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
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sinks.sink import FrameSink
from unetkit.runtime.sources.frame import Frame, FrameSource

STAGES = ("read", "preprocess", "infer", "postprocess", "overlay", "sink", "end_to_end", "age")
_RECENT = 30  # frames over which the frame rate on the picture is taken
_TICK_S = 0.05  # between two looks at the sink while there is no frame
_log = logging.getLogger(__name__)


def run_pipeline(
    source: FrameSource,
    segmenter: Segmenter,
    sink: FrameSink,
    *,
    max_frames: int | None = None,
    overlay: Overlay | None = None,
    warmup: int = 3,
) -> LatencyReport:
    """Segment a source until it ends, `max_frames` are done, the user stops at the sink, or Ctrl-C.

    Source and sink are closed in any case; the segmenter stays open.

    Args:
        source: where frames come from.
        segmenter: the opened model.
        sink: where results go.
        max_frames: stop after so many; None: no limit.
        overlay: draws masks over frames; None: the sink gets the bare frame as `drawn`.
        warmup: times that the first frame goes through the model before the clock starts. A live source's first
            frame is used for this only, for it is old by then; a file's is then segmented like any other.

    Returns:
        Where the time went. `ended` says why it is over; `interrupted` that it was Ctrl-C; `lost` that the source
        broke off after it had given frames (its message is in `ended`).

    Raises:
        SourceError: the source broke before a frame was done.
        DataError: a picture of the source cannot be decoded.
        OutputError: the sink cannot be written to, or not be finished.
    """
    with contextlib.ExitStack() as closing:
        closing.callback(sink.close)
        closing.callback(source.close)
        loop = _Loop(source, segmenter, sink, overlay if sink.wants_drawn else None)
        ending = _Ending("interrupted", interrupted=True)
        try:
            ending = loop.run(max_frames, warmup)
        except KeyboardInterrupt:
            _log.info("interrupted after %d frames", loop.frames)
        except SourceError as error:
            if loop.frames == 0:
                raise
            ending = _Ending(str(error), lost=True)
    return loop.report(ending)


@dataclass(frozen=True)
class _Ending:
    reason: str
    interrupted: bool = False
    lost: bool = False


_STOPPED = _Ending("stopped by the user")


class _Loop:
    """The state of one run."""

    def __init__(self, source: FrameSource, segmenter: Segmenter, sink: FrameSink, overlay: Overlay | None) -> None:
        self._source, self._segmenter, self._sink, self._overlay = source, segmenter, sink, overlay
        self._artifact_sha256 = sha256_of(segmenter.path)
        self._clock = StageClock(STAGES)
        self._recent_ns: deque[int] = deque(maxlen=_RECENT)
        self._infer_ns = self._waited_ns = 0
        self._age_ns: int | None = None
        self._dropped_before = 0
        self._start_ns = self._last_ns = 0
        self.frames = 0

    def run(self, max_frames: int | None, warmup: int) -> _Ending:
        frame = self._warm_up(warmup)
        while frame is not None:
            if not self._process(frame):
                return _STOPPED
            if max_frames is not None and self.frames >= max_frames:
                return _Ending(f"limit of {max_frames} frames reached")
            if not self._wait():
                return _STOPPED
            frame = self._read()
        return _Ending(f"{self._source.name} ended")

    def _wait(self) -> bool:
        """Until the source has a frame or its end; False when the user wants to stop meanwhile."""
        start_ns = self._clock.now_ns()
        goes_on = True
        while goes_on and not self._source.poll(_TICK_S):
            goes_on = self._sink.idle(self._idle_picture())
        self._waited_ns = self._clock.now_ns() - start_ns
        return goes_on

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
        self._last_ns = clock.now_ns()
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

    def report(self, ending: _Ending) -> LatencyReport:
        elapsed_ns = self._last_ns - self._start_ns
        backend = self._segmenter.backend
        return LatencyReport(
            stages=self._clock.stats(),
            frames=self.frames,
            fps=self.frames / elapsed_ns * 1e9 if self.frames else math.nan,
            dropped=self._source.dropped - self._dropped_before,
            outages_s=self._source.outages_s,
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

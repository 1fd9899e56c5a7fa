"""The video loop: sources -> one model -> sinks. What is done with a frame stands in `streamloop`."""

import contextlib
import logging
import time
from collections.abc import Callable, Sequence

from unetkit.runtime.latency import LatencyReport
from unetkit.runtime.running.controls import Controls
from unetkit.runtime.running.steadying import Steadying
from unetkit.runtime.running.stream import STOPPED, Ending, OnResult, Stream
from unetkit.runtime.running.streamloop import TICK_S, StreamLoop
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sinks.sink import FrameSink
from unetkit.runtime.sources.frame import FrameSource
from unetkit.runtime.views.painter import Painter

_TURN_S = 0.01  # to wait where none of several streams has a frame
_log = logging.getLogger(__name__)


def run_pipeline(
    source: FrameSource,
    segmenter: Segmenter,
    sink: FrameSink,
    *,
    max_frames: int | None = None,
    painter: Painter | None = None,
    controls: Controls | None = None,
    warmup: int = 3,
    clock: Callable[[], int] = time.perf_counter_ns,
    steadying: Steadying | None = None,
    on_result: OnResult | None = None,
) -> LatencyReport:
    """Segment a source until it ends, `max_frames` are done, the user stops at the sink, or Ctrl-C.

    See `run_together`, whose one stream this is.
    """
    stream = Stream(
        source=source, sink=sink, painter=painter, controls=controls, steadying=steadying, on_result=on_result
    )
    return run_together([stream], segmenter, max_frames=max_frames, warmup=warmup, clock=clock)[0]


def run_together(
    streams: Sequence[Stream],
    segmenter: Segmenter,
    *,
    max_frames: int | None = None,
    warmup: int = 3,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> tuple[LatencyReport, ...]:
    """Segment several sources with one model, a frame of each in turn, until all of them are over.

    A source that has no frame just now is passed over. A user who stops at one sink stops all; so does Ctrl-C.
    Sources and sinks are closed in any case; the segmenter stays open.

    Args:
        streams: at least one.
        segmenter: the opened model.
        max_frames: stop each stream after so many; None: no limit.
        warmup: times that a stream's first frame goes through the model before its clock starts. A live source's first
            frame is used for this only, for it is old by then; a file's is then segmented like any other.
        clock: nanoseconds.

    Returns:
        For each stream where the time went. `ended` says why it is over; `interrupted` that it was Ctrl-C; `lost` that
        the source broke off after it had given frames (its message is in `ended`).

    Raises:
        SourceError: a source broke before a frame of it was done.
        DataError: a picture of a source cannot be decoded.
        OutputError: a sink cannot be written to, or not be finished.
    """
    with contextlib.ExitStack() as closing:
        for stream in streams:
            closing.callback(stream.sink.close)
            closing.callback(stream.source.close)
        loops = [StreamLoop(stream, segmenter, max_frames, clock) for stream in streams]
        try:
            for loop in loops:
                loop.start(warmup)
            _take_turns(loops)
        except KeyboardInterrupt:
            _log.info("interrupted after %d frames", sum(loop.frames for loop in loops))
            for loop in loops:
                loop.ending = loop.ending or Ending("interrupted", interrupted=True)
    return tuple(loop.report() for loop in loops)


def _take_turns(loops: Sequence[StreamLoop]) -> None:
    wait_s = TICK_S if len(loops) == 1 else 0.0
    while running := [loop for loop in loops if loop.ending is None]:
        worked = [loop.step(wait_s) for loop in running]
        if any(loop.ending is STOPPED for loop in running):
            for loop in running:
                loop.ending = loop.ending or STOPPED
        elif len(loops) > 1 and not any(worked):
            idle_ns = running[0].idle(_TURN_S)
            for loop in running[1:]:
                loop.was_idle(idle_ns)

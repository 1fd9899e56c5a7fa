"""A camera segmented live, into a window and a recording: what `unetkit webcam` does."""

import contextlib
from pathlib import Path

from unetkit.runtime.latency import LatencyReport
from unetkit.runtime.overlay import Overlay
from unetkit.runtime.pipeline import run_pipeline
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sinks.null import NullSink
from unetkit.runtime.sinks.several import SeveralSinks
from unetkit.runtime.sinks.sink import FrameSink
from unetkit.runtime.sinks.video_file import VideoFileSink
from unetkit.runtime.sinks.window import WindowSink
from unetkit.runtime.sources.live import Patience
from unetkit.runtime.sources.opening import open_source


def run_live(
    segmenter: Segmenter,
    camera: str,
    *,
    record: Path | None,
    window: bool,
    max_frames: int | None,
    patience: Patience | None = None,
) -> LatencyReport:
    """Segment a camera or stream until it ends, the user quits, or `max_frames` are done.

    Args:
        segmenter: the opened model.
        camera: see `open_source`.
        record: also write what is drawn to this video file, at the speed it was seen.
        window: show a window; without one everything is drawn all the same.
        max_frames: None: no limit.
        patience: how long the camera may be silent.

    Raises:
        DeviceError: a window without a display.
        SourceError: the camera does not open or never answers.
        OutputError: the recording cannot be written.
    """
    with contextlib.ExitStack() as opened:
        sinks: list[FrameSink] = [WindowSink() if window else NullSink(wants_drawn=True)]
        opened.callback(sinks[0].close)
        source = open_source(camera, patience=patience)
        opened.callback(source.close)
        if record is not None:
            sinks.append(VideoFileSink(record, fps=source.fps, realtime=True))
        opened.pop_all()  # the pipeline closes them from here on
        return run_pipeline(
            source, segmenter, SeveralSinks(sinks), max_frames=max_frames, overlay=Overlay(segmenter.spec)
        )

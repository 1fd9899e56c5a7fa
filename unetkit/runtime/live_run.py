"""Cameras segmented live, into windows and recordings: what `unetkit webcam` does."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from unetkit.runtime.latency import LatencyReport
from unetkit.runtime.pipeline import run_together
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sinks.null import NullSink
from unetkit.runtime.sinks.recording import RecordingSink
from unetkit.runtime.sinks.several import SeveralSinks
from unetkit.runtime.sinks.sink import FrameSink
from unetkit.runtime.sinks.window import WindowSink
from unetkit.runtime.sources.cameramode import CameraMode
from unetkit.runtime.sources.live import Patience
from unetkit.runtime.sources.opening import open_source
from unetkit.runtime.streamloop import Stream
from unetkit.runtime.views.painter import Painter


def run_live(
    segmenter: Segmenter,
    cameras: Sequence[str],
    *,
    record: Path | None,
    window: bool,
    max_frames: int | None,
    patience: Patience | None = None,
    mode: CameraMode | None = None,
) -> tuple[LatencyReport, ...]:
    """Segment cameras and streams until they end, the user quits, or `max_frames` of each are done.

    Args:
        segmenter: the opened model, shared by all.
        cameras: see `open_source`.
        record: also write what is drawn to this video file, at the speed it was seen; of several cameras each has a
            file of its own, `out-1.mkv`, `out-2.mkv`.
        window: show a window for each; without one everything is drawn all the same.
        max_frames: None: no limit.
        patience: how long a camera may be silent.
        mode: what to ask of each camera.

    Raises:
        DeviceError: a window without a display.
        SourceError: a camera does not open or never answers.
        OutputError: a recording cannot be written.
    """
    with contextlib.ExitStack() as opened:
        streams = []
        for number, camera in enumerate(cameras, start=1):
            title = "unetkit" if len(cameras) == 1 else f"unetkit {number}: {camera}"
            sinks: list[FrameSink] = [WindowSink(title) if window else NullSink(wants_drawn=True)]
            opened.callback(sinks[0].close)
            source = open_source(camera, patience=patience, mode=mode)
            opened.callback(source.close)
            if record is not None:
                path = record if len(cameras) == 1 else record.with_stem(f"{record.stem}-{number}")
                sinks.append(RecordingSink(path, fps=source.fps))
            streams.append(Stream(source=source, sink=SeveralSinks(sinks), painter=Painter(segmenter.spec)))
        opened.pop_all()  # the pipeline closes them from here on
        return run_together(streams, segmenter, max_frames=max_frames)

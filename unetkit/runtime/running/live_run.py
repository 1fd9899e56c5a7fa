"""Cameras segmented live, into windows and recordings: what `unetkit webcam` does."""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from unetkit.contract.spec import ModelSpec
from unetkit.errors import UsageError
from unetkit.runtime.latency import LatencyReport
from unetkit.runtime.running.controls import Controls, ControlState
from unetkit.runtime.running.jsonlines import JsonLines
from unetkit.runtime.running.pipeline import run_together
from unetkit.runtime.running.preview import Preview
from unetkit.runtime.running.ratekeeper import RateKeeper
from unetkit.runtime.running.steadying import Steadying
from unetkit.runtime.running.stream import Stream
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sinks.null import NullSink
from unetkit.runtime.sinks.several import SeveralSinks
from unetkit.runtime.sinks.sink import FrameSink
from unetkit.runtime.sinks.switched import SwitchedRecording
from unetkit.runtime.sinks.virtualcamera import VirtualCameraSink
from unetkit.runtime.sinks.window import WindowSink
from unetkit.runtime.sources.cameramode import CameraMode
from unetkit.runtime.sources.live import Patience
from unetkit.runtime.sources.opening import open_source
from unetkit.runtime.sources.readahead import read_ahead
from unetkit.runtime.views.backdrop import open_backdrop
from unetkit.runtime.views.look import AS_IT_COMES, Look
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
    preview: Callable[[ModelSpec, Controls], Preview] | None = None,
    virtual_camera: Path | None = None,
    look: Look | None = None,
    background: str | None = None,
    keeper: RateKeeper | None = None,
    steady: float = 0.0,
    lines: JsonLines | None = None,
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
        preview: opens one for these controls; it then has the figures, and they are not on the picture.
        virtual_camera: a device of v4l2loopback that also shows what is drawn, without figures on it.
        look: the view to begin with, and how it is to look.
        background: what a replaced background is replaced by, see `open_backdrop`.
        keeper: keeps a frame rate, with the segmenter or what may stand in for it; the caller closes it.
        steady: how much masks are smoothed over time, 0..1, see `Steadying`.
        lines: is told every result; the caller closes it.

    Raises:
        UsageError: a virtual camera for several; no such view, class or background.
        DeviceError: a window without a display.
        SourceError: a camera does not open or never answers.
        OutputError: a recording cannot be written.
    """
    if virtual_camera is not None and len(cameras) > 1:
        raise UsageError(f"a virtual camera shows one camera, {len(cameras)} are given; start one run for each")
    heads_up = preview is None and virtual_camera is None
    begin = ControlState(look=look or AS_IT_COMES, recording=record is not None, heads_up=heads_up)
    controls = Controls(segmenter.spec, begin)
    with contextlib.ExitStack() as painting, contextlib.ExitStack() as opened:
        shown = (
            None if preview is None else painting.enter_context(contextlib.closing(preview(segmenter.spec, controls)))
        )
        streams = []
        for number, camera in enumerate(cameras, start=1):
            title = "unetkit" if len(cameras) == 1 else f"unetkit {number}: {camera}"
            sinks: list[FrameSink] = [WindowSink(title, controls) if window else NullSink(wants_drawn=True)]
            opened.callback(sinks[0].close)
            if virtual_camera is not None:
                sinks.append(VirtualCameraSink(virtual_camera))
                opened.callback(sinks[-1].close)
            source = read_ahead(open_source(camera, patience=patience, mode=mode))
            opened.callback(source.close)
            path = record
            if record is not None and len(cameras) > 1:
                path = record.with_stem(f"{record.stem}-{number}")
            sinks.append(SwitchedRecording(controls, fps=source.fps, path=path))
            seen = None if shown is None else shown.add(source.name)
            if seen is not None:
                sinks.append(seen)
            painter = Painter(segmenter.spec, backdrop=None if background is None else open_backdrop(background))
            painting.callback(painter.close)
            masks = None if keeper is None else keeper.share(len(cameras), steady)
            streams.append(
                Stream(
                    source=source,
                    sink=SeveralSinks(sinks),
                    painter=painter,
                    controls=controls,
                    on_figures=None if seen is None else seen.tell,
                    masks=masks,
                    steadying=Steadying(segmenter.spec, steady) if steady else None,
                    on_result=None if lines is None else lines.told_of(source, number),
                )
            )
        opened.pop_all()  # the pipeline closes them from here on
        return run_together(streams, segmenter, max_frames=max_frames)

"""A video, pictures or a stream segmented into a file: what `unetkit video` does."""

import contextlib
from pathlib import Path

from unetkit.errors import UsageError
from unetkit.runtime.latency import LatencyReport
from unetkit.runtime.running.controls import Controls, ControlState
from unetkit.runtime.running.jsonlines import JsonLines
from unetkit.runtime.running.networkahead import opencv_in_step, work_ahead
from unetkit.runtime.running.pipeline import run_pipeline
from unetkit.runtime.running.steadying import Steadying
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sinks.behind import behind
from unetkit.runtime.sinks.coco_file import CocoFile
from unetkit.runtime.sinks.masks import MaskFolder
from unetkit.runtime.sinks.null import NullSink
from unetkit.runtime.sinks.recording import RecordingSink
from unetkit.runtime.sinks.sink import FrameSink
from unetkit.runtime.sinks.stills import StillFolder
from unetkit.runtime.sinks.video_file import VideoFileSink
from unetkit.runtime.sources.cameramode import CameraMode
from unetkit.runtime.sources.frame import FrameSource
from unetkit.runtime.sources.live import Patience
from unetkit.runtime.sources.opening import open_source
from unetkit.runtime.sources.pictures import Pictures
from unetkit.runtime.sources.video import VideoFile
from unetkit.runtime.views.backdrop import open_backdrop
from unetkit.runtime.views.look import AS_IT_COMES, Look
from unetkit.runtime.views.painter import Painter


def run_file(
    segmenter: Segmenter,
    source: str,
    *,
    out: Path | None,
    max_frames: int | None,
    patience: Patience | None = None,
    mode: CameraMode | None = None,
    look: Look | None = None,
    background: str | None = None,
    steady: float = 0.0,
    lines: JsonLines | None = None,
) -> LatencyReport:
    """Segment every frame of a source.

    Args:
        segmenter: the opened model.
        source: see `open_source`.
        out: a name with a suffix is a video file; one without, or a folder that exists, takes a PNG a frame: the mask
            with a palette, or with a `look` its view; .json takes COCO annotations of pictures; None measures only.
        max_frames: None: all.
        patience: how long a live source may be silent.
        mode: what to ask of a camera, or how standard input is to be read.
        look: the view and how it is to look; None: the overlay in videos, the mask in folders.
        background: what a replaced background is replaced by, see `open_backdrop`.
        steady: how much masks are smoothed over time, 0..1, see `Steadying`; of pictures, which have no pace, nothing.
        lines: is told every result; the caller closes it.

    Raises:
        UsageError: no such view, class or background.
        SourceError: the source does not open.
        DataError: a picture that cannot be read.
        OutputError: the output cannot be written.
    """
    controls = Controls(segmenter.spec, ControlState(look=look or AS_IT_COMES, heads_up=False))
    painter = Painter(segmenter.spec, backdrop=None if background is None else open_backdrop(background))
    with contextlib.closing(painter), contextlib.ExitStack() as opened:
        frames = open_source(source, patience=patience, mode=mode, every_frame=True)
        opened.callback(frames.close)
        sink: FrameSink
        if out is None:
            sink = NullSink(wants_drawn=True)
        elif out.suffix.lower() == ".json":
            sink = _coco_file(out, frames, segmenter)
        elif out.is_dir() or not out.suffix:
            sink = behind(MaskFolder(out, segmenter.spec.classes)) if look is None else StillFolder(out, painter, look)
        else:
            sink = _video_sink(out, frames, source)
        in_time = frames.live or frames.fps is not None
        steadying = Steadying(segmenter.spec, steady) if steady and in_time else None
        opened.pop_all()  # the pipeline closes it from here on
        with opencv_in_step(frames, segmenter):
            return run_pipeline(
                work_ahead(frames, segmenter),
                segmenter,
                sink,
                max_frames=max_frames,
                painter=painter,
                controls=controls,
                steadying=steadying,
                on_result=None if lines is None else lines.told_of(frames),
            )


def _coco_file(out: Path, frames: FrameSource, segmenter: Segmenter) -> FrameSink:
    if not isinstance(frames, Pictures):
        raise UsageError(f"{out} would be COCO annotations of pictures, but {frames.name} is none; use --json {out}")
    return CocoFile(out, segmenter.spec, frames.files)


def _video_sink(out: Path, frames: FrameSource, source: str) -> FrameSink:
    if frames.live:
        return RecordingSink(out, fps=frames.fps)
    return behind(
        VideoFileSink(out, fps=frames.fps, audio_from=Path(source) if isinstance(frames, VideoFile) else None)
    )

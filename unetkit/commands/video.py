"""`unetkit video`."""

from pathlib import Path
from typing import Annotated

import typer

from unetkit.commands.ending import exit_as
from unetkit.commands.opening import open_for_running
from unetkit.commands.options import (
    CameraFormat,
    CameraFps,
    CameraSize,
    Device,
    DeviceName,
    EngineName,
    MaxFrames,
    MaxOutage,
    ModelArgument,
    RequireDevice,
    Retime,
    TimedEngine,
    TimedThreads,
)
from unetkit.commands.outputoptions import (
    Edges,
    EdgesName,
    JsonShapes,
    Lines,
    ShapesName,
    Steady,
    is_standard_output,
    opened_lines,
)
from unetkit.commands.viewoptions import Background, Legend, Opacity, OutlinePx, View, ViewClass, chosen_look


def video(
    model: ModelArgument,
    source: Annotated[
        str, typer.Argument(metavar="INPUT", help="Video, picture, folder, pattern, URL, -, synthetic:N.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Video file (.mp4 .avi .webm); folder for PNGs: masks, or a view; COCO .json.")
    ] = None,
    view: View = None,
    view_class: ViewClass = None,
    opacity: Opacity = None,
    outline: OutlinePx = None,
    legend: Legend = None,
    background: Background = None,
    engine: TimedEngine = EngineName.AUTO,
    device: Device = DeviceName.AUTO,
    require_device: RequireDevice = None,
    threads: TimedThreads = None,
    retime: Retime = False,
    edges: Edges = EdgesName.AUTO,
    steady: Steady = 1.0,
    json: Lines = None,
    json_shapes: JsonShapes = ShapesName.NONE,
    max_frames: MaxFrames = None,
    max_outage: MaxOutage = 60,
    camera_size: CameraSize = None,
    camera_fps: CameraFps = None,
    camera_format: CameraFormat = None,
) -> None:
    """Segment a video, pictures or a stream. Frame by frame, into a video of what is chosen, or PNGs."""
    from unetkit.runtime.running.file_run import run_file
    from unetkit.runtime.sources.cameramode import CameraMode
    from unetkit.runtime.sources.live import Patience
    from unetkit.runtime.sources.opening import refuse_missing
    from unetkit.terminal.running import show_latency

    refuse_missing(source)  # the engines are timed for seconds before it is opened
    look = chosen_look(view, view_class, opacity, outline, legend, background)
    opened = open_for_running(
        model,
        engine=engine,
        device=device,
        threads=threads,
        retime=retime,
        require_device=require_device,
        edges=edges,
        file=True,
    )
    with opened as segmenter, opened_lines(json, segmenter.spec, json_shapes) as lines:
        report = run_file(
            segmenter,
            source,
            out=out,
            max_frames=max_frames,
            patience=Patience(max_outage_s=max_outage),
            mode=CameraMode.parsed(camera_size, camera_fps, camera_format),
            look=look,
            background=background,
            steady=steady,
            lines=lines,
        )
    show_latency(report, out, beside=is_standard_output(json))
    exit_as(report)

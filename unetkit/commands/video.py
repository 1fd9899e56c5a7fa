"""`unetkit video`."""

from pathlib import Path
from typing import Annotated

import typer

from unetkit.commands.ending import exit_as
from unetkit.commands.options import (
    CameraFormat,
    CameraFps,
    CameraSize,
    Device,
    DeviceName,
    Engine,
    EngineName,
    MaxFrames,
    MaxOutage,
    ModelArgument,
    Threads,
)
from unetkit.commands.outputoptions import Edges, EdgesName
from unetkit.commands.viewoptions import Background, Legend, Opacity, OutlinePx, View, ViewClass, chosen_look


def video(
    model: ModelArgument,
    source: Annotated[
        str, typer.Argument(metavar="INPUT", help="Video, picture, folder, pattern, URL, -, synthetic:N.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Video file (.mp4 .avi .webm), or folder for PNGs: masks, or a view.")
    ] = None,
    view: View = None,
    view_class: ViewClass = None,
    opacity: Opacity = None,
    outline: OutlinePx = None,
    legend: Legend = None,
    background: Background = None,
    engine: Engine = EngineName.AUTO,
    device: Device = DeviceName.AUTO,
    threads: Threads = None,
    edges: Edges = EdgesName.AUTO,
    max_frames: MaxFrames = None,
    max_outage: MaxOutage = 60,
    camera_size: CameraSize = None,
    camera_fps: CameraFps = None,
    camera_format: CameraFormat = None,
) -> None:
    """Segment a video, pictures or a stream. Frame by frame, into a video of what is chosen, or PNGs."""
    from unetkit.runtime.file_run import run_file
    from unetkit.runtime.model_choice import model_path
    from unetkit.runtime.segmenter import Segmenter
    from unetkit.runtime.sources.cameramode import CameraMode
    from unetkit.runtime.sources.live import Patience
    from unetkit.terminal.running import say_opened, show_latency

    look = chosen_look(view, view_class, opacity, outline, legend, background)
    path = model_path(model, engine=engine.value, device=device.value)
    with Segmenter.open(
        path, engine=engine.value, device=device.value, threads=threads, edges=edges.value
    ) as segmenter:
        say_opened(segmenter)
        report = run_file(
            segmenter,
            source,
            out=out,
            max_frames=max_frames,
            patience=Patience(max_outage_s=max_outage),
            mode=CameraMode.parsed(camera_size, camera_fps, camera_format),
            look=look,
            background=background,
        )
    show_latency(report, out)
    exit_as(report)

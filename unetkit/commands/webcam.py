"""`unetkit webcam`."""

from contextlib import ExitStack, closing
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
    NewestModel,
    RequireDevice,
    Retime,
    Serve,
    ServeToken,
    TimedEngine,
    TimedThreads,
    complete_model,
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
from unetkit.commands.preview import opened_preview
from unetkit.commands.viewoptions import Background, Legend, Opacity, OutlinePx, View, ViewClass, chosen_look
from unetkit.errors import UsageError


def webcam(
    model: NewestModel = None,
    model_option: Annotated[
        str | None,
        typer.Option("--model", metavar="MODEL", help="The same as the argument.", autocompletion=complete_model),
    ] = None,
    camera: Annotated[
        list[str] | None,
        typer.Option(help="Index, camera:NAME, picamera, URL, screen, -, synthetic; 0 by default. It may be repeated."),
    ] = None,
    view: View = None,
    view_class: ViewClass = None,
    opacity: Opacity = None,
    outline: OutlinePx = None,
    legend: Legend = None,
    background: Background = None,
    target_fps: Annotated[
        float | None,
        typer.Option(help="Frames a second to keep, by fewer masks or a smaller model; it says so."),
    ] = None,
    smaller: Annotated[
        list[str] | None,
        typer.Option(metavar="MODEL", help="May stand in to keep the target: same classes, best first. Repeatable."),
    ] = None,
    engine: TimedEngine = EngineName.AUTO,
    device: Device = DeviceName.AUTO,
    require_device: RequireDevice = None,
    threads: TimedThreads = None,
    retime: Retime = False,
    edges: Edges = EdgesName.AUTO,
    steady: Steady = 1.0,
    json: Lines = None,
    json_shapes: JsonShapes = ShapesName.NONE,
    record: Annotated[Path | None, typer.Option(help="Also write what is shown to this video file.")] = None,
    virtual_camera: Annotated[
        Path | None, typer.Option(metavar="DEVICE", help="Also show it as a camera, /dev/video10 of v4l2loopback.")
    ] = None,
    serve: Serve = None,
    token: ServeToken = None,
    headless: Annotated[bool, typer.Option("--headless", help="Open no window.")] = False,
    max_frames: MaxFrames = None,
    max_outage: MaxOutage = 60,
    camera_size: CameraSize = None,
    camera_fps: CameraFps = None,
    camera_format: CameraFormat = None,
) -> None:
    """Segment a camera live. q, Esc or Ctrl-C ends it, with the latency table."""
    from unetkit.runtime.display import require_display
    from unetkit.runtime.running.live_run import run_live
    from unetkit.runtime.running.ratekeeper import RateKeeper
    from unetkit.runtime.sources.cameramode import CameraMode
    from unetkit.runtime.sources.live import Patience
    from unetkit.runtime.sources.opening import refuse_missing
    from unetkit.terminal.running import show_latencies

    if model is not None and model_option is not None:
        raise UsageError(f"the model is given twice, {model!r} and --model {model_option!r}; give it once")
    given = model if model is not None else model_option
    look = chosen_look(view, view_class, opacity, outline, legend, background)
    mode = CameraMode.parsed(camera_size, camera_fps, camera_format)
    if smaller and target_fps is None:
        raise UsageError("--smaller is what may be used to keep a rate; give the rate with --target-fps")
    window = not headless and serve is None
    if engine == "auto":  # what is missing is told before engines are timed for seconds
        for source in camera or ():
            refuse_missing(source)
        if window:
            require_display()
    preview = None if serve is None else opened_preview(serve, token)
    with ExitStack() as opened:
        segmenters = [
            opened.enter_context(
                open_for_running(
                    name,
                    engine=engine,
                    device=device,
                    threads=threads,
                    retime=retime,
                    require_device=require_device,
                    edges=edges,
                )
            )
            for name in (given, *(smaller or ()))
        ]
        keeper = None if target_fps is None else opened.enter_context(closing(RateKeeper(target_fps, segmenters)))
        lines = opened.enter_context(opened_lines(json, segmenters[0].spec, json_shapes))
        reports = run_live(
            segmenters[0],
            camera or ["0"],
            record=record,
            window=window,
            max_frames=max_frames,
            patience=Patience(max_outage_s=max_outage),
            mode=mode,
            virtual_camera=virtual_camera,
            preview=preview,
            look=look,
            background=background,
            keeper=keeper,
            steady=steady,
            lines=lines,
        )
    show_latencies(reports, beside=is_standard_output(json))
    for report in reports:
        exit_as(report)

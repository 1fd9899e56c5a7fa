"""`unetkit export`."""

from pathlib import Path
from typing import Annotated

import typer

from unetkit.commands.options import AsJson, RangesName


def export(
    run: Annotated[Path | None, typer.Argument(help="Run folder; the newest by default.")] = None,
    int8: Annotated[bool, typer.Option("--int8", help="Also fully quantised artifacts.")] = False,
    fp16: Annotated[bool, typer.Option("--fp16", help="Also half precision artifacts.")] = False,
    dynamic: Annotated[bool, typer.Option("--dynamic", help="Also TFLite with int8 weights alone.")] = False,
    formats: Annotated[
        str, typer.Option("--format", help="Of onnx, tflite, openvino, saved_model, with commas.")
    ] = "onnx,tflite",
    every: Annotated[
        bool, typer.Option("--all", help="Every format that works here, in every precision that it has.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Export folder; RUN/export by default.")] = None,
    max_drop: Annotated[
        float, typer.Option(help="Points of mIoU that an artifact may lose; int8 is searched until it fits.")
    ] = 1.0,
    ranges: Annotated[
        RangesName,
        typer.Option(help="What int8 chooses the activations' ranges by; auto: learned by --qat, else minmax."),
    ] = RangesName.AUTO,
    per_tensor: Annotated[
        bool, typer.Option("--per-tensor", help="int8: one scale for a layer's weights, for devices that need it.")
    ] = False,
    bias_correction: Annotated[
        bool, typer.Option("--bias-correction", help="int8: shift biases by what rounded weights add to the mean.")
    ] = False,
    calibration_frames: Annotated[int, typer.Option(min=1, help="Training frames that int8 is calibrated on.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Draws the calibration frames.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Export for devices, proven. Every artifact is measured against the trained model, or none is published."""
    from unetkit.contract.runfolder import RunFolder
    from unetkit.export.availability import formats_that_work_here
    from unetkit.export.exporter import export_run
    from unetkit.export.quantisation.recipe import Recipe
    from unetkit.terminal.exporting import show_export
    from unetkit.terminal.progress import steps

    folder = RunFolder.open(run) if run is not None else RunFolder.newest()
    with steps() as on_step:
        chosen = formats_that_work_here(on_step) if every else tuple(name.strip() for name in formats.split(","))
        summary = export_run(
            folder,
            out=out,
            formats=chosen,
            int8=int8 or every,
            fp16=fp16 or every,
            dynamic=dynamic or every,
            max_drop=max_drop,
            calibration_frames=calibration_frames,
            seed=seed,
            recipe=Recipe(ranges=ranges.value, per_channel=not per_tensor, bias_correction=bias_correction),
            on_step=on_step,
        )
    show_export(summary, as_json=as_json)

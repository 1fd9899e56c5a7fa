"""`unetkit bench`."""

from pathlib import Path
from typing import Annotated

import typer

from unetkit.commands.options import Device, DeviceName, Engine, EngineName, Threads, complete_model


def bench(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL...",
            help="Model files, an export folder, or built-in names: all files of each.",
            autocompletion=complete_model,
        ),
    ],
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the report to this file.")] = None,
    frames: Annotated[str | None, typer.Option(help="Clip or folder to take frames from; generated without.")] = None,
    engine: Engine = EngineName.AUTO,
    device: Device = DeviceName.AUTO,
    threads: Threads = None,
) -> None:
    """Measure latency on this device. Stage by stage; several models take turns in one run, with ratios."""
    from unetkit.benchmarks.bench import bench as run_bench
    from unetkit.benchmarks.frames import bench_frames
    from unetkit.runtime.model_choice import bench_paths
    from unetkit.terminal.bench import show_bench

    paths = [path for model in models for path in bench_paths(model, engine=engine.value, device=device.value)]
    report = run_bench(paths, frames=bench_frames(frames), engine=engine.value, device=device.value, threads=threads)
    show_bench(report, json_file)
    if report.interrupted:
        raise typer.Exit(130)

"""`unetkit bench`."""

import functools
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unetkit.commands.bench_peers import WORD, bench_peers
from unetkit.commands.options import Device, DeviceName, EngineName, complete_model
from unetkit.commands.unread import refuse_unread

if TYPE_CHECKING:
    from unetkit.benchmarks.report import BenchReport


class BenchEngineName(StrEnum):
    """Engines to measure on."""

    AUTO = "auto"
    ALL = "all"
    ONNX = "onnx"
    TFLITE = "tflite"
    KERAS = "keras"
    OPENVINO = "openvino"
    OPENCV = "opencv"
    TENSORFLOW = "tensorflow"


_PEERS = {"models", "checkpoint", "data", "split", "frames", "threads", "duration", "json_file", "markdown_file"}


def bench(
    context: typer.Context,
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL...",
            help="Model files, an export folder, or built-in names: all files of each. `peers [MODEL]` measures other "
            "people's segmenters beside it.",
            autocompletion=complete_model,
        ),
    ],
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the report to this file.")] = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Also write a line a stage to this file.")] = None,
    markdown_file: Annotated[Path | None, typer.Option("--markdown", help="Also write tables to this file.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="Also write a page with plots to this file.")] = None,
    merge: Annotated[
        bool, typer.Option("--merge", help="Measure nothing: the arguments are --json reports to put into one table.")
    ] = False,
    checkpoint: Annotated[
        Path | None, typer.Option(help="With peers: the model as Keras saved it, for the tutorials' way.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="Pictures with masks: also score each model on them.")] = None,
    split: Annotated[str, typer.Option(help="Split of --data to score on.")] = "test",
    frames: Annotated[str | None, typer.Option(help="Clip or folder to take frames from; generated without.")] = None,
    engine: Annotated[
        BenchEngineName,
        typer.Option(help="Inference engine; auto goes by the model file, all: every one that opens it."),
    ] = BenchEngineName.AUTO,
    device: Device = DeviceName.AUTO,
    threads: Annotated[
        str | None,
        typer.Option(help="Inference threads: a number, several (1,2,4), or sweep; all usable cores by default."),
    ] = None,
    batch: Annotated[str, typer.Option(help="Frames that come together: a number or several (1,4,8).")] = "1",
    duration: Annotated[
        float, typer.Option(min=0.1, help="Seconds for each artifact: a quarter at most to warm up, the rest timed.")
    ] = 10.0,
    compare: Annotated[
        Path | None,
        typer.Option(
            help="Earlier --json report of this machine: exit code 5 if a model became slower since. Measures up to "
            "three times where other programs leave it open."
        ),
    ] = None,
    tolerance: Annotated[
        float, typer.Option(min=0, help="Percent by which a time must differ from the earlier one to count.")
    ] = 10.0,
    sources: Annotated[
        str | None, typer.Option(help="Also measure throughput with so many sources at once (1,2,4,8), a thread each.")
    ] = None,
    limits: Annotated[
        bool, typer.Option(help="Also measure this machine's peak, the share of it reached, and operators' times.")
    ] = True,
    cold: Annotated[bool, typer.Option(help="Also start a fresh process for each: start-up times and memory.")] = True,
) -> None:
    """Measure latency on this device. Stage by stage; several models take turns in one run, with ratios."""
    from unetkit.benchmarks.baseline import require_comparable
    from unetkit.benchmarks.bench import bench as run_bench
    from unetkit.benchmarks.comparison import compare as compare_reports
    from unetkit.benchmarks.comparison import compare_until_settled
    from unetkit.benchmarks.frames import bench_frames
    from unetkit.benchmarks.openings import numbers, thread_counts
    from unetkit.benchmarks.report import read_report
    from unetkit.benchmarks.scale import throughputs
    from unetkit.data.catalog import open_dataset
    from unetkit.runtime.host import HostInfo
    from unetkit.runtime.model_choice import bench_paths
    from unetkit.terminal.bench import (
        show_bench,
        show_comparison,
        show_merged,
        show_throughput,
        show_unsettled,
        write_bench,
    )
    from unetkit.terminal.progress import steps

    if merge:
        refuse_unread(context, {"models", "merge", "markdown_file"}, "unetkit bench --merge")
        show_merged([read_report(Path(model), "report") for model in models], markdown_file)
        return
    if models[0] == WORD and not Path(WORD).exists():
        refuse_unread(context, _PEERS, f"unetkit bench {WORD}")
        bench_peers(
            models[1:],
            checkpoint=checkpoint,
            data=data,
            split=split,
            frames=frames,
            threads=(thread_counts(threads)[0] or 1),
            seconds=duration,
            json_file=json_file,
            markdown_file=markdown_file,
        )
        return
    refuse_unread(context, set(context.params) - {"checkpoint"}, "unetkit bench")
    named = EngineName.AUTO if engine is BenchEngineName.ALL else EngineName(engine.value)
    paths = [path for model in models for path in bench_paths(model, engine=named.value, device=device.value)]
    baseline = None if compare is None else read_report(compare, "baseline")
    together = () if sources is None else numbers(sources, "--sources")
    counts, batches = thread_counts(threads), numbers(batch, "--batch")
    dataset = None if data is None else open_dataset(data)
    given = bench_frames(frames)
    if baseline is not None:
        require_comparable(baseline, baseline=str(compare), host=HostInfo.here(), frame_sizes_hw=given.sizes_hw)

    def measured(**more: Any) -> "BenchReport":
        with steps() as tell:
            return run_bench(
                paths,
                frames=given,
                rounds=None,
                seconds=duration,
                engine=engine.value,
                device=device.value,
                threads=counts,
                batches=batches,
                tell=tell,
                **more,
            )

    report = measured(cold=cold, limits=limits, dataset=dataset, split=split)
    show_bench(report)
    try:
        if together and not report.interrupted:
            with steps() as tell:
                found = throughputs(
                    paths,
                    together,
                    frames=given,
                    seconds=duration,
                    engine=named.value,
                    device=device.value,
                    tell=tell,
                )
            show_throughput(found)
            report = replace(report, throughputs=found)
    finally:
        write_bench(report, json_file=json_file, csv_file=csv_file, markdown_file=markdown_file, html_file=html_file)
    if baseline is not None:
        held = functools.partial(compare_reports, base=baseline, baseline=str(compare), tolerance=tolerance / 100)
        comparison = compare_until_settled(report, measured, held, show_unsettled)
        show_comparison(comparison)
        comparison.require_not_slower()
    if report.interrupted:
        raise typer.Exit(130)

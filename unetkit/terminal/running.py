"""What runs, and its latency."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unetkit.terminal import console

if TYPE_CHECKING:
    from unetkit.runtime.enginechoice.choice import EngineChoice
    from unetkit.runtime.latency import LatencyReport
    from unetkit.runtime.model_choice import ModelChoice
    from unetkit.runtime.segmenter import Segmenter


def say_choice(choice: "ModelChoice") -> None:
    if choice.why:
        console.notices.print(choice.why)


def say_engine(choice: "EngineChoice") -> None:
    if choice.line:
        console.notices.print(choice.line)


def say_opened(segmenter: "Segmenter") -> None:
    backend = segmenter.backend
    threads = f", {backend.threads} thread{'s' * (backend.threads != 1)}" if backend.threads else ""
    edges = ", guided edges" if segmenter.guided else ""
    console.notices.print(
        f"{segmenter.path}: {backend.precision} on {backend.engine}, {backend.device}{threads}{edges}"
    )


def show_latencies(reports: "Sequence[LatencyReport]", *, beside: bool = False) -> None:
    """Of several sources, each below its name; `beside` as for `show_latency`."""
    for report in reports:
        if len(reports) > 1:
            (console.notices if beside else console.results).print(report.source)
        show_latency(report, beside=beside)


def show_latency(report: "LatencyReport", out: Path | None = None, *, beside: bool = False) -> None:
    """The table on standard output, or `beside` it, on standard error, where something else is the result."""
    to = console.notices if beside else console.results
    table = console.table("stage, ms", "n", "mean", "p50", "p90", "p95", "p99", "max", "jitter")
    for stage in report.stages:
        figures = (stage.mean_ms, stage.p50_ms, stage.p90_ms, stage.p95_ms, stage.p99_ms, stage.max_ms, stage.jitter_ms)
        table.add_row(stage.name, f"{stage.n:,}", *("-" if math.isnan(value) else f"{value:.2f}" for value in figures))
    to.print(table)
    fps = "-" if math.isnan(report.fps) else f"{report.fps:.1f}"
    to.print(
        f"{report.frames:,} frames, {fps} frames/s, {report.dropped:,} dropped{_outages(report)}; "
        f"{report.precision} on {report.engine}, {report.device}, threads {report.threads or 'by the engine'}, "
        f"{report.host.cpu}; {report.ended}"
    )
    if report.gave_up is not None:
        to.print(report.gave_up)
    if out is not None:
        to.print(f"written to {out}")


def _outages(report: "LatencyReport") -> str:
    n = len(report.outages_s)
    return f", {n} outage{'s' * (n > 1)} of {sum(report.outages_s):.1f} s" if n else ""

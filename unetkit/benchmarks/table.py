"""A benchmark's report as text."""

import math
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from unetkit.benchmarks.report import ArtifactTimes, BenchReport
from unetkit.runtime.host import HostInfo

_ENDINGS = {"rounds": "", "seconds": ", time was up", "interrupted": ", interrupted"}


def render(report: BenchReport) -> RenderableType:
    """What ran where, a row for each artifact and stage, and the ratios where there are several artifacts."""
    names = _names(report)
    lines = [*header(report), *map(_artifact_line, names, report.artifacts)]
    parts: list[RenderableType] = [*map(Text, lines), Text("\nmilliseconds a frame"), _stages(report, names)]
    if report.ratios:
        title = f"time as a share of {names[0]}'s in the same round; below 1 is faster"
        parts += [Text(title), _ratios(report, names)]
    return Group(*parts)


def header(report: BenchReport) -> tuple[str, str]:
    """What the figures were taken on, and over what."""
    sizes = ", ".join(f"{width}x{height}" for height, width in report.frame_sizes_hw)
    turns = "interleaved, " if len(report.artifacts) > 1 else ""
    return host_line(report.host), (
        f"{report.rounds} frames an artifact ({turns}after {report.warmup} to warm up{_ENDINGS[report.ended]}) of "
        f"{report.frames}, {report.frame_count} frames, {sizes}"
    )


def host_line(host: HostInfo) -> str:
    """The machine in a line."""
    parts = [host.board or host.cpu, host.gpu, f"{host.usable_cores} of {host.logical_cores} cores", host.os]
    packages = (f"{name} {version}" for name, version in host.packages.items())
    return ", ".join([*(part for part in parts if part), f"Python {host.python}", *packages])


def _artifact_line(name: str, artifact: ArtifactTimes) -> str:
    height, width = artifact.input_hw
    threads = "" if artifact.threads is None else f", {artifact.threads} threads"
    return (
        f"{name}: {artifact.engine} on {artifact.device}, {artifact.precision}{threads}, input {width}x{height}, "
        f"{artifact.size_bytes / 1e6:.2f} MB, sha256 {artifact.sha256[:12]}"
    )


def _stages(report: BenchReport, names: Sequence[str]) -> Table:
    table = _table()
    for column in ("n", "mean", "p50", "p90", "p95", "p99", "max"):
        table.add_column(column, justify="right", no_wrap=True)
    for name, artifact in zip(names, report.artifacts, strict=True):
        for row, stage in enumerate(artifact.stages):
            times = (stage.mean_ms, stage.p50_ms, stage.p90_ms, stage.p95_ms, stage.p99_ms, stage.max_ms)
            table.add_row(Text("" if row else name), stage.name, str(stage.n), *map(_milliseconds, times))
        table.add_section()
    return table


def _milliseconds(value: float) -> str:
    return f"{value:.2f}" if value < 100 else f"{value:.1f}"


def _ratios(report: BenchReport, names: Sequence[str]) -> Table:
    table = _table()
    for column in ("median", "middle half"):
        table.add_column(column, justify="right", no_wrap=True)
    stages = len(report.ratios) // (len(names) - 1)
    for row, ratio in enumerate(report.ratios):
        name = "" if row % stages else names[1 + row // stages]
        known = not math.isnan(ratio.median)
        spread = f"{ratio.q1:.2f} to {ratio.q3:.2f}" if known else "-"
        table.add_row(Text(name), ratio.stage, f"{ratio.median:.2f}" if known else "-", spread)
    return table


def _table() -> Table:
    """A table narrow enough for 80 columns with the exporter's file names."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    table.add_column("model", overflow="fold")
    table.add_column("stage", no_wrap=True)
    return table


def _names(report: BenchReport) -> tuple[str, ...]:
    """File names where they tell the artifacts apart, else whole paths."""
    paths = [Path(artifact.path) for artifact in report.artifacts]
    different = len({path.name for path in paths}) == len(paths)
    return tuple(path.name if different else str(path) for path in paths)

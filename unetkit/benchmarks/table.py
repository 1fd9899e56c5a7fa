"""A benchmark's report as text."""

import math
from collections.abc import Callable, Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from unetkit.benchmarks.naming import names_of
from unetkit.benchmarks.operators import by_level
from unetkit.benchmarks.report import ArtifactTimes, BenchReport
from unetkit.runtime.host import HostInfo

_ENDINGS = {"rounds": "", "seconds": ", time was up", "interrupted": ", interrupted"}
_PERCENTILES = ("mean", "p50", "p90", "p95", "p99", "max", "jitter")


def render(report: BenchReport) -> RenderableType:
    """What ran where, rows for each artifact's stages, what it takes besides time, ratios where there are several."""
    names = names_of(report.artifacts)
    lines = [*header(report), *map(_artifact_line, names, report.artifacts)]
    parts: list[RenderableType] = [*map(Text, lines), Text("\nmilliseconds a frame" + _batch_words(report))]
    parts += [_stages(report, names), _resources(report, names)]
    parts += [Text(line) for line in _limit_lines(report, names)]
    if report.ratios:
        title = f"time as a share of {names[0]}'s in the same round; below 1 is faster"
        parts += [Text(title), _ratios(report, names)]
    parts += [Text(f"note: {note}") for note in report.notes]
    return Group(*parts)


def header(report: BenchReport) -> tuple[str, str]:
    """What the figures were taken on, and over what."""
    sizes = ", ".join(f"{width}x{height}" for height, width in report.frame_sizes_hw)
    turns = "interleaved, " if len(report.artifacts) > 1 else ""
    warmed = max((artifact.warmup.rounds for artifact in report.artifacts if artifact.warmup), default=0)
    return host_line(report.host), (
        f"{report.rounds} frames an artifact ({turns}after {warmed} to warm up{_ENDINGS[report.ended]}) of "
        f"{report.frames}, {report.frame_count} frames, {sizes}"
    )


def host_line(host: HostInfo) -> str:
    """The machine in a line."""
    parts = [host.board or host.cpu, host.gpu, f"{host.usable_cores} of {host.logical_cores} cores", host.os]
    packages = (f"{name} {version}" for name, version in host.packages.items())
    return ", ".join([*(part for part in parts if part), f"Python {host.python}", *packages])


def milliseconds(value: float) -> str:
    """Two digits behind the point where they matter; a dash for NaN."""
    if math.isnan(value):
        return "-"
    return f"{value:.2f}" if value < 100 else f"{value:.1f}"


def _batch_words(report: BenchReport) -> str:
    batched = any(artifact.batch > 1 for artifact in report.artifacts)
    return "; of a batch, a turn: its frames one after the other" if batched else ""


def _artifact_line(name: str, artifact: ArtifactTimes) -> str:
    height, width = artifact.input_hw
    threads = "" if artifact.threads is None else f", {artifact.threads} threads"
    return (
        f"{name}: {artifact.engine} on {artifact.device}, {artifact.precision}{threads}, input {width}x{height}, "
        f"{artifact.size_bytes / 1e6:.2f} MB, sha256 {artifact.sha256[:12]}"
    )


def _stages(report: BenchReport, names: Sequence[str]) -> Table:
    table = _table("n", *_PERCENTILES)
    for name, artifact in zip(names, report.artifacts, strict=True):
        table.add_row(Text(name))
        for stage in artifact.stages:
            figures = (getattr(stage, f"{figure}_ms") for figure in _PERCENTILES)
            table.add_row(f"  {stage.name}", str(stage.n), *map(milliseconds, figures))
        table.add_section()
    return table


def _resources(report: BenchReport, names: Sequence[str]) -> Table:
    """Only the columns of which something is known."""
    columns: dict[str, Callable[[ArtifactTimes], str | float | None]] = {
        "CPU ms": lambda each: milliseconds(each.usage.cpu_ms) if each.usage else None,
        "cores": lambda each: f"{each.usage.cores:.2f}" if each.usage else None,
        "energy mJ": lambda each: f"{each.usage.energy_mj:.1f}" if each.usage and each.usage.energy_mj else None,
        "load ms": lambda each: f"{each.cold.load_ms:.0f}" if each.cold else None,
        "first ms": lambda each: f"{each.cold.first_inference_ms:.1f}" if each.cold else None,
        "start ms": lambda each: f"{each.cold.total_ms:.0f}" if each.cold else None,
        "memory MB": lambda each: _megabytes(each.cold.memory_steady_bytes) if each.cold else None,
        "peak MB": lambda each: _megabytes(each.cold.memory_peak_bytes) if each.cold else None,
        "GPU MB": lambda each: _megabytes(each.cold.gpu_memory_bytes) if each.cold else None,
    }
    known = {
        name: cells for name, of in columns.items() if any(cells := [of(artifact) for artifact in report.artifacts])
    }
    table = _table(*known)
    for row, name in enumerate(names):
        table.add_row(Text(name))
        table.add_row("", *(str(cells[row] or "-") for cells in known.values()))
    return table


def _limit_lines(report: BenchReport, names: Sequence[str]) -> Iterator[str]:
    """The roofline in words, and the three levels of the network that take most time."""
    for peak in report.peaks:
        whole = "no int8 kernel" if peak.int8_gmacs is None else f"{peak.int8_gmacs:.1f} in int8"
        copies = ", ".join(f"{speed:.1f} GB/s by {size >> 10} KiB" for size, speed in peak.copies)
        yield (
            f"peak here, {peak.threads} threads: {peak.float_gmacs:.1f} billion multiply-adds/s in float32, {whole}; "
            f"copies {copies}"
        )
    for name, artifact in zip(names, report.artifacts, strict=True):
        line = artifact.roofline
        if line is not None:
            yield (
                f"{name}: {line.multiply_adds / 1e6:.1f} M multiply-adds, {line.weight_bytes / 1e6:.2f} MB of weights, "
                f"{line.moved_bytes / 1e6:.1f} MB moved; the machine's limit is {line.limit_ms:.2f} ms, "
                f"{line.share:.0%} of it reached ({line.gmacs:.1f} billion multiply-adds/s)"
            )
        levels = sorted(by_level(artifact.operators).items(), key=lambda item: -item[1])
        if levels:
            total = sum(time for _, time in levels)
            told = ", ".join(f"{level} {time / total:.0%}" for level, time in levels[:3])
            yield f"{name}: most time in {told} (ONNX Runtime's profiler)"


def _megabytes(count: int | None) -> str | None:
    return None if count is None else f"{count / 1e6:.0f}"


def _ratios(report: BenchReport, names: Sequence[str]) -> Table:
    table = _table("median", "95 % interval", "middle half", "")
    stages = len(report.ratios) // (len(names) - 1)
    for row, ratio in enumerate(report.ratios):
        if row % stages == 0:
            table.add_row(Text(names[1 + row // stages]))
        if math.isnan(ratio.median):
            table.add_row(f"  {ratio.stage}", "-", "-", "-", ratio.verdict)
            continue
        spans = (f"{low:.2f} to {high:.2f}" for low, high in ((ratio.low, ratio.high), (ratio.q1, ratio.q3)))
        table.add_row(f"  {ratio.stage}", f"{ratio.median:.2f}", *spans, ratio.verdict)
    return table


def _table(*columns: str) -> Table:
    """A table narrow enough for 80 columns with the exporter's file names."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    table.add_column("model", overflow="fold")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table

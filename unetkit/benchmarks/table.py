"""A benchmark's report as text."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from unetkit.benchmarks.columns import FIGURES, RESOURCES, cells, ratio_rows
from unetkit.benchmarks.naming import names_of
from unetkit.benchmarks.operators import by_level
from unetkit.benchmarks.report import ArtifactTimes, BenchReport
from unetkit.runtime.host import HostInfo

_ABREAST = 5  # columns of figures
_FEW = 3
_NAME_WIDTH = 17  # characters, at least: stages and the exporter's files do not fold
_ENDINGS = {"rounds": "", "seconds": ", time was up", "interrupted": ", interrupted"}


def render(report: BenchReport) -> RenderableType:
    """What ran where, rows for each artifact's stages, what it takes besides time, ratios where there are several."""
    names = names_of(report.artifacts)
    lines = [*header(report), *map(artifact_line, names, report.artifacts)]
    parts: list[RenderableType] = [*map(Text, lines), Text("\nmilliseconds a frame" + _batch_words(report))]
    parts.append(_Uncut(_stages(report, names)))
    for table in _resources(report, names):
        parts += [Text(), _Uncut(table)]
    told = [Text(line) for line in limit_lines(report, names)]
    parts += [Text(), *told] if told else []
    if report.ratios:
        title = f"\ntime a frame as a share of {names[0]}'s in the same round; below 1 is faster"
        parts += [Text(title), _Uncut(_ratios(report, names))]
    notes = [Text(f"note: {note}") for note in report.notes]
    parts += [Text(), *notes] if notes else []
    return Group(*parts)


def header(report: BenchReport) -> tuple[str, str]:
    """What the figures were taken on, and over what."""
    sizes = _sizes(report.frame_sizes_hw)
    turns = "interleaved, " if len(report.artifacts) > 1 else ""
    warmed = max((artifact.warmup.rounds for artifact in report.artifacts if artifact.warmup), default=0)
    return host_line(report.host), (
        f"{report.rounds} frames an artifact ({turns}after {warmed} to warm up{_ENDINGS[report.ended]}) of "
        f"{report.frames}, {report.frame_count} frames, {sizes}"
    )


def _sizes(sizes_hw: Sequence[tuple[int, int]]) -> str:
    """All of a few; of many, as a folder of pictures has them, the ends."""
    told = [f"{width}x{height}" for height, width in sorted(sizes_hw, key=math.prod)]
    return ", ".join(told) if len(told) <= _FEW else f"{len(told)} sizes from {told[0]} to {told[-1]}"


def host_line(host: HostInfo) -> str:
    """The machine in a line."""
    cores = f"{host.usable_cores} of {host.logical_cores} cores"
    parts = [host.board or host.cpu, host.gpu, cores, " ".join(host.instructions), host.os]
    packages = (f"{name} {version}" for name, version in host.packages.items())
    return ", ".join([*(part for part in parts if part), f"Python {host.python}", *packages])


def thread_words(count: int) -> str:
    """So many threads."""
    return "1 thread" if count == 1 else f"{count} threads"


def _batch_words(report: BenchReport) -> str:
    batched = any(artifact.batch > 1 for artifact in report.artifacts)
    return "; of a batch, a turn: its frames one after the other" if batched else ""


def artifact_line(name: str, artifact: ArtifactTimes) -> str:
    height, width = artifact.input_hw
    threads = "" if artifact.threads is None else f", {thread_words(artifact.threads)}"
    return (
        f"{name}: {artifact.engine} on {artifact.device}, {artifact.precision}{threads}, input {width}x{height}, "
        f"{artifact.size_bytes / 1e6:.2f} MB, sha256 {artifact.sha256[:12]}"
    )


def _stages(report: BenchReport, names: Sequence[str]) -> Table:
    table = _table(*FIGURES)
    for name, artifact in zip(names, report.artifacts, strict=True):
        table.add_row(Text(name))
        for stage in artifact.stages:
            table.add_row(f"  {stage.name}", *(of(stage) for of in FIGURES.values()))
        table.add_section()
    return table


def _resources(report: BenchReport, names: Sequence[str]) -> Iterator[Table]:
    """What is known besides times, in tables of a few columns each."""
    known = list(cells(report.artifacts, RESOURCES).items())
    for start in range(0, len(known), _ABREAST):
        chosen = known[start : start + _ABREAST]
        table = _table(*(name for name, _ in chosen))
        for row, name in enumerate(names):
            table.add_row(Text(name), *(column[row] or "-" for _, column in chosen))
        yield table


def limit_lines(report: BenchReport, names: Sequence[str]) -> Iterator[str]:
    """The roofline in words, and the three levels of the network that take most time."""
    for peak in report.peaks:
        whole = "no int8 kernel" if peak.int8_gmacs is None else f"{peak.int8_gmacs:.1f} in int8"
        copies = ", ".join(f"{speed:.1f} GB/s by {size >> 10} KiB" for size, speed in peak.copies)
        yield (
            f"peak here, {thread_words(peak.threads)}: {peak.float_gmacs:.1f} billion multiply-adds/s in float32, "
            f"{whole}; copies {copies}"
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
            yield f"{name}: most time in {told} (its engine's own profiler)"


def _ratios(report: BenchReport, names: Sequence[str]) -> Table:
    table = _table("median", "95 % interval", "middle half", "")
    shown = ""
    for name, stage, *figures in ratio_rows(report, names):
        if name != shown:
            table.add_row(Text(name))
            shown = name
        table.add_row(f"  {stage}", *figures)
    return table


def _table(*columns: str) -> Table:
    """A table narrow enough for 80 columns with the exporter's file names; long names fold."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    table.add_column("model", overflow="fold")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


@dataclass(frozen=True)
class _Uncut:
    """A table as wide as the terminal, or wider: a line that wraps can be read, a figure that is cut cannot."""

    table: Table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        names = self.table.columns[0]
        names.width = _NAME_WIDTH
        least = Measurement.get(console, options.update(width=1 << 16), self.table).maximum
        names.width = None
        yield from console.render(self.table, options.update(width=max(options.max_width, least)))

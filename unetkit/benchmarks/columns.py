"""The columns that every form of a report shares: terminal, Markdown, CSV, HTML."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from unetkit.benchmarks.report import ArtifactTimes, BenchReport
from unetkit.benchmarks.scale import Throughput
from unetkit.runtime.latency import StageStats

Cell = Callable[[ArtifactTimes], str | None]


def milliseconds(value: float) -> str:
    """Two digits behind the point where they matter; a dash for NaN."""
    if math.isnan(value):
        return "-"
    return f"{value:.2f}" if value < 100 else f"{value:.1f}"


FIGURES: Mapping[str, Callable[[StageStats], str]] = {
    "n": lambda stage: str(stage.n),
    "mean": lambda stage: milliseconds(stage.mean_ms),
    "p50": lambda stage: milliseconds(stage.p50_ms),
    "p90": lambda stage: milliseconds(stage.p90_ms),
    "p95": lambda stage: milliseconds(stage.p95_ms),
    "p99": lambda stage: milliseconds(stage.p99_ms),
    "max": lambda stage: milliseconds(stage.max_ms),
    "jitter": lambda stage: milliseconds(stage.jitter_ms),
}

RESOURCES: Mapping[str, Cell] = {
    "CPU ms": lambda each: milliseconds(each.usage.cpu_ms) if each.usage else None,
    "cores": lambda each: f"{each.usage.cores:.2f}" if each.usage else None,
    "energy mJ": lambda each: f"{each.usage.energy_mj:.1f}" if each.usage and each.usage.energy_mj else None,
    "load ms": lambda each: f"{each.cold.load_ms:.0f}" if each.cold else None,
    "first ms": lambda each: f"{each.cold.first_inference_ms:.1f}" if each.cold else None,
    "start ms": lambda each: f"{each.cold.total_ms:.0f}" if each.cold else None,
    "memory MB": lambda each: _megabytes(each.cold.memory_steady_bytes) if each.cold else None,
    "peak MB": lambda each: _megabytes(each.cold.memory_peak_bytes) if each.cold else None,
    "GPU MB": lambda each: _megabytes(each.cold.gpu_memory_bytes) if each.cold else None,
    "limit": lambda each: f"{each.roofline.share:.0%}" if each.roofline else None,
    "mIoU": lambda each: f"{each.accuracy.miou:.4f}" if each.accuracy else None,
}


def cells(artifacts: Sequence[ArtifactTimes], columns: Mapping[str, Cell]) -> dict[str, list[str | None]]:
    """The columns of which something is known, a cell an artifact."""
    filled = {name: [of(artifact) for artifact in artifacts] for name, of in columns.items()}
    return {name: column for name, column in filled.items() if any(column)}


def ratio_rows(report: BenchReport, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Name, stage, median, interval, middle half, verdict."""
    stages = len(report.ratios) // max(1, len(names) - 1)
    for row, ratio in enumerate(report.ratios):
        name = names[1 + row // stages]
        if math.isnan(ratio.median):
            yield name, ratio.stage, "-", "-", "-", ratio.verdict
            continue
        interval, half = (f"{low:.2f} to {high:.2f}" for low, high in ((ratio.low, ratio.high), (ratio.q1, ratio.q3)))
        yield name, ratio.stage, f"{ratio.median:.2f}", interval, half, ratio.verdict


THROUGHPUT_HEAD = ("model", "sources", "frames/s", "turns", "p50 ms", "p99 ms")


def throughput_rows(found: Sequence[Throughput]) -> Iterator[tuple[str, ...]]:
    """Several sources at once, under `THROUGHPUT_HEAD`."""
    paths = {each.path for each in found}
    short = len({Path(path).name for path in paths}) == len(paths)
    for each in found:
        name = Path(each.path).name if short else each.path
        turns = f"{each.lowest:.1f} to {each.highest:.1f}"
        times = milliseconds(each.end_to_end.p50_ms), milliseconds(each.end_to_end.p99_ms)
        yield name, str(each.sources), f"{each.frames_per_s:.1f}", turns, *times


def _megabytes(count: int | None) -> str | None:
    return None if count is None else f"{count / 1e6:.0f}"

"""What each plot of the page shows of a report; empty text where there is nothing to show."""

from collections.abc import Sequence
from pathlib import Path

from unetkit.benchmarks.operators import by_level
from unetkit.benchmarks.page.svg import Bar, Series, bars, histograms, plot
from unetkit.benchmarks.report import BenchReport

_WHOLE = "end_to_end"


def stage_plot(report: BenchReport, names: Sequence[str]) -> str:
    """A bar an artifact: the means of its stages, which add up as medians would not."""
    rows = [
        Bar(name=name, parts=[(stage.name, stage.mean_ms) for stage in artifact.stages if stage.name != _WHOLE])
        for name, artifact in zip(names, report.artifacts, strict=True)
    ]
    return bars("mean time of each stage", rows, unit="ms")


def distribution_plot(report: BenchReport, names: Sequence[str]) -> str:
    """Every end-to-end sample."""
    rows = [
        (name, [sample / 1e6 for sample in artifact.samples_ns.get(_WHOLE, ()) if sample > 0])
        for name, artifact in zip(names, report.artifacts, strict=True)
    ]
    return histograms("distribution of end-to-end times", rows, unit="ms")


def thread_plot(report: BenchReport) -> str:
    """A line for each file and engine that was measured with several numbers of threads."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for artifact in report.artifacts:
        if artifact.threads is not None and artifact.batch == 1:
            name = f"{Path(artifact.path).name}, {artifact.engine}"
            lines.setdefault(name, []).append((artifact.threads, artifact.stage("infer").p50_ms))
    series = [
        Series(name=name, points=sorted(points), tone=tone)
        for tone, (name, points) in enumerate(lines.items())
        if len(points) > 1
    ]
    counts = sorted({threads for each in series for threads, _ in each.points})
    title = "inference time over threads"
    return plot(title, series, x="threads", y="infer p50, ms", x_ticks=counts) if series else ""


def accuracy_plot(report: BenchReport, names: Sequence[str]) -> str:
    """MIoU over end-to-end time, and the front of what nothing beats in both."""
    points = [
        (name, artifact.stage(_WHOLE).p50_ms, artifact.accuracy.miou)
        for name, artifact in zip(names, report.artifacts, strict=True)
        if artifact.accuracy is not None
    ]
    if not points:
        return ""
    front = pareto([(time_ms, miou) for _, time_ms, miou in points])
    series = [
        Series(name="not beaten in both", points=front, tone=None, marked=False),
        *(Series(name=name, points=[(time_ms, miou)], tone=tone) for tone, (name, time_ms, miou) in enumerate(points)),
    ]
    return plot("accuracy against latency", series, x="end to end p50, ms", y="mIoU", log_x=True, y_least=0.02)


def pareto(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Those of (time, accuracy) for which no other is both as fast and more accurate, or faster and as accurate."""
    front: list[tuple[float, float]] = []
    for time_ms, accuracy in sorted(points, key=lambda point: (point[0], -point[1])):
        if not front or accuracy > front[-1][1]:
            front.append((time_ms, accuracy))
    return front


def roofline_plot(report: BenchReport, names: Sequence[str]) -> str:
    """Multiply-adds a second over multiply-adds a byte, with a roof for each peak; both axes logarithmic."""
    known = [
        (name, artifact.roofline)
        for name, artifact in zip(names, report.artifacts, strict=True)
        if artifact.roofline is not None
    ]
    if not known or not report.peaks:
        return ""
    intensities = [line.intensity for _, line in known]
    roofs: list[Series] = []
    for peak in report.peaks:
        speed = peak.copies[-1][1]
        for words, flat in (("float32", peak.float_gmacs), ("int8", peak.int8_gmacs)):
            if flat:
                ridge = flat / speed
                start, end = min(0.1, *intensities, ridge / 4), max(*intensities, ridge) * 4
                name = f"{words} peak, {peak.threads} thread{'' if peak.threads == 1 else 's'}"
                corners = [(start, start * speed), (ridge, flat), (end, flat)]
                roofs.append(Series(name=name, points=corners, tone=None, marked=False, named_at=2))
    dots = [
        Series(name=name, points=[(line.intensity, line.gmacs)], tone=tone, joined=False)
        for tone, (name, line) in enumerate(known)
    ]
    x, y = "multiply-adds a byte moved", "billion multiply-adds/s"
    return plot("roofline", [*roofs, *dots], x=x, y=y, log_x=True, log_y=True)


def operator_plot(report: BenchReport, names: Sequence[str]) -> str:
    """A bar an artifact: its levels in the order of the network, like a flame cut off after its first row."""
    rows = [
        Bar(name=name, parts=[(level, mean_us / 1e3) for level, mean_us in by_level(artifact.operators).items()])
        for name, artifact in zip(names, report.artifacts, strict=True)
        if artifact.operators
    ]
    return bars("time of each level of the network", rows, unit="ms") if rows else ""

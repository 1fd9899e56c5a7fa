"""The page: what ran where, the plots, and every figure in tables."""

from collections.abc import Iterator, Sequence
from html import escape

from unetkit.benchmarks.columns import FIGURES, RESOURCES, THROUGHPUT_HEAD, cells, ratio_rows, throughput_rows
from unetkit.benchmarks.naming import names_of
from unetkit.benchmarks.page.plots import (
    accuracy_plot,
    distribution_plot,
    operator_plot,
    roofline_plot,
    stage_plot,
    thread_plot,
)
from unetkit.benchmarks.page.style import STYLE
from unetkit.benchmarks.report import BenchReport
from unetkit.benchmarks.table import artifact_line, header, limit_lines

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page_of(report: BenchReport) -> str:
    """One HTML page that loads nothing from anywhere."""
    names = names_of(report.artifacts)
    body = "\n".join(_sections(report, names))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>unetkit bench: {escape(names[0])}{" and others" if len(names) > 1 else ""}</title>
<style>{STYLE}</style>
</head>
<body><main>
{body}
</main></body>
</html>
"""


def _sections(report: BenchReport, names: Sequence[str]) -> Iterator[str]:
    host, frames = header(report)
    yield f'<h1>Latency on {escape(report.host.board or report.host.cpu)}</h1><p class="lead">{escape(host)}</p>'
    yield f'<p class="lead">{escape(frames)}. unetkit {escape(report.version)}, {escape(report.taken)}</p>'
    yield from (f'<p class="note">{escape(note)}</p>' for note in report.notes)
    yield '<div class="pair">'
    yield _card(
        "Where a frame's time goes", "Mean of each stage, frame in hand to drawn picture.", stage_plot(report, names)
    )
    words = "End to end, every sample; lines at the median and the 99th percentile. The axis is logarithmic."
    yield _card("How steady it is", words, distribution_plot(report, names))
    if plot := accuracy_plot(report, names):
        yield _card("Accuracy against latency", "The line joins what nothing beats in both.", plot)
    if plot := thread_plot(report):
        yield _card("Threads", "Median inference on so many threads.", plot)
    if plot := roofline_plot(report, names):
        words = "Multiply-adds a second reached, under the roofs of this machine's measured peak and copying speed."
        yield _card("The machine's limit", words, plot)
    if plot := operator_plot(report, names):
        yield _card("Where in the network", "By resolution of the U-Net, from the engine's own profiler.", plot)
    yield "</div>"
    yield _card("Milliseconds", "", _table(("model", "stage", *FIGURES), _stage_rows(report, names)))
    columns = cells(report.artifacts, RESOURCES)
    if columns:
        rows = [(name, *(column[row] or "–" for column in columns.values())) for row, name in enumerate(names)]
        yield _card("Besides time", "", _table(("model", *columns), rows))
    if report.ratios:
        words = f"Time a frame as a share of {names[0]}'s in the same round; below 1 is faster."
        head = ("model", "stage", "median", "95 % interval", "middle half", "verdict")
        yield _card("Ratios", words, _table(head, ratio_rows(report, names)))
    if report.throughputs:
        words = "Frames a second of all sources together, a thread each; milliseconds of a frame, end to end."
        yield _card("Several sources at once", words, _table(THROUGHPUT_HEAD, throughput_rows(report.throughputs)))
    lines = [*(artifact_line(*pair) for pair in zip(names, report.artifacts, strict=True)), *limit_lines(report, names)]
    yield _card("What ran", "", "".join(f"<p>{escape(line)}</p>" for line in lines))


def _stage_rows(report: BenchReport, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for name, artifact in zip(names, report.artifacts, strict=True):
        for stage in artifact.stages:
            yield (name, stage.name, *(of(stage) for of in FIGURES.values()))


def _card(title: str, words: str, inside: str) -> str:
    lead = f'<p class="lead">{escape(words)}</p>' if words else ""
    return f'<section class="card"><h2>{escape(title)}</h2>{lead}{inside}</section>'


def _table(head: Sequence[str], rows: Sequence[Sequence[str]] | Iterator[Sequence[str]]) -> str:
    columns = "".join(f"<th>{escape(each)}</th>" for each in head)
    lines = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{columns}</tr>{lines}</table></div>'

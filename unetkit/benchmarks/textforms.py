"""A report as CSV and as Markdown."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields

from unetkit.benchmarks.columns import FIGURES, RESOURCES, THROUGHPUT_HEAD, cells, ratio_rows, throughput_rows
from unetkit.benchmarks.naming import names_of
from unetkit.benchmarks.report import BenchReport
from unetkit.benchmarks.table import header, limit_lines
from unetkit.runtime.latency import StageStats

_OWN = ("path", "sha256", "engine", "device", "precision", "threads", "batch")
_STATS = tuple(item.name for item in fields(StageStats) if item.name != "name")
_CSV = ("host", *_OWN, "miou", "limit_share", "stage", *_STATS, "sources", "frames_per_s")


def csv_of(report: BenchReport) -> str:
    """A line for each artifact and stage, the machine in each; figures as they are, nothing rounded.

    Several sources at once are lines of their own, end to end, with the frames a second of all together.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, _CSV, lineterminator="\n", restval="")
    writer.writeheader()
    host = report.host.board or report.host.cpu
    for artifact in report.artifacts:
        own = {name: getattr(artifact, name) for name in _OWN}
        miou = artifact.accuracy.miou if artifact.accuracy else ""
        share = artifact.roofline.share if artifact.roofline else ""
        for stage in artifact.stages:
            known = {"host": host, "miou": miou, "limit_share": share}
            writer.writerow({**known, **own, **_stats(stage)})
    for each in report.throughputs:
        own = {"path": each.path, "engine": each.engine, "threads": 1}
        rate = {"sources": each.sources, "frames_per_s": each.frames_per_s}
        writer.writerow({"host": host, **own, **rate, **_stats(each.end_to_end)})
    return text.getvalue()


def _stats(stage: StageStats) -> dict[str, str | float]:
    return {"stage": stage.name, **{name: getattr(stage, name) for name in _STATS}}


def markdown_of(report: BenchReport) -> str:
    """Tables to paste into a page, with what they were taken on."""
    return "\n\n".join(_blocks(report)) + "\n"


def _blocks(report: BenchReport) -> Iterator[str]:
    names = names_of(report.artifacts)
    yield "\n".join(f"- {line}" for line in (*header(report), *report.notes, *limit_lines(report, names)))
    stages = (
        (name, stage.name, *(of(stage) for of in FIGURES.values()))
        for name, artifact in zip(names, report.artifacts, strict=True)
        for stage in artifact.stages
    )
    yield markdown_table(("model", "stage, ms", *FIGURES), stages)
    columns = cells(report.artifacts, RESOURCES)
    if columns:
        rows = [(name, *(column[row] or "-" for column in columns.values())) for row, name in enumerate(names)]
        yield markdown_table(("model", *columns), rows)
    if report.ratios:
        head = (f"share of {names[0]}", "stage", "median", "95 % interval", "middle half", "verdict")
        yield markdown_table(head, ratio_rows(report, names))
    if report.throughputs:
        yield markdown_table(THROUGHPUT_HEAD, throughput_rows(report.throughputs))


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A pipe table; a bar in a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)

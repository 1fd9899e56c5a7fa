"""A benchmark's report."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unetkit.contract.publish import publish_text
from unetkit.terminal import console

if TYPE_CHECKING:
    from unetkit.benchmarks.bench import BenchReport
    from unetkit.benchmarks.comparison import Comparison
    from unetkit.benchmarks.peers.race import PeersReport
    from unetkit.benchmarks.scale import Throughput


def show_bench(report: "BenchReport") -> None:
    from unetkit.benchmarks.table import render

    console.results.print(render(report))


def write_bench(
    report: "BenchReport",
    *,
    json_file: Path | None,
    csv_file: Path | None,
    markdown_file: Path | None,
    html_file: Path | None,
) -> None:
    """Write the report in each form that has a file."""
    from unetkit.benchmarks.page.document import page_of
    from unetkit.benchmarks.textforms import csv_of, markdown_of

    forms: tuple[tuple[Path | None, Callable[[], str]], ...] = (
        (json_file, lambda: json.dumps(report.to_dict(), indent=1, allow_nan=False)),
        (csv_file, lambda: csv_of(report)),
        (markdown_file, lambda: markdown_of(report)),
        (html_file, lambda: page_of(report)),
    )
    for path, text in forms:
        if path is not None:
            publish_text(path, text())
            console.results.print(f"written to {path}")


def show_merged(reports: "Sequence[BenchReport]", markdown_file: Path | None) -> None:
    """The table across devices, milliseconds."""
    from unetkit.benchmarks.merging import HEAD, merged_rows
    from unetkit.benchmarks.textforms import markdown_table

    rows = merged_rows(reports)
    table = console.table(*HEAD)
    for row in rows:
        table.add_row(*row)
    console.print_whole(table)
    if markdown_file is not None:
        publish_text(markdown_file, markdown_table(HEAD, rows) + "\n")
        console.results.print(f"written to {markdown_file}")


def show_comparison(comparison: "Comparison") -> None:
    taken = f" of {comparison.taken}" if comparison.taken else ""
    runs = "" if comparison.runs == 1 else f", {comparison.runs} runs together"
    console.results.print(
        f"time as a share of that in {comparison.baseline}{taken}, the machine's pace taken out{runs}"
    )
    table = console.table("model", "stage", "ratio", "95 % interval", "machine", "verdict")
    for change in comparison.changes:
        machine = "not known" if change.machine is None else f"{change.machine:.2f}"
        span = f"{change.low:.2f} to {change.high:.2f}"
        table.add_row(change.name, change.stage, f"{change.ratio:.2f}", span, machine, change.verdict)
    console.print_whole(table)
    for name in comparison.new:
        console.results.print(f"{name} is not in {comparison.baseline}")
    if comparison.doubt:
        console.results.print(comparison.doubt)


def show_unsettled(comparison: "Comparison") -> None:
    """A notice that a run does not settle it: what seems slower is measured again before anybody is told that it is."""
    told = ", ".join(
        f"{change.name} {change.stage} {change.ratio:.2f} times: {change.verdict}" for change in comparison.unsettled
    )
    console.notices.print(f"against {comparison.baseline}, at first sight: {told}; measuring once more")


def show_throughput(found: "Sequence[Throughput]") -> None:
    """Frames a second of several sources at once."""
    from unetkit.benchmarks.columns import THROUGHPUT_HEAD, throughput_rows

    console.results.print("\nseveral sources at once, a thread each")
    table = console.table(*THROUGHPUT_HEAD)
    for row in throughput_rows(found):
        table.add_row(*row)
    console.print_whole(table)


def show_peers(report: "PeersReport", *, json_file: Path | None, markdown_file: Path | None) -> None:
    """One table, milliseconds; then who was not measured, and why."""
    from unetkit.benchmarks.peers.table import PEER_HEAD, absent_lines, peer_rows
    from unetkit.benchmarks.table import host_line, thread_words
    from unetkit.benchmarks.textforms import markdown_table

    rows, absent = tuple(peer_rows(report)), absent_lines(report)
    frames = f"{report.rounds} turns of 5 frames each, a process each, {thread_words(report.threads)}"
    scored = f"; {report.split} split of {report.data}" if report.data else ""
    lines = [host_line(report.host), frames + scored]
    for line in lines:
        console.results.print(line)
    table = console.table(*PEER_HEAD)
    for row in rows:
        table.add_row(*row)
    console.print_whole(table)
    for line in absent:
        console.results.print(line)
    if json_file is not None:
        publish_text(json_file, json.dumps(report.to_dict(), indent=1, allow_nan=False))
        console.results.print(f"written to {json_file}")
    if markdown_file is not None:
        told = "\n".join(f"- {line}" for line in [*lines, *absent])
        publish_text(markdown_file, f"{told}\n\n{markdown_table(PEER_HEAD, rows)}\n")
        console.results.print(f"written to {markdown_file}")

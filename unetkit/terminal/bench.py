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
    from unetkit.benchmarks.peers.race import PeerResult, PeersReport


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
    console.results.print(f"time as a share of that in {comparison.baseline}{taken}, the machine's pace taken out")
    table = console.table("model", "stage", "ratio", "95 % interval", "machine", "verdict")
    for change in comparison.changes:
        machine = "not known" if change.machine is None else f"{change.machine:.2f}"
        span = f"{change.low:.2f} to {change.high:.2f}"
        table.add_row(change.name, change.stage, f"{change.ratio:.2f}", span, machine, change.verdict)
    console.print_whole(table)
    for name in comparison.new:
        console.results.print(f"{name} is not in {comparison.baseline}")


PEER_HEAD = (
    *("peer", "mIoU", "infer p50", "end to end p50", "p99", "times ours", "95 % interval"),
    *("load ms", "memory MB", "peak MB", "install MB"),
)


def show_peers(report: "PeersReport", *, json_file: Path | None, markdown_file: Path | None) -> None:
    """One table, milliseconds; then who was not measured, and why."""
    from unetkit.benchmarks.table import host_line
    from unetkit.benchmarks.textforms import markdown_table

    measured = [peer for peer in report.peers if not peer.reason]
    rows = [_peer_row(peer) for peer in measured]
    absent = [f"{peer.name} ({peer.what}): {peer.reason}" for peer in report.peers if peer.reason]
    frames = f"{report.rounds} turns of 5 frames each, a process each, {report.threads} threads"
    scored = f"; {report.split} split of {report.data}" if report.data else ""
    lines = [host_line(report.host), frames + scored]
    for line in lines:
        console.results.print(line)
    table = console.table(*PEER_HEAD)
    for row in rows:
        table.add_row(*row)
    console.print_whole(table)
    for line in absent:
        console.results.print(f"not measured: {line}")
    if json_file is not None:
        publish_text(json_file, json.dumps(report.to_dict(), indent=1, allow_nan=False))
        console.results.print(f"written to {json_file}")
    if markdown_file is not None:
        told = "\n".join(f"- {line}" for line in [*lines, *(f"not measured: {line}" for line in absent)])
        publish_text(markdown_file, f"{told}\n\n{markdown_table(PEER_HEAD, rows)}\n")
        console.results.print(f"written to {markdown_file}")


def _peer_row(peer: "PeerResult") -> tuple[str, ...]:
    stages = {stage.name: stage for stage in peer.stages}
    whole, ratio = stages["end_to_end"], peer.ratio
    times = (stages["infer"].p50_ms, whole.p50_ms, whole.p99_ms)
    megabytes = ("-" if each is None else f"{each / 1e6:.0f}" for each in _sizes(peer))
    return (
        peer.name,
        "-" if peer.miou is None else f"{peer.miou:.4f}",
        *(f"{value:.2f}" for value in times),
        "-" if ratio is None else f"{ratio.median:.2f}",
        "-" if ratio is None else f"{ratio.low:.2f} to {ratio.high:.2f}",
        "-" if peer.load_ms is None else f"{peer.load_ms:.0f}",
        *megabytes,
    )


def _sizes(peer: "PeerResult") -> tuple[int | None, ...]:
    return peer.memory_bytes, peer.peak_bytes, peer.install_bytes

"""A benchmark's report."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from unetkit.contract.publish import publish_text
from unetkit.terminal import console

if TYPE_CHECKING:
    from unetkit.benchmarks.bench import BenchReport
    from unetkit.benchmarks.comparison import Comparison


def show_bench(report: "BenchReport", json_file: Path | None = None) -> None:
    from unetkit.benchmarks.table import render

    console.results.print(render(report))
    if json_file is not None:
        publish_text(json_file, json.dumps(report.to_dict(), indent=1, allow_nan=False))
        console.results.print(f"written to {json_file}")


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

"""A benchmark's report."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from unetkit.contract.publish import publish_text
from unetkit.terminal import console

if TYPE_CHECKING:
    from unetkit.benchmarks.bench import BenchReport


def show_bench(report: "BenchReport", json_file: Path | None = None) -> None:
    from unetkit.benchmarks.table import render

    console.results.print(render(report))
    if json_file is not None:
        publish_text(json_file, json.dumps(report.to_dict(), indent=1, allow_nan=False))
        console.results.print(f"written to {json_file}")

"""`unetkit bench` in a process of its own, as a user would start it."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from unetkit.benchmarks.report import BenchReport
from unetkit.errors import DeviceError

Attend = Callable[["subprocess.Popen[str]"], None]


def bench_command(
    paths: Sequence[Path], options: Sequence[str] = (), *, attend: Attend = lambda _: None
) -> tuple[BenchReport, float]:
    """Run it to its end.

    Args:
        paths: artifacts.
        options: of the command.
        attend: given the process as soon as it runs.

    Returns:
        Its report, and the seconds from its start to its end.

    Raises:
        DeviceError: the process failed.
    """
    with tempfile.TemporaryDirectory(prefix="unetkit-bench-") as folder:
        file = Path(folder) / "report.json"
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "unetkit", "bench", *map(str, paths), "--json", str(file), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        attend(process)
        _, said = process.communicate()
        seconds = time.perf_counter() - start
        if process.returncode != 0:
            last = said.strip().splitlines()[-1:] or ["no word"]
            raise DeviceError(f"unetkit bench in a process of its own ended with {process.returncode}: {last[0][:300]}")
        return BenchReport.from_dict(json.loads(file.read_text(encoding="utf-8"))), seconds

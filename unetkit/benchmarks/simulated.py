"""This machine made smaller: by affinity, and by standing still for a share of every tenth of a second.

Standing still is what a container's CPU quota does to a process (kernel: sched-bwc.rst). A simulation of a slow device,
not a slow device: its caches, memory and instructions are still this machine's.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from unetkit.benchmarks.benchcommand import bench_command
from unetkit.benchmarks.report import BenchReport
from unetkit.errors import DeviceError, UsageError

_PERIOD_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How small.

    Attributes:
        cores: that the process may use.
        share: of the time in which it runs.
    """

    cores: int
    share: float = 1.0

    def __str__(self) -> str:
        return f"{self.cores * self.share:g} cores" if self.share < 1 or self.cores > 1 else "1 core"


def bench_under(limit: Limit, paths: Sequence[Path], *, seconds: float) -> BenchReport:
    """`unetkit bench` in a process that is held to a limit.

    Args:
        limit: of the process, from its start.
        paths: artifacts.
        seconds: each.

    Raises:
        UsageError: more cores than there are, or a share outside (0, 1].
        DeviceError: this system has no affinity or no stop signals, or the process failed.
    """
    if not hasattr(os, "sched_setaffinity"):
        raise DeviceError("this system cannot hold a process to some of its cores; run it on Linux")
    allowed = sorted(os.sched_getaffinity(0))
    if not 1 <= limit.cores <= len(allowed) or not 0 < limit.share <= 1:
        raise UsageError(f"{limit.cores} cores for a share of {limit.share}: this machine has {len(allowed)} cores")

    def hold(process: "subprocess.Popen[str]") -> None:
        os.sched_setaffinity(process.pid, allowed[: limit.cores])
        stop_and_go(process, limit.share)

    options = ("--duration", str(seconds), "--no-cold", "--no-limits", "--threads", str(limit.cores))
    report, _ = bench_command(paths, options, attend=hold)
    return report


def stop_and_go(process: "subprocess.Popen[str]", share: float, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Until the process ends: let it run for its share of every period, and stop it for the rest."""
    while process.poll() is None:
        sleep(_PERIOD_S * share)
        if share < 1 and process.poll() is None:
            process.send_signal(signal.SIGSTOP)
            sleep(_PERIOD_S * (1 - share))
            process.send_signal(signal.SIGCONT)

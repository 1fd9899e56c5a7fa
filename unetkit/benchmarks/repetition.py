"""`unetkit bench` again and again, until it had a quiet machine five times: what a figure of it is worth.

Whether the machine was quiet is told by the yardstick and by the system, never by the figure itself: a neighbour on the
same host slows a virtual machine, and no account in it says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np

from unetkit.benchmarks.benchcommand import bench_command
from unetkit.benchmarks.report import BenchReport

WANTED = 5
_MOST = 40
_PACE_KEPT = 1.05  # of half the run's stretches, times its fastest one
_OTHERS_CORES = 0.05
Command = Callable[[list[Path]], tuple[BenchReport, float]]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One command.

    Attributes:
        report: what it wrote.
        seconds: from its start to its end.
    """

    report: BenchReport
    seconds: float

    @property
    def pace(self) -> float:
        """The machine's time for the yardstick in the median stretch of half a second, times that in the fastest."""
        samples_ns = np.asarray(self.report.yardsticks[0].samples_ns, np.float64)
        ends = list(accumulate(stretch.rounds for stretch in self.report.stretches))[:-1]
        medians = [float(np.median(part)) for part in np.split(samples_ns, ends) if part.size]
        return float(np.median(medians)) / min(medians)

    @property
    def others_cores(self) -> float | None:
        """Processors that other programs kept busy; None where the system does not tell."""
        return None if self.report.conditions is None else self.report.conditions.others_cores

    @property
    def quiet(self) -> bool:
        """Whether the machine kept its pace and nobody else was seen at work."""
        return self.pace <= _PACE_KEPT and (self.others_cores or 0.0) <= _OTHERS_CORES

    @property
    def infer_p50_ms(self) -> float:
        return self.report.artifacts[0].stage("infer").p50_ms


def repeated(path: Path, *, tell: Callable[[str], None], command: Command = bench_command) -> tuple[Run, ...]:
    """Run it until five of the runs were quiet, at most forty times.

    Args:
        path: the artifact.
        tell: told which run comes next.
        command: for tests.

    Returns:
        All runs, in their order.
    """
    runs: list[Run] = []
    while len(runs) < _MOST and sum(run.quiet for run in runs) < WANTED:
        tell(f"unetkit bench {path.name}, run {len(runs) + 1}, {sum(run.quiet for run in runs)} of {WANTED} quiet ones")
        report, seconds = command([path])
        runs.append(Run(report=report, seconds=seconds))
    return tuple(runs)


def spread(runs: tuple[Run, ...]) -> float:
    """From the lowest to the highest p50 of the inference, as a share of the lowest; of at least one run."""
    medians = [run.infer_p50_ms for run in runs]
    return max(medians) / min(medians) - 1

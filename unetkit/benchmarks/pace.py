"""How long an artifact takes by the yardstick, in the half seconds of a run that other programs left alone.

A program beside the run slows a network and the yardstick, but not by quite the same: two threads wait for each other
where one is kept waiting, and what stands still between two stages loses its caches. Half seconds in which nothing
else ran have no such part. Where there are too few of them the fastest turns of all are taken, which other programs
touch least (Chen and Revels 2016, "Robust benchmarking in noisy environments"), and what is left of their part is
allowed for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from unetkit.benchmarks.conditions import Stretch
from unetkit.benchmarks.ratio import interval, resampled_medians
from unetkit.benchmarks.report import ArtifactTimes, BenchReport

FEWEST_CALM = 4  # half seconds
_BUSY = 0.075  # of the processors' time; the account of half a second is right to about 0.02
_FASTEST = 10  # percent
_ONE_THREAD, _SEVERAL_THREADS = 1.3, 2.0  # other programs did 1.27 and 1.83 to the fastest turns (docs/benchmarks.md)
_SEEDS = 0, 1  # the two runs are resampled apart


@dataclass(frozen=True, kw_only=True)
class Piece:
    """An artifact's stage during a stretch.

    Attributes:
        times_ns: float64 (rounds,).
        yardstick_ns: float64 (rounds,); ones where there is no yardstick for it.
        calm: nothing else ran, as far as the system tells.
    """

    times_ns: NDArray[np.float64]
    yardstick_ns: NDArray[np.float64]
    calm: bool

    @property
    def usual(self) -> float:
        """Median over the rounds of the time by the yardstick's in the same round."""
        return float(np.median(self.times_ns / self.yardstick_ns))

    @property
    def fastest(self) -> float:
        """The fastest tenth by the yardstick's."""
        return float(np.percentile(self.times_ns, _FASTEST) / np.percentile(self.yardstick_ns, _FASTEST))


@dataclass(frozen=True, kw_only=True)
class PaceRatio:
    """Time by the yardstick now as a share of then.

    Attributes:
        ratio: the estimate.
        low: lower end of its 95 % interval, with what other programs may have done allowed for.
        high: its upper end.
        calm: from half seconds that other programs left alone, and nothing had to be allowed for.
    """

    ratio: float
    low: float
    high: float
    calm: bool


def is_calm(stretch: Stretch, cores: int) -> bool:
    """Whether other programs left it alone; of a system that does not tell, it is taken to be so.

    Args:
        stretch: half a second of a run.
        cores: processors of the system.
    """
    return stretch.others_cores is None or stretch.others_cores <= _BUSY * cores


def pieces(report: BenchReport, artifact: ArtifactTimes, stage: str) -> Iterator[Piece]:
    """A stage by stretches.

    Args:
        report: of the run.
        artifact: of the report.
        stage: of the artifact.
    """
    times_ns = np.maximum(np.asarray(artifact.samples_ns[stage], np.float64), 1)
    yardstick_ns = yardstick_of(artifact, report)
    paces_ns = np.ones_like(times_ns) if yardstick_ns is None else yardstick_ns
    ends = accumulate(stretch.rounds for stretch in report.stretches)
    for stretch, end in zip(report.stretches, ends, strict=True):
        rounds = slice(end - stretch.rounds, end)
        yield Piece(
            times_ns=times_ns[rounds],
            yardstick_ns=paces_ns[rounds],
            calm=is_calm(stretch, report.host.logical_cores),
        )


def yardstick_of(artifact: ArtifactTimes, report: BenchReport) -> NDArray[np.float64] | None:
    """Nanoseconds of the yardstick on the artifact's threads, a round each, float64 (rounds,).

    None without one that can speak for its device.
    """
    if artifact.device != "CPU":
        return None
    cores = report.host.usable_cores
    threads = min(artifact.threads or cores, cores)
    found = next((each for each in report.yardsticks if each.threads == threads), None)
    return None if found is None else np.maximum(np.asarray(found.samples_ns, np.float64), 1)


def pace_ratio(now: Sequence[Piece], then: Sequence[Piece], *, threads: int | None) -> PaceRatio:
    """Now against then, each a median over stretches; the interval is by how stretches differ.

    Args:
        now: at least one.
        then: at least one.
        threads: inference threads; None where the engine decides.
    """
    calm = all(sum(piece.calm for piece in run) >= FEWEST_CALM for run in (now, then))
    values = [
        np.array([piece.usual for piece in run if piece.calm] if calm else [piece.fastest for piece in run])
        for run in (now, then)
    ]
    medians = [resampled_medians(each, seed=seed) for each, seed in zip(values, _SEEDS, strict=True)]
    low, high = interval(medians[0] / medians[1])
    allowed = 1.0 if calm else _ONE_THREAD if threads == 1 else _SEVERAL_THREADS
    ratio = float(np.median(values[0]) / np.median(values[1]))
    return PaceRatio(ratio=ratio, low=low / allowed, high=high * allowed, calm=calm)

"""A run held against an earlier one on the same machine: did a model become slower, or only the machine?

Every time is divided by the yardstick's in the same round, on as many threads. What slows the whole machine, another
program or a lower clock, slows both; what slows a model or its engine does not slow the yardstick.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.benchmarks.bench import COMPARED
from unetkit.benchmarks.naming import names_of
from unetkit.benchmarks.ratio import interval, resampled_medians
from unetkit.benchmarks.report import ArtifactTimes, BenchReport
from unetkit.benchmarks.yardstick import YARDSTICK_VERSION
from unetkit.errors import UsageError, VerificationError
from unetkit.runtime.host import HostInfo

TOLERANCE = 0.1
_SLOWER = "slower"
_SEEDS = 0, 1  # the two runs are resampled apart


@dataclass(frozen=True, kw_only=True)
class Change:
    """A stage of an artifact, then and now.

    Attributes:
        name: of the artifact.
        stage: `end_to_end` or `infer`.
        ratio: its time now as a share of its time then, the machine's pace taken out; above 1 is slower.
        low: lower end of the ratio's 95 % confidence interval.
        high: its upper end.
        machine: time of the yardstick now as a share of its time then; None on a GPU, which it cannot speak for, and
            where the pace is not taken out.
        verdict: `slower`, `faster` or `no difference shown`, by more than the tolerance.
    """

    name: str
    stage: str
    ratio: float
    low: float
    high: float
    machine: float | None
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What came of it.

    Attributes:
        baseline: where the earlier report is from.
        taken: when it was.
        tolerance: share by which a time must differ to count.
        changes: of every artifact that is in both reports.
        new: names of those that are not in the baseline.
    """

    baseline: str
    taken: str
    tolerance: float
    changes: tuple[Change, ...]
    new: tuple[str, ...]

    @property
    def slower(self) -> tuple[Change, ...]:
        """What became slower."""
        return tuple(change for change in self.changes if change.verdict == _SLOWER)

    def confirmed(self, look_again: Callable[[], "Comparison"]) -> "Comparison":
        """What still is slower in a second run, where anything was.

        A neighbour on the same processor may slow a network and hardly the yardstick, for seconds; a model that became
        slower is so every time.

        Args:
            look_again: measures the same once more and compares it with the same baseline; not called where nothing
                was slower.

        Returns:
            The same but for what was slower: each such stage is as the kinder of the two runs had it.
        """
        if not self.slower:
            return self
        again = {(change.name, change.stage): change for change in look_again().changes}

        def kinder(change: Change) -> Change:
            other = again.get((change.name, change.stage), change)
            return other if change.verdict == _SLOWER and other.low < change.low else change

        return replace(self, changes=tuple(map(kinder, self.changes)))

    def require_not_slower(self) -> None:
        """End a check in which something became slower.

        Raises:
            VerificationError: it did.
        """
        if slower := self.slower:
            told = ", ".join(
                f"{each.name} {each.stage} {each.ratio:.2f} times ({each.low:.2f} to {each.high:.2f})"
                for each in slower
            )
            raise VerificationError(
                f"slower than in {self.baseline} by more than {self.tolerance:.0%} with the machine's pace taken out: "
                f"{told}"
            )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def compare(now: BenchReport, base: BenchReport, *, baseline: str, tolerance: float = TOLERANCE) -> Comparison:
    """Hold a report against an earlier one.

    Args:
        now: of this run.
        base: of the earlier one.
        baseline: what to call it.
        tolerance: share by which a time must differ, for certain, to count; the yardstick is no network, and what
            slows a machine does not slow both by quite the same.

    Raises:
        UsageError: the reports are of other machines or other frames, or have no artifact in common.
    """
    require_comparable(base, baseline=baseline, host=now.host, frame_sizes_hw=now.frame_sizes_hw)
    before = {_key(artifact): artifact for artifact in base.artifacts}
    names = names_of(now.artifacts)
    pairs = [(name, artifact, before.get(_key(artifact))) for name, artifact in zip(names, now.artifacts, strict=True)]
    if not any(then for _, _, then in pairs):
        there = ", ".join(names_of(base.artifacts))
        raise UsageError(f"nothing that was measured is in {baseline} with this engine and threads; it has {there}")
    return Comparison(
        baseline=baseline,
        taken=base.taken,
        tolerance=tolerance,
        changes=tuple(
            change
            for name, artifact, then in pairs
            if then is not None
            for change in _changes(name, (artifact, now), (then, base), tolerance)
        ),
        new=tuple(name for name, _, then in pairs if then is None),
    )


def _key(artifact: ArtifactTimes) -> tuple[object, ...]:
    """Not the digest: a model that was exported again is what a comparison is for."""
    return Path(artifact.path).name, artifact.engine, artifact.device, artifact.threads, artifact.batch


def require_comparable(
    base: BenchReport, *, baseline: str, host: HostInfo, frame_sizes_hw: Sequence[tuple[int, int]]
) -> None:
    """Whether a run on this machine and these frames can be held against an earlier report.

    Args:
        base: the earlier report.
        baseline: what to call it.
        host: of the run.
        frame_sizes_hw: of its frames.

    Raises:
        UsageError: it cannot.
    """
    if _machine(host) != _machine(base.host):
        raise UsageError(
            f"{baseline} is from another machine ({_told(base.host)}; this is {_told(host)}); make a baseline here"
        )
    if tuple(frame_sizes_hw) != base.frame_sizes_hw or base.yardstick_version != YARDSTICK_VERSION:
        raise UsageError(f"{baseline} was taken on other frames or with another yardstick; make it again")


def _machine(host: HostInfo) -> tuple[object, ...]:
    return host.cpu, host.board, host.gpu, host.usable_cores, host.instructions


def _told(host: HostInfo) -> str:
    return (
        f"{host.board or host.cpu}, {host.usable_cores} cores, {' '.join(host.instructions) or 'instructions not told'}"
    )


Run = tuple[ArtifactTimes, BenchReport]


def _changes(name: str, now: Run, base: Run, tolerance: float) -> Iterator[Change]:
    paces = tuple(_pace_ns(artifact, report) for artifact, report in (now, base))
    for stage in COMPARED:
        series = [
            _relative(run[0].samples_ns[stage], pace if paces[0] is not None and paces[1] is not None else None)
            for run, pace in zip((now, base), paces, strict=True)
        ]
        medians = [resampled_medians(values, seed=seed) for values, seed in zip(series, _SEEDS, strict=True)]
        low, high = interval(medians[0] / medians[1])
        yield Change(
            name=name,
            stage=stage,
            ratio=float(np.median(series[0]) / np.median(series[1])),
            low=low,
            high=high,
            machine=None if paces[0] is None or paces[1] is None else float(np.median(paces[0]) / np.median(paces[1])),
            verdict=_verdict(low, high, tolerance),
        )


def _pace_ns(artifact: ArtifactTimes, report: BenchReport) -> NDArray[np.float64] | None:
    """The yardstick's samples for an artifact, a round each; None without one that can speak for its device."""
    if artifact.device != "CPU":
        return None
    cores = report.host.usable_cores
    threads = min(artifact.threads or cores, cores)
    found = next((each for each in report.yardsticks if each.threads == threads), None)
    return None if found is None else np.maximum(np.asarray(found.samples_ns, np.float64), 1)


def _relative(samples_ns: Sequence[int], pace_ns: NDArray[np.float64] | None) -> NDArray[np.float64]:
    samples = np.maximum(np.asarray(samples_ns, np.float64), 1)
    return samples if pace_ns is None else samples / pace_ns


def _verdict(low: float, high: float, tolerance: float) -> str:
    if low > 1 + tolerance:
        return _SLOWER
    return "faster" if high < 1 / (1 + tolerance) else "no difference shown"

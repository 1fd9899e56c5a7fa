"""A run held against an earlier one on the same machine: did a model become slower, or only the machine?

Every time is divided by the yardstick's in the same round, on as many threads. What slows the whole machine slows both;
what slows a model or its engine does not slow the yardstick. What other programs add to either is left out by
`unetkit.benchmarks.pace`, and where it cannot be, the verdict says that it cannot tell.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from unetkit.benchmarks.baseline import require_comparable, same_work
from unetkit.benchmarks.bench import COMPARED
from unetkit.benchmarks.naming import names_of
from unetkit.benchmarks.pace import FEWEST_CALM, PaceRatio, is_calm, pace_ratio, pieces, yardstick_of
from unetkit.benchmarks.report import ArtifactTimes, BenchReport
from unetkit.errors import UsageError, VerificationError

TOLERANCE = 0.1
RUNS = 3  # at most, until a comparison is settled
_SLOWER, _FASTER, _SAME, _CANNOT_TELL = "slower", "faster", "no difference shown", "cannot tell"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A stage of an artifact, then and now.

    Attributes:
        name: of the artifact.
        stage: `end_to_end` or `infer`.
        ratio: its time now as a share of its time then, the machine's pace taken out; above 1 is slower.
        low: lower end of the ratio's 95 % interval, with what other programs may have done allowed for.
        high: its upper end.
        machine: time of the yardstick now as a share of its time then; None on a GPU, which it cannot speak for, and
            where the pace is not taken out.
        verdict: `slower`, `faster` or `no difference shown`, by more than the tolerance; `cannot tell` where other
            programs may have done as much.
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
        runs: how many are held against the baseline, together.
        calm: half seconds of them that other programs left alone, and how many there were.
        baseline_calm: of the baseline.
        changes: of every artifact that is in both reports.
        new: names of those that are not in the baseline.
    """

    baseline: str
    taken: str
    tolerance: float
    runs: int
    calm: tuple[int, int]
    baseline_calm: tuple[int, int]
    changes: tuple[Change, ...]
    new: tuple[str, ...]

    @property
    def slower(self) -> tuple[Change, ...]:
        """What became slower."""
        return self._with(_SLOWER)

    @property
    def unsettled(self) -> tuple[Change, ...]:
        """What another run may decide: a single one does not call a model slower, for memory lies otherwise in each."""
        open_now = self._with(_CANNOT_TELL) if self.baseline_calm[0] >= FEWEST_CALM else ()
        return (*open_now, *(self.slower if self.runs == 1 else ()))

    @property
    def doubt(self) -> str:
        """Why it cannot be told of some whether they became slower; empty where it can."""
        told = ", ".join(f"{change.name} {change.stage}" for change in self._with(_CANNOT_TELL))
        if not told:
            return ""
        (calm, count), (base_calm, base_count) = self.calm, self.baseline_calm
        again = "measure" if base_calm >= FEWEST_CALM else "make the baseline anew"
        return (
            f"cannot tell whether it became slower: {told}. Other programs left {calm} of {count} half seconds alone, "
            f"of {self.baseline}'s {base_calm} of {base_count}; it takes {FEWEST_CALM} of each: {again} when they "
            f"rest, or with more --duration"
        )

    def _with(self, verdict: str) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.verdict == verdict)

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


def compare(
    now: Sequence[BenchReport], base: BenchReport, *, baseline: str, tolerance: float = TOLERANCE
) -> Comparison:
    """Hold runs against an earlier one.

    Args:
        now: runs over the same artifacts; at least one.
        base: the earlier one.
        baseline: what to call it.
        tolerance: share by which a time must differ, for certain, to count; the yardstick is no network, and what
            slows a machine does not slow both by quite the same.

    Raises:
        UsageError: the reports are of other machines or other frames, or have no artifact in common.
    """
    first = now[0]
    require_comparable(base, baseline=baseline, host=first.host, frame_sizes_hw=first.frame_sizes_hw)
    before = {same_work(artifact): artifact for artifact in base.artifacts}
    names = names_of(first.artifacts)
    if not any(same_work(artifact) in before for artifact in first.artifacts):
        there = ", ".join(names_of(base.artifacts))
        raise UsageError(f"nothing that was measured is in {baseline} with this engine and threads; it has {there}")
    return Comparison(
        baseline=baseline,
        taken=base.taken,
        tolerance=tolerance,
        runs=len(now),
        calm=_calm(now),
        baseline_calm=_calm([base]),
        changes=tuple(
            change
            for index, name in enumerate(names)
            if (then := before.get(same_work(first.artifacts[index]))) is not None
            for change in _changes(name, [(run.artifacts[index], run) for run in now], (then, base), tolerance)
        ),
        new=tuple(
            name for name, artifact in zip(names, first.artifacts, strict=True) if same_work(artifact) not in before
        ),
    )


def compare_until_settled(
    first: BenchReport,
    measure: Callable[[], BenchReport],
    held: Callable[[Sequence[BenchReport]], Comparison],
    tell: Callable[[Comparison], None],
) -> Comparison:
    """Measure again, at most until there are `RUNS`, while that may settle the comparison.

    Args:
        first: the first run.
        measure: does another one over the same artifacts.
        held: compares runs with the baseline.
        tell: told of a comparison that is not settled, before the next run.
    """
    runs = [first]
    comparison = held(runs)
    while comparison.unsettled and len(runs) < RUNS and not runs[-1].interrupted:
        tell(comparison)
        runs.append(measure())
        comparison = held(runs)
    return comparison


def _calm(runs: Sequence[BenchReport]) -> tuple[int, int]:
    calm = [is_calm(stretch, run.host.logical_cores) for run in runs for stretch in run.stretches]
    return sum(calm), len(calm)


Run = tuple[ArtifactTimes, BenchReport]


def _changes(name: str, now: Sequence[Run], base: Run, tolerance: float) -> Iterator[Change]:
    machine = _machine_pace(now, base)
    for stage in COMPARED:
        found = pace_ratio(
            [piece for artifact, run in now for piece in pieces(run, artifact, stage)],
            [*pieces(base[1], base[0], stage)],
            threads=now[0][0].threads,
        )
        yield Change(
            name=name,
            stage=stage,
            ratio=found.ratio,
            low=found.low,
            high=found.high,
            machine=machine,
            verdict=_verdict(found, tolerance),
        )


def _machine_pace(now: Sequence[Run], base: Run) -> float | None:
    """Median time of the yardstick now as a share of that in the baseline; None where one of them has none."""
    own = [yardstick_of(artifact, run) for artifact, run in now]
    before = yardstick_of(*base)
    known = [each for each in own if each is not None]
    return None if before is None or not known else float(np.median(np.concatenate(known)) / np.median(before))


def _verdict(found: PaceRatio, tolerance: float) -> str:
    if found.low > 1 + tolerance:
        return _SLOWER
    if found.high < 1 / (1 + tolerance):
        return _FASTER
    return _SAME if found.calm else _CANNOT_TELL

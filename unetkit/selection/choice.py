"""The choice, and the table it was made from."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from unetkit.benchmarks.report import BenchReport
from unetkit.errors import UsageError
from unetkit.selection.budget import Budget
from unetkit.selection.capability import CANDIDATE_NETWORKS, MEASURED_MIOU
from unetkit.selection.profile import Timing
from unetkit.version import VERSION

_STEADY = 2.0  # of an idle device the 95th percentile is 1.0 to 1.5 times the median
Measured = Mapping[tuple[str, int], float]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A candidate in the table.

    Attributes:
        timing: it, and its times.
        miou: what it was measured to reach, see `MEASURED_MIOU`; None where it was not.
        share: of the budget that it uses; it fits up to 1.
    """

    timing: Timing
    miou: float | None
    share: float

    @property
    def fits(self) -> bool:
        return self.share <= 1


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What was chosen from what.

    Attributes:
        budget: to be kept.
        rows: every candidate under each engine: the most capable first, and of one candidate the fastest first.
        order: what capability was taken to be.
        report: the measurement: device, frames, rounds.
    """

    budget: Budget
    rows: tuple[Row, ...]
    order: str
    report: BenchReport

    @property
    def first_fitting(self) -> Row | None:
        return next((row for row in self.rows if row.fits), None)

    @property
    def unsteady(self) -> bool:
        """Slow frames took over twice as long as usual ones, for most candidates: the device was busy with more."""
        return statistics.median(row.timing.end_to_end_ms / row.timing.median_ms for row in self.rows) > _STEADY

    @property
    def chosen(self) -> Timing:
        """The most capable candidate that fits.

        Raises:
            UsageError: none does; names the fastest and its time.
        """
        row = self.first_fitting
        if row is None:
            fastest = min(self.rows, key=lambda row: row.share).timing
            cure = "time them again while nothing else runs there" if self.unsteady else "give a smaller --size"
            raise UsageError(
                f"no network keeps {self.budget} on {self.report.host.board or self.report.host.cpu}: the fastest is "
                f"{fastest.candidate} on {fastest.engine}, end to end {fastest.end_to_end_ms:.4g} ms, infer "
                f"{fastest.infer_ms:.4g} ms; allow more time, or {cure}"
            )
        return row.timing

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, for the run folder."""
        chosen = self.first_fitting
        return {
            "unetkit": VERSION,
            "budget": asdict(self.budget),
            "order": self.order,
            "rows": [asdict(row) | {"fits": row.fits, "chosen": row is chosen} for row in self.rows],
            "host": asdict(self.report.host),
            "frames": self.report.frames,
            "frame_sizes_hw": self.report.frame_sizes_hw,
            "rounds": self.report.rounds,
        }


def choose(
    timings: Sequence[Timing], budget: Budget, report: BenchReport, *, measured: Measured = MEASURED_MIOU
) -> Selection:
    """Put candidates in order.

    By measured mIoU where every one of them was measured; else by multiply-adds, for figures of some and guesses about
    the others do not compare. Among candidates of equal work the order is that of `CANDIDATE_NETWORKS`.

    Args:
        timings: at least one.
        budget: to be kept.
        report: that the timings are from.
        measured: mIoU by network and size.
    """
    rows = [
        Row(
            timing=timing,
            miou=measured.get((timing.candidate.network, timing.candidate.size)),
            share=budget.share(end_to_end_ms=timing.end_to_end_ms, infer_ms=timing.infer_ms),
        )
        for timing in timings
    ]
    by_miou = all(row.miou is not None for row in rows)

    def before(row: Row) -> tuple[float, int, str, float]:
        timing = row.timing
        name = timing.candidate.network
        rank = CANDIDATE_NETWORKS.index(name) if name in CANDIDATE_NETWORKS else -1
        capability = (row.miou or 0.0) if by_miou else timing.multiply_adds
        return -capability, -rank, name, row.share

    order = (
        "mIoU measured on the Oxford-IIIT Pet set" if by_miou else "multiply-adds, as not all were measured for mIoU"
    )
    return Selection(budget=budget, rows=tuple(sorted(rows, key=before)), order=order, report=report)

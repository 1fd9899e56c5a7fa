"""What was done to a source, and what was seen of it: and the line of the fault table that it makes."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(kw_only=True)
class FaultCase:
    """A fault, observed frame by frame.

    Attributes:
        name: of the fault.
        done: what was done, in words.
        began_s: when, on the observer's clock.
        over_s: when it was taken back; None while it lasts.
        noticed_s: from its beginning to the first notice; None without one.
        notice: the last notice that was shown.
        shown: frames shown while it lasted.
        recovered_s: from its end to the first frame without a notice that was taken after it; None before.
        longest_gap_s: longest time in which keys were not looked at.
    """

    name: str
    done: str
    began_s: float
    over_s: float | None = None
    noticed_s: float | None = None
    notice: str | None = None
    shown: int = 0
    recovered_s: float | None = None
    longest_gap_s: float = 0.0

    def see(self, now_s: float, gap_s: float, notice: str | None, captured_s: float | None) -> None:
        """Take one moment: a frame that was shown, or (`captured_s` None) one without any."""
        self.longest_gap_s = max(self.longest_gap_s, gap_s)
        if notice is not None and self.recovered_s is None:
            self.notice = notice
            if self.noticed_s is None:
                self.noticed_s = now_s - self.began_s
        if captured_s is None:
            return
        self.shown += self.over_s is None
        if self.over_s is not None and captured_s >= self.over_s and notice is None and self.recovered_s is None:
            self.recovered_s = now_s - self.over_s


TABLE_HEAD = (
    "| done to the source | notice on the picture | times | noticed after, s | frames shown meanwhile | "
    "well again after, s | at the latest, s | keys unread for at most, ms |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def table_row(cases: Sequence[FaultCase]) -> str:
    """All cases of one fault as a line of the table in Markdown: medians, and the worst."""
    first = cases[0]
    happened = first.notice.partition(": ")[2] or first.notice if first.notice else "nothing to notice"
    recovered_s = [case.recovered_s for case in cases if case.recovered_s is not None]
    late = len(cases) - len(recovered_s)
    latest = f"{late} not before the next fault" if late else _seconds(max(recovered_s))
    return (
        f"| {first.name}: {first.done} | {happened} | {len(cases)} | {_middle(case.noticed_s for case in cases)} | "
        f"{statistics.median(case.shown for case in cases):.0f} | {_middle(recovered_s)} | {latest} | "
        f"{max(case.longest_gap_s for case in cases) * 1000:.0f} |"
    )


def _middle(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return _seconds(statistics.median(known)) if known else "-"


def _seconds(value: float) -> str:
    return f"{value:.1f}"

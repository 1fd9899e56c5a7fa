"""What a check of a data set prints."""

from pathlib import Path

from unetkit.data.checking.finding import KINDS, Severity, printable
from unetkit.data.checking.report import CheckReport
from unetkit.terminal import console

SHOWN = 20  # findings of a code
SHOWN_NOTES = 3


def show_check(report: CheckReport, sheet: Path | None, *, as_json: bool = False) -> None:
    if as_json:
        console.print_json(report.to_dict())
        return
    out = console.results
    pairs = ", ".join(f"{split} {count:,}" for split, count in report.splits.items()) or "none"
    out.print(f"{printable(report.reference)}: pairs: {pairs}; {report.opened:,} opened{_sizes(report)}")
    if report.balance:
        table = console.table("split", "class", "pixels", "share", "pictures")
        for row in report.balance:
            table.add_row(row.split, row.name, f"{row.pixels:,}", f"{row.share:.2%}", f"{row.pictures:,}")
        out.print(table)
    for code, found in report.by_code().items():
        kind = KINDS[code]
        shown = SHOWN_NOTES if kind.severity is Severity.NOTE else SHOWN
        out.print(f"{kind.severity.value}: {kind.title} ({len(found):,}) [{code}]: {kind.advice}")
        for finding in found[:shown]:
            out.print(f"  {printable(finding.file)}: {printable(finding.reason)}")
        if len(found) > shown:
            out.print(f"  and {len(found) - shown:,} more; --json or --sheet lists them all")
    if sheet is not None:
        out.print(f"sheet: {sheet}")
    counts = ", ".join(f"{count:,} {severity.value}{'s' * (count != 1)}" for severity, count in report.counts.items())
    scope = " (quick: a sample was opened, none compared)" if report.quick else ""
    out.print(f"{report.verdict.value}: {counts}{scope}")


def _sizes(report: CheckReport) -> str:
    if report.smallest_hw is None or report.largest_hw is None:
        return ""
    small, large = (f"{hw[1]}x{hw[0]}" for hw in (report.smallest_hw, report.largest_hw))
    return f", {small} pixels" if small == large else f", {small} to {large} pixels"

"""What a check found, its verdict, and its form for machines."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from unetkit.data.checking.balance import ClassShare
from unetkit.data.checking.finding import Finding, Severity, printable

_SCHEMA = 1


class Verdict(StrEnum):
    """Whether a training makes sense: no with an error, with care with a warning."""

    USABLE = "usable"
    WITH_WARNINGS = "usable with warnings"
    NOT_USABLE = "not usable"


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """A check of a data set.

    Attributes:
        reference: of the data set.
        quick: only a sample was opened, and none were compared with each other.
        splits: number of pairs in each.
        opened: how many of them were opened.
        smallest_hw: the picture of the fewest pixels, None if none could be opened.
        largest_hw: the one of the most.
        classes: names, the index is the label.
        balance: each class in each split.
        findings: the worst first.
    """

    reference: str
    quick: bool
    splits: Mapping[str, int]
    opened: int
    smallest_hw: tuple[int, int] | None
    largest_hw: tuple[int, int] | None
    classes: tuple[str, ...]
    balance: tuple[ClassShare, ...]
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        severities = {finding.kind.severity for finding in self.findings}
        if Severity.ERROR in severities:
            return Verdict.NOT_USABLE
        return Verdict.WITH_WARNINGS if Severity.WARNING in severities else Verdict.USABLE

    @property
    def counts(self) -> dict[Severity, int]:
        """Number of findings of each severity."""
        found = Counter(finding.kind.severity for finding in self.findings)
        return {severity: found[severity] for severity in Severity}

    def by_code(self) -> dict[str, list[Finding]]:
        """Findings of each code, the worst code first."""
        groups: dict[str, list[Finding]] = {}
        for finding in self.findings:
            groups.setdefault(finding.code, []).append(finding)
        return groups

    def to_dict(self) -> dict[str, object]:
        """The report for JSON; keys are only ever added, `schema` counts what else changes."""
        return {
            "schema": _SCHEMA,
            "data": printable(self.reference),
            "verdict": self.verdict.value,
            "quick": self.quick,
            "splits": dict(self.splits),
            "opened": self.opened,
            "smallest_hw": self.smallest_hw,
            "largest_hw": self.largest_hw,
            "classes": list(self.classes),
            "balance": [asdict(row) for row in self.balance],
            "counts": {severity.value: count for severity, count in self.counts.items()},
            "codes": {code: len(found) for code, found in self.by_code().items()},
            "findings": [finding.to_dict() for finding in self.findings],
        }

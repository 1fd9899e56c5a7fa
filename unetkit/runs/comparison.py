"""What differs between runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unetkit.errors import UsageError
from unetkit.runs.run import Run


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Runs side by side; each table has a name, and under it a value for every run (None where it has none).

    Attributes:
        runs: two at least.
        settings: of the training, those that differ.
        environment: machine and versions, those that differ.
        cautions: why figures must not be compared, in sentences.
    """

    runs: tuple[Run, ...]
    settings: Mapping[str, tuple[Any, ...]]
    environment: Mapping[str, tuple[Any, ...]]
    cautions: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        tables = {"settings": self.settings, "environment": self.environment}
        return {
            "runs": [run.to_dict() for run in self.runs],
            **{name: {key: list(values) for key, values in table.items()} for name, table in tables.items()},
            "cautions": list(self.cautions),
        }


def compare(runs: Sequence[Run]) -> Comparison:
    """Look for what differs.

    Raises:
        UsageError: fewer than two runs.
    """
    if len(runs) < 2:
        raise UsageError(
            f"comparing takes two runs or more, received {len(runs)}; name them, or a folder that holds some"
        )
    return Comparison(
        runs=tuple(runs),
        settings=_differences([run.config for run in runs]),
        environment=_differences([run.environment for run in runs]),
        cautions=tuple(_cautions(runs)),
    )


def _differences(tables: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Any, ...]]:
    names = dict.fromkeys(name for table in tables for name in table)
    rows = {name: tuple(table.get(name) for table in tables) for name in names}
    return {name: row for name, row in rows.items() if any(value != row[0] for value in row)}


def _cautions(runs: Sequence[Run]) -> list[str]:
    said = []
    if _several(runs, lambda run: run.record.digest):
        said.append("the runs saw different data: their figures cannot be compared")
    elif _several(runs, lambda run: frozenset(run.record.validation)):
        said.append("the runs were validated on different pictures: small differences of their figures mean nothing")
    if _several(runs, lambda run: run.config.get("size")):
        said.append(
            "the runs were validated at different sizes, each at its own: compare them by `unetkit evaluate`, "
            "which scores at the pictures' size"
        )
    if _several(runs, lambda run: run.config.get("loss")):
        said.append("the runs have different losses: compare their mIoU, not their loss")
    return said


def _several(runs: Sequence[Run], key: Callable[[Run], object]) -> bool:
    return len({key(run) for run in runs}) > 1

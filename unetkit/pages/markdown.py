"""Tables and figures in Markdown, whatever the names in them are."""

import math
from collections.abc import Iterable, Sequence

_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>|"})


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its texts are Markdown already."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def bullet(text: str) -> str:
    """A line of a list."""
    return f"- {text}"


def share(value: float | None) -> str:
    """A figure in 0..1; a dash where there is none."""
    return "-" if value is None or math.isnan(value) else f"{value:.4f}"


def points(change: float | None) -> str:
    """A change of a share in 0..1 as points; a dash where there is none."""
    return "-" if change is None or math.isnan(change) else f"{100 * change:+.2f}"


def plain(text: str) -> str:
    """A name that somebody chose, with nothing in it taken for markup."""
    return text.translate(_SPECIAL)

"""The two streams: results on standard output, notices and progress on standard error; and how figures are written."""

import json
import math

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

_WIDEST = 10_000  # characters

# A path or a class may be named [red] or :cat:, which is no markup here.
results = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
notices = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)


def table(name: str, *figures: str) -> Table:
    """Names to the left and never cut, figures to the right."""
    table = Table()
    table.add_column(name, no_wrap=True)
    for heading in figures:
        table.add_column(heading, justify="right")
    return table


def print_whole(table: Table) -> None:
    """As wide as its content, however narrow the terminal: a wrapped line can be read, a cut figure cannot."""
    options = results.options.update(width=_WIDEST, max_width=_WIDEST)
    width = Measurement.get(results, options, table).maximum
    wide = Console(file=results.file, width=width, highlight=False, soft_wrap=True, markup=False, emoji=False)
    wide.print(table)


def print_json(table: dict[str, object]) -> None:
    results.print(json.dumps(table, indent=1, ensure_ascii=False, allow_nan=False))


def class_set(names: tuple[str, ...]) -> str:
    return f"{len(names)} classes ({', '.join(names)})"


def share(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4f}"


def points(change: float) -> str:
    return "-" if math.isnan(change) else f"{100 * change:+.2f}"

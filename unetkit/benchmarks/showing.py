"""How a benchmark that is run by `python -m` ends: its figures printed, and written as JSON where that is wanted."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import typer

from unetkit.benchmarks.jsonform import plain
from unetkit.contract.publish import publish_text


class Figures(Protocol):
    """What was measured."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, but for numbers that are none."""

    def lines(self) -> Iterable[str]:
        """For people."""


def show(figures: Figures, json_file: Path | None) -> None:
    """Write the JSON first: what cannot be written is known before a page of figures has scrolled by.

    Raises:
        OutputError: the file cannot be written.
    """
    if json_file is not None:
        publish_text(json_file, json.dumps(plain(figures.to_dict()), indent=1, allow_nan=False))
    typer.echo("\n".join(figures.lines()))


def tell(words: str) -> None:
    """What comes next, on standard error."""
    typer.echo(words, err=True)

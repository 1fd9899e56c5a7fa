"""How a command that ran frames ends."""

from typing import TYPE_CHECKING

import typer

from unetkit.errors import SourceError

if TYPE_CHECKING:
    from unetkit.runtime.latency import LatencyReport


def exit_as(report: "LatencyReport") -> None:
    """After the report: 130 for Ctrl-C, the error of a source that broke off."""
    if report.interrupted:
        raise typer.Exit(130)
    if report.lost:
        raise SourceError(report.ended)

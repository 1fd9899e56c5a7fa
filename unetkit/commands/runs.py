"""`unetkit runs`."""

from pathlib import Path
from typing import Annotated

import typer

from unetkit.commands.options import AsJson


def runs(
    places: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FOLDER] [RUN]...", help="A folder of runs (runs by default), or runs by name or path."
        ),
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Show side by side what differs between them.")] = False,
    curves: Annotated[
        Path | None, typer.Option(help="Draw loss and mIoU over each other, into a .png or .html.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List trainings, newest first. With --compare, what differs between them; with --curves, their curves."""
    from unetkit.runs.comparison import compare as compare_runs
    from unetkit.runs.curves import write_curves
    from unetkit.runs.listing import find_runs
    from unetkit.terminal.runs import say_written, show_comparison, show_runs

    found = find_runs(places or ())
    comparison = compare_runs(found.runs) if compare else None
    if curves is not None:
        write_curves(curves, found.runs, cautions=comparison.cautions if comparison is not None else ())
    if comparison is not None:
        show_comparison(comparison, as_json=as_json)
    else:
        show_runs(found, as_json=as_json)
    if curves is not None:
        say_written(curves)

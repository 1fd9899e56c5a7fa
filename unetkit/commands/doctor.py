"""`unetkit doctor`."""

import typer

from unetkit.commands.options import AsJson


def doctor(as_json: AsJson = False) -> None:
    """Say what works on this machine. And what does not, why, and the line that mends it."""
    from unetkit.doctor.examination import examine
    from unetkit.terminal.doctor import show_examination

    found = examine()
    show_examination(found, as_json=as_json)
    if not found.can_run:
        raise typer.Exit(6)

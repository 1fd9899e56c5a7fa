"""How a module that is run by `python -m` ends on an error: a line and the error's exit code, as the commands do."""

import contextlib
from collections.abc import Iterator

import typer

from unetkit.errors import UnetkitError


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Around the body of `main`."""
    try:
        yield
    except UnetkitError as error:
        typer.echo(f"unetkit: {error}", err=True)
        raise typer.Exit(error.exit_code) from None

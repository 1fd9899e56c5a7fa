"""Options that a form of a command does not read: given all the same, they are refused rather than passed over."""

from collections.abc import Collection

import typer

from unetkit.errors import UsageError


def refuse_unread(context: typer.Context, read: Collection[str], form: str, why: str = "") -> None:
    """Whether everything on the command line is read.

    Args:
        context: of the command.
        read: names of the parameters that the form reads.
        form: of the command, as a user writes it.
        why: it does not, in words.

    Raises:
        UsageError: something else was given.
    """
    unread = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name is not None and parameter.name not in read and _is_given(context, parameter.name)
    ]
    if unread:
        reason = f": {why}" if why else ""
        raise UsageError(f"`{form}` does not read {', '.join(unread)}{reason}; leave it out")


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"

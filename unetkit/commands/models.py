"""`unetkit models`."""

from typing import Annotated

import typer

from unetkit.commands.options import AsJson, complete_builtin


def models(
    name: Annotated[
        str | None, typer.Argument(help="Print the card of this one.", autocompletion=complete_builtin)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the models in the box. With a name, its card: task, data and licence, figures, limits."""
    from unetkit.runtime.builtin import builtin_model, builtin_models
    from unetkit.terminal.models import show_card, show_models

    if name is not None:
        show_card(builtin_model(name), as_json=as_json)
    else:
        show_models(builtin_models(), as_json=as_json)

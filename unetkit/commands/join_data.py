"""`unetkit data join`."""

from pathlib import Path
from typing import Annotated

import typer


def join_data(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Each with images/ and masks/.")],
    out: Annotated[Path, typer.Option(help="The joined set, a new folder.")],
    held_out: Annotated[float, typer.Option(help="Share of the photographs that is not trained on.")] = 0.15,
    seed: Annotated[int, typer.Option(min=0, help="Draws them.")] = 0,
) -> None:
    """Join folders of the same photographs. Crops and scalings of one photograph stay on one side of the split."""
    from unetkit.data.joining import join_folders
    from unetkit.terminal.data import show_joined

    show_joined(join_folders(folders, out, held_out=held_out, seed=seed), out)

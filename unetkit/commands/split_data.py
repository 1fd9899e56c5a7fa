"""`unetkit data split`."""

from pathlib import Path
from typing import Annotated

import typer

from unetkit.commands.options import DataDir, DataFormatName, DataFormatOption


def split_data(
    data: Annotated[str, typer.Argument(help="Folder of a data set, or any other with --out.")],
    out: Annotated[Path | None, typer.Option(help="Folder for the lists; the data set's own by default.")] = None,
    validation: Annotated[float, typer.Option(help="Share of the pictures to validate on.")] = 0.15,
    test: Annotated[float, typer.Option(help="Share of the pictures to test on; 0 for none.")] = 0.15,
    group_by: Annotated[
        str | None,
        typer.Option(help="Regular expression: names alike in its first group (a video, a patient) stay together."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the draw.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace lists that are there.")] = False,
    data_format: DataFormatOption = DataFormatName.AUTO,
    data_dir: DataDir = None,
) -> None:
    """Write train.txt, val.txt and test.txt. Every class gets its share of each, groups stay on one side."""
    from unetkit.data.splitting import split_dataset
    from unetkit.terminal.data import show_division
    from unetkit.terminal.progress import progress

    with progress("reading masks") as scanned:
        division, lists = split_dataset(
            data,
            out,
            data_dir=data_dir,
            data_format=data_format.value,
            validation=validation,
            test=test,
            group_by=group_by,
            seed=seed,
            force=force,
            progress=scanned,
        )
    show_division(division, lists)

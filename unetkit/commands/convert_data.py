"""`unetkit data convert`."""

from pathlib import Path
from typing import Annotated

import typer

from unetkit.commands.options import DataDir, DataFormatName, DataFormatOption


def convert_data(
    data: Annotated[str, typer.Argument(help="Folder, oxford-pets, synthetic or tfds:NAME.")],
    out: Annotated[Path, typer.Option(help="The converted set, a new folder.")],
    data_format: DataFormatOption = DataFormatName.AUTO,
    data_dir: DataDir = None,
) -> None:
    """Write a data set as images/, masks/, classes.toml and lists. Pictures are copied, outlines become masks."""
    from unetkit.data.catalog import open_dataset
    from unetkit.data.conversion import convert_dataset
    from unetkit.terminal.data import show_converted
    from unetkit.terminal.progress import progress

    with progress("downloading") as downloaded:
        dataset = open_dataset(data, data_dir, data_format=data_format.value, progress=downloaded)
    with progress("converting") as written:
        converted = convert_dataset(dataset, out, progress=written)
    show_converted(converted, dataset.classes, out)

"""`unetkit data preview`."""

from pathlib import Path
from typing import Annotated

import typer

from unetkit.commands.options import DataArgument, DataDir, DataFormatName, DataFormatOption


def preview_data(
    data: DataArgument = None,
    out: Annotated[Path, typer.Option(help="The sheet, a .png file.")] = Path("preview.png"),
    size: Annotated[int, typer.Option(min=16, max=4096, help="Input height and width in pixels.")] = 128,
    augment: Annotated[float, typer.Option(min=0, max=1, help="Strength of the augmentation.")] = 0.5,
    backgrounds: Annotated[float, typer.Option(min=0, max=1, help="Share that gets another background.")] = 0.0,
    upright: Annotated[bool, typer.Option(help="Whether the pictures have an up and a down.")] = True,
    pictures: Annotated[int, typer.Option(min=1, max=100, help="Rows of the sheet.")] = 6,
    versions: Annotated[int, typer.Option(min=1, max=20, help="Augmented versions of each picture.")] = 4,
    seed: Annotated[int, typer.Option(min=0, help="Of the choice of pictures and the augmentation.")] = 0,
    data_format: DataFormatOption = DataFormatName.AUTO,
    data_dir: DataDir = None,
) -> None:
    """Write a picture sheet. Training pictures, their masks, and what augmentation makes of both."""
    from unetkit.data.catalog import open_dataset
    from unetkit.terminal.data import show_preview
    from unetkit.terminal.progress import progress
    from unetkit.trainer.preview import PreviewConfig, write_preview

    config = PreviewConfig(
        size=size,
        augment=augment,
        backgrounds=backgrounds,
        upright=upright,
        pictures=pictures,
        versions=versions,
        seed=seed,
    )
    with progress("downloading") as downloaded:
        dataset = open_dataset(data, data_dir, data_format=data_format.value, progress=downloaded)
    shown = write_preview(dataset, config, out)
    show_preview(shown, config.versions, out)

"""`unetkit candidates`."""

from pathlib import Path
from typing import Annotated

import typer

from unetkit.commands.options import NetworkName


def candidates(
    out: Annotated[Path, typer.Option(help="Folder for them.")] = Path("candidates"),
    network: Annotated[NetworkName | None, typer.Option(help="Only this network.")] = None,
    size: Annotated[int | None, typer.Option(help="Only this input height and width in pixels.")] = None,
    classes: Annotated[int, typer.Option(help="Classes of the data that will be trained on.")] = 3,
    formats: Annotated[str, typer.Option("--format", help="onnx, tflite or both, with a comma.")] = "onnx,tflite",
) -> None:
    """Write untrained networks to time on a device. In int8, for `bench` there and `train --device-profile` here."""
    from unetkit.selection.capability import candidates as candidates_of
    from unetkit.selection.making import publish_candidates
    from unetkit.terminal.progress import steps
    from unetkit.terminal.training import show_candidates

    chosen = candidates_of(network and network.value, size)
    asked = tuple(name.strip() for name in formats.split(","))
    with steps() as on_step:
        files = publish_candidates(out, chosen, classes=classes, formats=asked, on_step=on_step)
    show_candidates(files, out)

"""`unetkit demo`."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[Path | None, typer.Option(help="Folder for everything it makes; runs/demo-TIME by default.")] = None,
) -> None:
    """Walk the whole road, nothing needed. Train, export to int8, segment a video and bench, on generated pictures."""
    from unetkit.contract.runfolder import new_run_folder
    from unetkit.demo import run_demo
    from unetkit.terminal.demo import show_demo
    from unetkit.terminal.progress import steps, training_events

    with training_events() as events, steps() as on_step:
        result = run_demo(out or new_run_folder("demo"), events, on_step)
    show_demo(result)

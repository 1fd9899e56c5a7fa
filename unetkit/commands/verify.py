"""`unetkit verify`."""

from pathlib import Path
from typing import Annotated

import typer

from unetkit.commands.options import AsJson, Device, DeviceName, Threads


def verify(
    export: Annotated[Path, typer.Argument(help="Export folder; it may lack models, but not its golden frames.")],
    device: Device = DeviceName.CPU,
    threads: Threads = None,
    max_drop: Annotated[float, typer.Option(help="Points of mIoU that int8 may cost and still be advised.")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Prove an export again, on this machine. In every engine found here, in seconds; is int8 worth it here?"""
    from unetkit.proof.verification import verify_export
    from unetkit.terminal.progress import steps
    from unetkit.terminal.proofs import show_verification

    with steps() as on_step:
        found = verify_export(export, device=device.value, threads=threads, max_drop=max_drop, on_step=on_step)
    show_verification(found, as_json=as_json)
    found.require()

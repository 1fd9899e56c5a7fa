"""Names for files that are made at the press of a key: the time, and never that of a file that is there."""

import time
from pathlib import Path


def stamped(suffix: str, folder: Path = Path(), now_s: float | None = None) -> Path:
    """A path of which there is no file, like `unetkit-20250131-235959.png`.

    Args:
        suffix: with its dot.
        folder: where.
        now_s: seconds since the epoch; None: now.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now_s))
    return unused(folder / f"unetkit-{stamp}{suffix}")


def unused(path: Path) -> Path:
    """The path where there is no such file, else the first of `NAME-2`, `NAME-3` that is not there."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}-{number}")
    return free

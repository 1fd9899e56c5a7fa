"""The export that was written last."""

from collections.abc import Sequence
from pathlib import Path

from unetkit.contract.artifact import SUFFIXES, Format
from unetkit.contract.runfolder import DEFAULT_ROOT

_PRECISIONS = (".int8", "")  # int8 before float32


def newest_artifact(formats: Sequence[Format], root: Path = DEFAULT_ROOT) -> Path | None:
    """The best artifact of the export that was written last below `root`; None where there is none of these formats.

    Args:
        formats: that may be taken, the best first; precision goes before format.
        root: folder of runs.
    """
    wanted = [f"model{precision}{SUFFIXES[form]}" for precision in _PRECISIONS for form in formats if form in SUFFIXES]
    exports = {file.parent for name in wanted for file in root.glob(f"*/export/{name}")}
    if not exports:
        return None
    newest = max(exports, key=lambda folder: max(file.stat().st_mtime for file in folder.glob("model.*")))
    return next(newest / name for name in wanted if (newest / name).is_file())

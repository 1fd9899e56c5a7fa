"""The artifacts of an export folder, and of the export that was written last."""

from collections.abc import Sequence
from pathlib import Path

from unetkit.contract.artifact import SUFFIXES, Format
from unetkit.contract.runfolder import DEFAULT_ROOT

_PRECISIONS = (".int8", "")  # int8 before float32


def newest_artifacts(formats: Sequence[Format], root: Path = DEFAULT_ROOT) -> tuple[Path, ...]:
    """Those of the export that was written last below `root`, as `artifacts_in` has them.

    Args:
        formats: that may be taken, the best first.
        root: folder of runs.
    """
    names = [name for group in _names(formats) for name in group]
    exports = {file.parent for name in names for file in root.glob(f"*/export/{name}")}
    if not exports:
        return ()
    newest = max(exports, key=lambda folder: max(file.stat().st_mtime for file in folder.glob("model.*")))
    return artifacts_in(newest, formats)


def artifacts_in(export: Path, formats: Sequence[Format]) -> tuple[Path, ...]:
    """The files of an export folder in its best precision, int8 before float32; none where none is of these formats."""
    groups = (tuple(export / name for name in group if (export / name).is_file()) for group in _names(formats))
    return next((group for group in groups if group), ())


def _names(formats: Sequence[Format]) -> list[list[str]]:
    return [[f"model{precision}{SUFFIXES[form]}" for form in formats if form in SUFFIXES] for precision in _PRECISIONS]

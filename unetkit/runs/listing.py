"""The runs that a folder holds, or those that were named."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from unetkit.contract.runfolder import DEFAULT_ROOT, RunFolder
from unetkit.errors import DataError, UsageError
from unetkit.runs.run import Run, read_run


@dataclass(frozen=True)
class Skipped:
    """A folder that is not among the runs, and why."""

    folder: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RunList:
    """Runs, newest first or as they were named, and what was passed over."""

    folder: Path
    runs: tuple[Run, ...]
    skipped: tuple[Skipped, ...] = ()


def find_runs(places: Sequence[Path]) -> RunList:
    """Read runs.

    Args:
        places: nothing for all in `runs`; a folder for all in it; runs by name or path, behind a folder or not.

    Raises:
        UsageError: there is no such folder or run.
        DataError: a run that was named cannot be read.
    """
    folder, named = DEFAULT_ROOT, list(places)
    if named and named[0].is_dir() and not _looks_like_run(named[0]):
        folder = named.pop(0)
    if named:
        return RunList(folder=folder, runs=tuple(_named(place, folder) for place in named))
    return _all(folder)


def _all(folder: Path) -> RunList:
    try:
        entries = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"cannot list the runs in {folder.absolute()}: {reason}; name their folder or make one with `unetkit train`"
        ) from error
    runs, skipped = [], []
    for entry in entries:
        try:
            runs.append(read_run(entry))
        except DataError as error:
            skipped.append(Skipped(entry.name, str(error)))
    runs.sort(key=lambda run: (-run.changed_s, run.name))
    return RunList(folder=folder, runs=tuple(runs), skipped=tuple(skipped))


def _named(place: Path, folder: Path) -> Run:
    found = next((path for path in (place, folder / place) if _looks_like_run(path)), None)
    if found is None:
        known = [entry.name for entry in folder.glob("*") if _looks_like_run(entry)]
        nearest = difflib.get_close_matches(str(place), known, n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else f"`unetkit runs {folder}` lists what there is"
        raise UsageError(f"no run {place}, also not in {folder.absolute()}; {hint}")
    try:
        return read_run(found)
    except DataError as error:
        raise DataError(f"run {found}: {error}") from error


def _looks_like_run(path: Path) -> bool:
    return RunFolder(path).config.is_file()

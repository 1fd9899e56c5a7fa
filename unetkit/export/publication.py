"""A folder of artifacts that is whole or not there: filled beside its place, then renamed into it."""

import contextlib
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from unetkit.errors import OutputError, UsageError


@contextlib.contextmanager
def published_folder(target: Path, own_files: frozenset[str]) -> Iterator[Path]:
    """Give a temporary neighbour to fill; on leaving it takes the place of `target`, on any error it is removed.

    Replacing the folder as a whole also takes away artifacts of an older model that were not made this time. What was
    in the place stays until the new folder is complete, and comes back if that cannot be moved there.

    Args:
        target: may exist if it holds `own_files` only.
        own_files: names that an earlier publication may have left.

    Raises:
        UsageError: `target` holds anything else, which replacing it would delete.
        OutputError: it cannot be written, or the disk is full.
    """
    target = target.resolve()
    token = secrets.token_hex(4)
    temporary = target.with_name(f".{target.name}-{token}")
    retired = target.with_name(f".{target.name}-{token}-old")
    try:
        _require_replaceable(target, own_files)
        temporary.mkdir(parents=True)
        yield temporary
        if target.exists():
            target.rename(retired)
        temporary.rename(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot write {target}: {reason}; choose another place or make room") from error
    finally:
        if retired.exists() and not target.exists():
            retired.rename(target)
        shutil.rmtree(retired, ignore_errors=True)
        shutil.rmtree(temporary, ignore_errors=True)


def _require_replaceable(target: Path, own_files: frozenset[str]) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise UsageError(f"export folder {target} is a file; choose a folder with --out")
    foreign = sorted(item.name for item in target.iterdir() if item.name not in own_files)
    if foreign:
        raise UsageError(f"export folder {target} holds {foreign[0]!r}, not from an export; choose another with --out")

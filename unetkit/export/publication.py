"""A folder of artifacts that is whole or not there: filled beside its place, then exchanged with it."""

import contextlib
import ctypes
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from unetkit.contract.publish import flush
from unetkit.errors import OutputError, UsageError

_EXCHANGE = 2  # RENAME_EXCHANGE of Linux' renameat2, RENAME_SWAP of macOS' renamex_np
_WORKING_FOLDER = -100  # AT_FDCWD


@contextlib.contextmanager
def published_folder(target: Path, own_files: frozenset[str]) -> Iterator[Path]:
    """Give a temporary neighbour to fill; on leaving it takes the place of `target`, on any error it is removed.

    Replacing the folder as a whole also takes away artifacts of an older model that were not made this time. The two
    change places in one step, after every byte has reached the disk: a process killed at any moment, or a power cut,
    leaves the whole old folder or the whole new one. Where the file system cannot exchange folders, the old one stands
    aside for a moment, and comes back if the new one cannot move in or, after a kill, at the next publication; that
    also clears away what killed ones left beside the place.

    Args:
        target: may exist if it holds `own_files` only.
        own_files: names that an earlier publication may have left.

    Raises:
        UsageError: `target` holds anything else, which replacing it would delete.
        OutputError: it cannot be written, or the disk is full.
    """
    target = target.resolve()
    temporary = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
    try:
        _require_replaceable(target, own_files)
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as claim:
            with _locked(target.parent, wait=True) as alone:
                if alone:
                    _clear_remains(target)
                temporary.mkdir()
                claim.enter_context(_locked(temporary))  # taken back by the system when the process dies
            yield temporary
            flush(temporary)
            with _locked(target.parent, wait=True):
                _put_in_place(temporary, target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot write {target}: {reason}; choose another place or make room") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _require_replaceable(target: Path, own_files: frozenset[str]) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise UsageError(f"export folder {target} is a file; choose a folder with --out")
    foreign = sorted(item.name for item in target.iterdir() if item.name not in own_files)
    if foreign:
        raise UsageError(f"export folder {target} holds {foreign[0]!r}, not from an export; choose another with --out")


def _clear_remains(target: Path) -> None:
    """Bring back what a killed publication moved aside, and remove what nobody fills any more."""
    retired = _retired(target)
    if retired.exists() and not target.exists():
        retired.rename(target)
    shutil.rmtree(retired, ignore_errors=True)
    own_name = re.compile(rf"\.{re.escape(target.name)}-[0-9a-f]{{8}}")
    for item in target.parent.iterdir():
        if own_name.fullmatch(item.name) and item.is_dir():
            with _locked(item) as abandoned:
                if abandoned:
                    shutil.rmtree(item, ignore_errors=True)


def _put_in_place(temporary: Path, target: Path) -> None:
    if not target.exists():
        temporary.rename(target)
    elif not _exchanged(temporary, target):
        retired = _retired(target)
        shutil.rmtree(retired, ignore_errors=True)
        target.rename(retired)
        try:
            temporary.rename(target)
        except OSError:
            retired.rename(target)
            raise
        shutil.rmtree(retired, ignore_errors=True)
    flush(target.parent, deep=False)


def _retired(target: Path) -> Path:
    return target.with_name(f".{target.name}-old")


def _exchanged(first: Path, second: Path) -> bool:
    """Let two folders change places in one step; False where the system or the file system cannot."""
    if sys.platform == "win32":
        return False
    library = ctypes.CDLL(None)
    names = os.fsencode(first), os.fsencode(second)
    if hasattr(library, "renameat2"):  # Linux
        return bool(library.renameat2(_WORKING_FOLDER, names[0], _WORKING_FOLDER, names[1], _EXCHANGE) == 0)
    if hasattr(library, "renamex_np"):  # macOS
        return bool(library.renamex_np(*names, _EXCHANGE) == 0)
    return False


@contextlib.contextmanager
def _locked(folder: Path, *, wait: bool = False) -> Iterator[bool]:
    """Hold a folder's lock; gives False where another process has it or where folders have none (Windows, some NFS)."""
    if sys.platform == "win32":
        yield False
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        held = True
    except OSError:
        held = False
    try:
        yield held
    finally:
        os.close(descriptor)

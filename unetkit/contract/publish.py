"""Files that are whole or not there: written to a temporary neighbour, then renamed."""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from unetkit.errors import OutputError


@contextlib.contextmanager
def published(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Give a temporary neighbour to write to; on leaving it replaces `path`, on any error it is removed.

    The neighbour keeps the suffix, because writers choose their format by it.

    Args:
        path: of the file.
        durable: wait until the bytes are on the disk before the name is theirs: else a power cut soon after may leave
            the name with nothing behind it. Waiting costs milliseconds a file, too much for many small ones.

    Raises:
        OutputError: the path is a folder or a device, its folder cannot be made, the disk is full, or the file cannot
            be replaced.
    """
    temporary = path.absolute().parent / f".{path.stem}-{secrets.token_hex(4)}{path.suffix}"
    try:
        if path.exists() and not path.is_file():  # renaming over /dev/null would replace the device
            raise OutputError(f"cannot write {path}: it is a folder or a device; choose another place")
        if path.parent.exists() and not path.parent.is_dir():  # mkdir would say that it exists
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path.parent))
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        if durable:
            flush(temporary)
        temporary.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot write {path}: {reason}; choose another place or make room") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def publish_text(path: Path, text: str) -> None:
    """Write UTF-8 text whole or not at all."""
    with published(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def publish_bytes(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write bytes whole or not at all; `durable` as for `published`."""
    with published(path, durable=durable) as temporary:
        temporary.write_bytes(data)


def flush(path: Path, *, deep: bool = True) -> None:
    """Wait until a file, or a folder with (`deep`) all that is in it, is on the disk."""
    if path.is_dir():
        for item in path.iterdir() if deep else ():
            flush(item)
        if os.name == "nt":  # has no such call for folders
            return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

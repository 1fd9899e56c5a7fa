"""A TensorFlow SavedModel is a folder; what is unetkit's in it lies in `assets.extra`, which is left for others.

Format: tensorflow.org/guide/saved_model.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from unetkit.errors import ArtifactError

GRAPH_FILE = "saved_model.pb"
_EXTRA = "assets.extra"


def is_saved_model(path: Path) -> bool:
    return (path / GRAPH_FILE).is_file()


def entry_file(path: Path, key: str) -> Path:
    """Where the value of `key` lies."""
    return path / _EXTRA / f"{key}.txt"


def read_entry(path: Path, key: str, *, limit: int) -> str | None:
    """The value stored under `key`, or None.

    Raises:
        ArtifactError: it is over `limit` bytes or not text.
    """
    file = entry_file(path, key)
    if not file.is_file():
        return None
    if file.stat().st_size > limit:
        raise ArtifactError(f"its {file.name} is over {limit:,} bytes")
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ArtifactError(f"its {file.name} is not UTF-8 text") from error


def members(path: Path) -> Iterator[Path]:
    """Its files, in an order that is the same everywhere."""
    yield from sorted(
        (item for item in path.rglob("*") if item.is_file()), key=lambda item: item.relative_to(path).as_posix()
    )


def digest_of(path: Path, *, without: Path | None = None) -> str:
    """Hexadecimal SHA-256 of its files' names and contents, all but `without`."""
    digest = hashlib.sha256()
    for item in members(path):
        if item != without:
            with item.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
            digest.update(f"{item.relative_to(path).as_posix()} {content}\n".encode())
    return digest.hexdigest()

"""Annotation files in JSON: looked at cheaply, then read once."""

import json
from pathlib import Path
from typing import Any

from unetkit.data.pictures import read_file
from unetkit.errors import DataError

_HEAD_BYTES = 1 << 16


def json_files(folder: Path) -> list[Path]:
    """JSON files below a folder, hidden ones left out, sorted."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".json")
    return [path for path in files if not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def head_mentions(path: Path, keys: tuple[str, ...]) -> bool:
    """Whether the first 64 KiB of a file hold two of these keys: one alone may stand in anybody's JSON.

    Raises:
        DataError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    return sum(f'"{key}"'.encode() in head for key in keys) >= 2


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        DataError: it cannot be read, is no JSON, or no object.
    """
    try:
        content = json.loads(read_file(path).decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise DataError(f"{path} is broken JSON ({error}); export it again") from error
    if not isinstance(content, dict):
        raise DataError(f"{path} holds {type(content).__name__}, expected a JSON object")
    return content


def text_of(table: dict[str, Any], key: str) -> str:
    """A text that is not empty.

    Raises:
        ValueError: there is none.
    """
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key} is {value!r}, expected a text")
    return value


def size_of(table: dict[str, Any], height_key: str, width_key: str) -> tuple[int, int] | None:
    """Height and width in pixels, None where one is missing or 0, as some tools write it.

    Raises:
        ValueError: a value that is no whole number from 1 on.
    """
    given = table.get(height_key), table.get(width_key)
    if not all(given):
        return None
    if not all(isinstance(side, int | float) and side == int(side) and side > 0 for side in given):
        raise ValueError(f"{height_key} and {width_key} are {given}, expected whole numbers from 1 on")
    height, width = given
    return int(height or 0), int(width or 0)

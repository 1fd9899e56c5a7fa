"""Files as sources of frames: which ones a folder or pattern means, and what their frames are called."""

import glob
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from unetkit.data.pictures import PICTURE_SUFFIXES
from unetkit.errors import DataError

VIDEO_SUFFIXES = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ts", ".webm", ".wmv"})
_PATTERN = frozenset("*?[")


def files_meant(text: str) -> tuple[Path, ...]:
    """The pictures and videos of a folder, or of a pattern like `clips/*.mp4` or `**/*.jpg`, in order of name.

    What is hidden, of another suffix, or (of a folder) further below is left out.

    Raises:
        DataError: there is none, or the folder cannot be read.
    """
    folder = Path(text)
    try:
        found = list(folder.iterdir()) if folder.is_dir() else _matching(text)
    except OSError as error:
        raise DataError(f"cannot read folder {folder}: {error.strerror}") from error
    known = PICTURE_SUFFIXES | VIDEO_SUFFIXES
    files = [file for file in found if file.suffix.lower() in known and not file.name.startswith(".")]
    files = sorted(file for file in files if file.is_file())
    if not files:
        raise DataError(f"no picture or video in {text}; expected files ending in {', '.join(sorted(known))}")
    return tuple(files)


def _matching(pattern: str) -> list[Path]:
    return [Path(name) for name in glob.glob(pattern, recursive=True)]  # noqa: PTH207 (Path's has no absolute patterns)


def is_pattern(text: str) -> bool:
    return not _PATTERN.isdisjoint(text)


def is_picture(file: Path) -> bool:
    return file.suffix.lower() in PICTURE_SUFFIXES


def distinct_names(files: Sequence[Path]) -> list[str]:
    """A name for each file, different from all others: its stem, else its name, else the folders that it is in, too."""
    stems, names = Counter(file.stem for file in files), Counter(file.name for file in files)
    shared = len(os.path.commonpath([file.absolute().parent for file in files]))
    folders = ["_".join(Path(str(file.absolute())[shared:]).parts[1:]) for file in files]
    return [
        file.stem if stems[file.stem] == 1 else file.name if names[file.name] == 1 else folder
        for file, folder in zip(files, folders, strict=True)
    ]

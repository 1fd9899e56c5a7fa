"""Lists of the names in each split: `train.txt`, `val.txt`, `test.txt`."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from unetkit.contract.publish import publish_text
from unetkit.data.pictures import PICTURE_SUFFIXES, read_file
from unetkit.errors import DataError, OutputError

SPLIT_OF_NAME = {
    "train": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
}
LIST_OF_SPLIT = {"train": "train.txt", "validation": "val.txt", "test": "test.txt"}

_IMAGES = "images"


def listed_splits(folder: Path, names: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Splits by the lists in a folder, none where there is no list. What stands in no list is left out.

    A line is a sample's name or its picture's file name; a path that leads to the picture, as some tools write it, does
    as well.

    Raises:
        DataError: a list is empty or names no picture, or a name stands in two lists.
    """
    splits: dict[str, tuple[str, ...]] = {}
    for path in present_lists(folder):
        split = SPLIT_OF_NAME[path.stem]
        splits[split] = (*splits.get(split, ()), *_listed(path, names))
    counts = Counter(name for split in splits.values() for name in split)
    shared = [name for name, count in counts.items() if count > 1]
    if shared:
        raise DataError(f"{len(shared)} names stand in two split lists of {folder}, the first is {shared[0]}")
    return splits


def present_lists(folder: Path) -> list[Path]:
    """The lists that are there, by any name that is read."""
    paths = (folder / f"{name}.txt" for name in SPLIT_OF_NAME)
    return [path for path in paths if path.is_file()]


def require_no_lists(folder: Path) -> None:
    """Look before the work.

    Raises:
        OutputError: there are lists.
    """
    there = ", ".join(path.name for path in present_lists(folder))
    if there:
        raise OutputError(f"{there} in {folder} would be replaced; say --force, or write elsewhere with --out")


def write_split_lists(folder: Path, splits: Mapping[str, Sequence[str]], *, force: bool = False) -> list[Path]:
    """Write a list for each split that has names.

    Args:
        folder: made if missing.
        splits: train, validation and test.
        force: replace the lists that are there; otherwise nothing is written where there is one.

    Returns:
        The lists written.

    Raises:
        OutputError: there are lists already, or they cannot be written.
    """
    if not force:
        require_no_lists(folder)
    there = present_lists(folder)
    written = {folder / LIST_OF_SPLIT[split]: names for split, names in splits.items() if names}
    for path, names in written.items():
        publish_text(path, "".join(f"{name}\n" for name in names))
    try:
        for path in set(there) - set(written):  # an old test.txt beside a new train.txt would share names with it
            path.unlink()
    except OSError as error:
        raise OutputError(f"cannot remove the old list {error.filename}: {error.strerror}") from error
    return list(written)


def _listed(path: Path, names: Collection[str]) -> tuple[str, ...]:
    lines = [line.strip() for line in read_file(path).decode("utf-8-sig", "replace").splitlines() if line.strip()]
    found = {line: next((name for name in readings(line) if name in names), None) for line in lines}
    unknown = [line for line, name in found.items() if name is None]
    if unknown or not found:
        what = (
            f"names {len(unknown)} pictures that are not there, the first is {unknown[0]!r}" if unknown else "is empty"
        )
        raise DataError(f"{path} {what}; one picture a line, as below {_IMAGES}/")
    return tuple(dict.fromkeys(name for name in found.values() if name is not None))


def readings(line: str) -> list[str]:
    """What a line may call a picture, the plainest first: with its suffix, and from a folder above `images/` on."""
    parts = [part for part in line.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    below = parts[len(parts) - parts[::-1].index(_IMAGES) :] if _IMAGES in parts else parts
    around = [part for part in parts if part != _IMAGES]  # train/images/a.jpg is the sample train/a
    paths = dict.fromkeys((line, "/".join(parts), "/".join(below), "/".join(around)))
    return [reading for path in paths for reading in (path, _without_suffix(path))]


def _without_suffix(path: str) -> str:
    stem, dot, suffix = path.rpartition(".")
    return stem if f"{dot}{suffix}".lower() in PICTURE_SUFFIXES else path

"""Folders of the same photographs, cropped or scaled differently, as one data set that is split by photograph."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from unetkit.contract.publish import publish_text
from unetkit.data.classes import CLASSES_FILE
from unetkit.data.classfile import CLASS_FILE
from unetkit.data.folderlayout import IMAGES, MASKS, pair_files
from unetkit.errors import DataError, OutputError, UsageError


def join_folders(folders: Sequence[Path], out: Path, *, held_out: float, seed: int = 0) -> dict[str, int]:
    """Copy folders into one, `images/FOLDER/NAME`, so that all versions of a photograph lie on one side of the split.

    The held-out photographs of the first folder become the validation split and those of the others the test split:
    what a network is chosen by is one kind of picture, and the other kinds are scored apart.

    Args:
        folders: each with `images/` and `masks/`; the same name in two of them is the same photograph.
        out: must not exist yet.
        held_out: share of the photographs in (0, 1).
        seed: draws them.

    Returns:
        Number of pictures in each split.

    Raises:
        UsageError: fewer than two folders, two of one name, a share out of range.
        DataError: a folder that cannot be read as pictures with masks, or folders with other classes than the first's.
        OutputError: `out` exists, or cannot be written.
    """
    names = [folder.name for folder in folders]
    if len(folders) < 2 or len(set(names)) < len(names):
        raise UsageError(f"give two folders or more with different names, received {', '.join(map(str, folders))}")
    if not 0 < held_out < 1:
        raise UsageError(f"held-out share is {held_out}, expected above 0 and below 1")
    pairs = {folder.name: pair_files(folder) for folder in folders}
    classes = _classes(folders)
    photographs = sorted(set().union(*pairs.values()))
    count = round(held_out * len(photographs))
    if not 0 < count < len(photographs):
        raise DataError(f"{held_out:g} of {len(photographs)} photographs leaves one side empty; change the share")
    chosen = np.random.default_rng(seed).choice(len(photographs), count, replace=False)
    held = {photographs[index] for index in chosen}
    splits: dict[str, list[str]] = {"train": [], "val": [], "test": []}
    if out.exists():
        raise OutputError(f"{out} is there already; remove it or choose another folder")
    try:
        for position, (folder, samples) in enumerate(pairs.items()):
            for name, sample in sorted(samples.items()):
                for kind, file in ((IMAGES, sample.picture), (MASKS, sample.mask)):
                    target = out / kind / folder / f"{name}{file.suffix}"
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file, target)
                side = "train" if name not in held else "val" if position == 0 else "test"
                splits[side].append(f"{folder}/{name}")
    except OSError as error:
        raise OutputError(f"cannot write {error.filename or out}: {error.strerror}") from error
    for name, text in classes.items():
        publish_text(out / name, text)
    for side, members in splits.items():
        publish_text(out / f"{side}.txt", "".join(f"{member}\n" for member in members))
    return {side: len(members) for side, members in splits.items()}


def _classes(folders: Sequence[Path]) -> dict[str, str]:
    """The files that say what the masks mean, by name: the same in all folders, or in none."""
    found = [
        {name: text for name in (CLASS_FILE, CLASSES_FILE) if (text := _text(folder / name)) is not None}
        for folder in folders
    ]
    for folder, theirs in zip(folders[1:], found[1:], strict=True):
        if theirs != found[0]:
            raise DataError(f"{folder} and {folders[0]} do not have the same {CLASS_FILE} and {CLASSES_FILE}")
    return found[0]


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8") if path.is_file() else None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {path} ({error})") from error

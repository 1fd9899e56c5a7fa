"""Splits of an `images/` and `masks/` folder, and every line of a split list that is wrong."""

from collections.abc import Collection, Mapping
from pathlib import Path

from unetkit.data.checking.finding import Finding
from unetkit.data.folderlayout import IMAGES, folder_splits
from unetkit.data.pictures import read_file
from unetkit.data.splitlists import SPLIT_OF_NAME, present_lists, readings
from unetkit.errors import DataError

Splits = Mapping[str, tuple[str, ...]]


def split_names(folder: Path, names: Collection[str]) -> tuple[Splits, list[Finding]]:
    """What `folder_splits` says; where it refuses, all its reasons and the splits that are left.

    Args:
        folder: may hold `train.txt`, `val.txt`, `test.txt`.
        names: of the pairs.

    Returns:
        Names of each split and the faults. A name in two splits stays in the first one.
    """
    lists = {path.name: SPLIT_OF_NAME[path.stem] for path in present_lists(folder)}
    faults: list[Finding] = []
    try:
        splits = folder_splits(folder, names)
    except DataError:
        splits, faults = _from_lists(folder, lists, names) if lists else _from_folders(names)
    if lists:
        listed = {name for members in splits.values() for name in members}
        faults += [
            Finding(code="not-listed", file=name, reason=f"in none of {', '.join(lists)}: left out")
            for name in names
            if name not in listed
        ]
    return splits, faults


def _from_lists(folder: Path, lists: Mapping[str, str], names: Collection[str]) -> tuple[Splits, list[Finding]]:
    faults: list[Finding] = []
    place: dict[str, str] = {}  # the list a name stands in
    for file in lists:
        lines = read_file(folder / file).decode("utf-8-sig", "replace").splitlines()
        entries = dict.fromkeys(line.strip() for line in lines if line.strip())
        if not entries:
            faults.append(Finding(code="split-empty", file=file, reason="it holds no line"))
        for entry in entries:
            name = next((reading for reading in readings(entry) if reading in names), None)
            if name is None:
                faults.append(Finding(code="split-unknown", file=entry, reason=f"{file} names it: no such pair"))
            elif place.setdefault(name, file) != file:
                faults.append(
                    Finding(code="split-overlap", file=name, reason=f"it stands in {place[name]} and in {file}")
                )
    return _grouped({name: lists[file] for name, file in place.items()}), faults


def _from_folders(names: Collection[str]) -> tuple[Splits, list[Finding]]:
    tops = {name: name.split("/")[0] if "/" in name else "" for name in names}
    faults = [
        Finding(code="split-outside", file=f"{IMAGES}/{name}", reason="other pictures lie in split folders")
        for name, top in tops.items()
        if top not in SPLIT_OF_NAME
    ]
    inside = {name: SPLIT_OF_NAME[top] for name, top in tops.items() if top in SPLIT_OF_NAME}
    return _grouped(inside), faults


def _grouped(split_of: Mapping[str, str]) -> Splits:
    return {
        split: tuple(name for name, own in split_of.items() if own == split)
        for split in dict.fromkeys(split_of.values())
    }

"""Drawing the splits: every class in each of them in its share, what belongs together on one side."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from unetkit.contract.spec import IGNORE_LABEL
from unetkit.data.dataset import READERS, Dataset, FiledDataset, Progress
from unetkit.errors import DataError, UsageError

_AHEAD = 64  # samples decoded at a time: memory stays flat however large the data set


@dataclass(frozen=True, kw_only=True)
class Division:
    """What was drawn.

    Attributes:
        splits: names of train, validation and test, each in the data set's order.
        groups: how many there were; as many as pictures without a rule.
        holding: by class name, how many pictures of each split hold the class.
    """

    splits: Mapping[str, tuple[str, ...]]
    groups: int
    holding: Mapping[str, Mapping[str, int]]


def divide(
    dataset: Dataset,
    *,
    validation: float,
    test: float,
    seed: int = 0,
    group_by: str | None = None,
    progress: Progress | None = None,
) -> Division:
    """Draw splits, stratified by the classes that pictures hold (Sechidis et al. 2011, ECML PKDD, algorithm 1).

    The rarest class that is left goes first: each group that holds it goes to the split that lacks most of it, then of
    pictures. The order within a class depends on the seed and the group's name alone.

    Args:
        dataset: all its samples are read once, for the classes in them.
        validation: share of the pictures, 0 to 1.
        test: share of the pictures, 0 for no test split.
        seed: another seed, another draw.
        group_by: a regular expression; names that are alike in its first group (without one, in what it matches) stay
            together.
        progress: called with (done, total).

    Raises:
        UsageError: shares that leave nothing to train on, or an expression that is none.
        DataError: a sample that cannot be read, a name that the expression does not match, or an empty split.
    """
    if not (0 < validation < 1 and 0 <= test < 1 and validation + test < 1):
        raise UsageError(
            f"the shares are {validation:g} for validation and {test:g} for test; expected above 0, from 0 on, and "
            "together below 1"
        )
    names = every_name(dataset)
    group_of = _groups(names, group_by)
    held = dict(zip(names, _held(dataset, names, progress), strict=True))
    shares = {"train": 1 - validation - test, "validation": validation} | ({"test": test} if test else {})
    side_of = _drawn(names, group_of, held, shares, seed)
    splits = {split: tuple(name for name in names if side_of[group_of[name]] == split) for split in shares}
    empty = [split for split, members in splits.items() if not members]
    if empty:
        raise DataError(
            f"the {empty[0]} split would be empty: {len(names)} pictures in {len(side_of)} groups; add pictures, "
            "change the shares or the groups"
        )
    holding = {
        item.name: {split: sum(label in held[name] for name in members) for split, members in splits.items()}
        for label, item in enumerate(dataset.classes)
    }
    return Division(splits=splits, groups=len(side_of), holding=holding)


def every_name(dataset: Dataset) -> tuple[str, ...]:
    """All samples, those that stand in no split among them, where the data set knows of such."""
    if isinstance(dataset, FiledDataset):
        return dataset.names
    return tuple(name for names in dataset.splits.values() for name in names)


def _groups(names: Sequence[str], group_by: str | None) -> dict[str, str]:
    if group_by is None:
        return {name: name for name in names}
    try:
        expression = re.compile(group_by)
    except re.error as error:
        raise UsageError(f"--group-by {group_by!r} is no regular expression: {error}") from error
    matches = {name: expression.search(name) for name in names}
    unmatched = [name for name, match in matches.items() if match is None]
    if unmatched:
        raise DataError(
            f"--group-by {group_by!r} does not match {len(unmatched):,} of {len(names):,} names, "
            f"the first is {unmatched[0]!r}"
        )
    first = 1 if expression.groups else 0
    return {name: match[first] or "" for name, match in matches.items() if match is not None}


def _held(dataset: Dataset, names: Sequence[str], progress: Progress | None) -> Iterable[frozenset[int]]:
    """Labels of each sample, 255 left out."""

    def labels_in(name: str) -> frozenset[int]:
        _, labels = dataset.read(name)
        return frozenset(np.flatnonzero(np.bincount(labels.ravel(), minlength=256)[:255]).tolist())

    with ThreadPoolExecutor(READERS) as pool:
        for start in range(0, len(names), _AHEAD):
            yield from pool.map(labels_in, names[start : start + _AHEAD])
            if progress is not None:
                progress(min(start + _AHEAD, len(names)), len(names))


def _drawn(
    names: Sequence[str],
    group_of: Mapping[str, str],
    held: Mapping[str, frozenset[int]],
    shares: Mapping[str, float],
    seed: int,
) -> dict[str, str]:
    """The split of each group."""
    pictures_of: dict[str, Counter[int]] = defaultdict(Counter)  # of each group, by label
    size_of: Counter[str] = Counter()
    for name in names:
        pictures_of[group_of[name]].update(held[name])
        size_of[group_of[name]] += 1
    left = sum(pictures_of.values(), Counter[int]())
    wanted = {split: {label: share * count for label, count in left.items()} for split, share in shares.items()}
    wanted_size = {split: share * len(names) for split, share in shares.items()}
    order = sorted(pictures_of, key=lambda group: (-size_of[group], _lot(seed, group)))  # small ones even it out
    side_of: dict[str, str] = {}

    def place(group: str, label: int) -> None:
        side = max(shares, key=lambda split: (wanted[split].get(label, 0), wanted_size[split]))
        side_of[group] = side
        wanted_size[side] -= size_of[group]
        for each, count in pictures_of[group].items():
            wanted[side][each] -= count
            left[each] -= count

    while any(left.values()):
        rarest = min((label for label, count in left.items() if count), key=lambda label: (left[label], label))
        for group in order:
            if group not in side_of and rarest in pictures_of[group]:
                place(group, rarest)
    for group in order:
        if group not in side_of:  # it holds nothing but ignored pixels
            place(group, IGNORE_LABEL)
    return side_of


def _lot(seed: int, group: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{group}".encode()).digest()

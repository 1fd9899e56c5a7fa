"""Which samples train and which validate."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from unetkit.data.dataset import Dataset
from unetkit.errors import DataError, UsageError

TRAINING_SPLITS = ("train", "trainval", "all")  # in the order they are looked for
VALIDATION = "validation"


@dataclass(frozen=True, kw_only=True)
class TrainingSplit:
    """Sample names to train on and to validate on, and the split of the data set each comes from."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    train_name: str
    validation_name: str


def training_split(dataset: Dataset, *, seed: int, fraction: float) -> TrainingSplit:
    """The data set's own validation split where it has one, else a seeded share of its training pictures.

    A picture's place depends on the seed and its name alone, so that adding pictures moves none of the others.

    Args:
        dataset: has a split named train, trainval or all.
        seed: another seed holds out other pictures.
        fraction: share of the training pictures to hold out, in (0, 1); not used where the data set has a
            validation split.

    Raises:
        UsageError: the fraction is not in (0, 1).
        DataError: one side would be empty.
    """
    if not 0 < fraction < 1:
        raise UsageError(f"the validation fraction is {fraction}, expected a number in (0, 1)")
    source = next((name for name in TRAINING_SPLITS if dataset.splits.get(name)), None)
    if source is None:
        raise DataError(f"{dataset.reference} has no picture to train on, only the splits {_listed(dataset)}")
    names = dataset.splits[source]
    official = dataset.splits.get(VALIDATION, ())
    if official:
        return TrainingSplit(train=names, validation=official, train_name=source, validation_name=VALIDATION)
    held = round(len(names) * fraction)
    if not 0 < held < len(names):
        raise DataError(
            f"{len(names)} pictures of {dataset.reference} cannot be split with fraction {fraction}: "
            f"{held} would validate and {len(names) - held} train; add pictures or change the fraction"
        )
    validation = set(sorted(names, key=lambda name: _lot(seed, name))[:held])
    return TrainingSplit(
        train=_kept(names, names_in=set(names) - validation),
        validation=_kept(names, names_in=validation),
        train_name=source,
        validation_name=source,
    )


def evaluation_names(dataset: Dataset, split: str) -> tuple[str, ...]:
    """Sample names of a split by name.

    Raises:
        DataError: there is none, or it is empty.
    """
    names = dataset.splits.get(split, ())
    if not names:
        raise DataError(f"{dataset.reference} has no split {split!r}; it has {_listed(dataset)}")
    return names


def _lot(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{name}".encode()).digest()


def _kept(names: Iterable[str], *, names_in: set[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in names_in)


def _listed(dataset: Dataset) -> str:
    return ", ".join(f"{name} ({len(names):,})" for name, names in dataset.splits.items() if names) or "none"

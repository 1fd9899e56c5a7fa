from collections.abc import Mapping

import numpy as np
import pytest

from tests.unit.data.sets import TableDataset, names
from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.spec import ClassSpec
from unetkit.data.division import Division, divide
from unetkit.errors import DataError, UsageError


class HoldingDataset:
    """Pictures of one row that hold the given labels."""

    reference = "holding"
    classes = tuple(ClassSpec(name=name, bgr=(0, 0, 0)) for name in ("background", "common", "rare"))

    def __init__(self, held: Mapping[str, tuple[int, ...]]) -> None:
        self.held = held
        self.splits: Mapping[str, tuple[str, ...]] = {"all": tuple(held)}

    def read(self, name: str) -> tuple[BgrFrame, Labels]:
        labels = np.array([self.held[name]], np.uint8)
        return np.zeros((*labels.shape, 3), np.uint8), labels

    def digest(self) -> str:
        return "ab" * 32


def drawn(held: Mapping[str, tuple[int, ...]], **options: object) -> Division:
    return divide(HoldingDataset(held), **{"validation": 0.2, "test": 0.2, **options})  # type: ignore[arg-type]


def test_every_picture_lies_on_one_side_in_its_share() -> None:
    division = divide(TableDataset({"all": names(100)}), validation=0.2, test=0.1)
    sizes = {split: len(members) for split, members in division.splits.items()}
    assert sizes == {"train": 70, "validation": 20, "test": 10}
    assert sorted(name for members in division.splits.values() for name in members) == sorted(names(100))
    # the table's pictures hold class 0 and 1 in turn
    assert division.holding == {
        "even": {"train": 35, "validation": 10, "test": 5},
        "odd": {"train": 35, "validation": 10, "test": 5},
    }
    assert division.groups == 100


@pytest.mark.parametrize("seed", range(5))
def test_a_rare_class_stands_in_every_split(seed: int) -> None:
    held = {f"{index:03}": (0, 1, 2) if index < 5 else (0, 1) for index in range(100)}
    division = drawn(held, seed=seed)
    assert division.holding["rare"] == {"train": 3, "validation": 1, "test": 1}
    assert division.holding["background"] == {"train": 60, "validation": 20, "test": 20}


def test_the_seed_decides_which() -> None:
    held = {f"{index:03}": (0, 1) for index in range(50)}
    assert drawn(held, seed=1) == drawn(held, seed=1)
    assert drawn(held, seed=1).splits != drawn(held, seed=2).splits
    backwards = dict(reversed(held.items()))
    assert sorted(drawn(backwards, seed=1).splits["test"]) == sorted(drawn(held, seed=1).splits["test"])


@pytest.mark.parametrize("rule", [r"^(video\d+)_", r"^video\d+"])
def test_what_belongs_together_stays_on_one_side(rule: str) -> None:
    held = {
        f"video{video}_{frame:02}": (0, 2 if video == 3 else 1) for video in range(10) for frame in range(1 + video)
    }
    division = drawn(held, group_by=rule)
    assert division.groups == 10
    videos = [{name.partition("_")[0] for name in members} for members in division.splits.values()]
    assert sum(map(len, videos)) == 10
    # of 55 frames, a fifth is 11: the largest video has 10, so a side is off by no more than that
    assert all(abs(len(division.splits[split]) - 11) <= 10 for split in ("validation", "test"))


def test_no_test_split_is_made_for_a_share_of_0() -> None:
    assert set(drawn({f"{index}": (0, 1) for index in range(10)}, test=0.0).splits) == {"train", "validation"}


def test_ignored_pixels_are_no_class() -> None:
    division = drawn({f"{index}": (255,) if index < 5 else (0, 255) for index in range(20)})
    assert {split: len(members) for split, members in division.splits.items()} == {
        "train": 12,
        "validation": 4,
        "test": 4,
    }
    assert division.holding["background"] == {"train": 9, "validation": 3, "test": 3}


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"validation": 0.0}, UsageError, "the shares are 0 for validation and 0.2 for test"),
        ({"validation": 0.9}, UsageError, "the shares are 0.9 for validation and 0.2 for test"),
        ({"test": -0.1}, UsageError, "-0.1 for test"),
        ({"validation": float("nan")}, UsageError, "nan for validation"),
        ({"group_by": "("}, UsageError, r"--group-by '\(' is no regular expression"),
        ({"group_by": r"^v(\d)"}, DataError, r"does not match 10 of 10 names, the first is '0'"),
        ({"group_by": ""}, DataError, "split would be empty: 10 pictures in 1 groups"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(options: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        drawn({f"{index}": (0, 1) for index in range(10)}, **options)


def test_a_broken_sample_is_its_own_error() -> None:
    with pytest.raises(DataError, match="picture-3 is broken"):
        divide(TableDataset({"all": names(10)}, broken={"picture-3"}), validation=0.2, test=0.2)

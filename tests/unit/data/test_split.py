import pytest

from tests.unit.data.sets import TableDataset, names
from unetkit.data.split import evaluation_names, training_split
from unetkit.errors import DataError, UsageError


@pytest.mark.parametrize("source", ["train", "trainval", "all"])
def test_a_share_is_held_out_without_overlap(source: str) -> None:
    split = training_split(TableDataset({source: names(50), "test": ("t",)}), seed=0, fraction=0.1)
    assert len(split.validation) == 5
    assert sorted((*split.train, *split.validation)) == sorted(names(50))
    assert (split.train_name, split.validation_name) == (source, source)


def test_the_seed_decides_which() -> None:
    dataset = TableDataset({"all": names(50)})
    first = training_split(dataset, seed=1, fraction=0.2)
    assert training_split(dataset, seed=1, fraction=0.2) == first
    assert training_split(dataset, seed=2, fraction=0.2) != first


def test_a_picture_more_moves_at_most_one_other() -> None:
    before = training_split(TableDataset({"all": names(50)}), seed=1, fraction=0.2)
    after = training_split(TableDataset({"all": names(51)}), seed=1, fraction=0.2)
    assert len(set(before.validation) ^ set(after.validation)) <= 2


def test_an_official_validation_split_is_used_as_it_is() -> None:
    dataset = TableDataset({"train": ("a", "b"), "validation": ("c",), "test": ("d",)})
    split = training_split(dataset, seed=0, fraction=0.9)
    assert (split.train, split.validation, split.validation_name) == (("a", "b"), ("c",), "validation")


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.5, float("nan")])
def test_a_fraction_outside_0_to_1_is_a_usage_error(fraction: float) -> None:
    with pytest.raises(UsageError, match=r"expected a number in \(0, 1\)"):
        training_split(TableDataset({"all": names(9)}), seed=0, fraction=fraction)


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        ({"all": names(3)}, "0 would validate and 3 train"),
        ({"all": names(1)}, "0 would validate and 1 train"),
        ({"test": names(3)}, r"no picture to train on, only the splits test \(3\)"),
        ({"train": ()}, "no picture to train on, only the splits none"),
    ],
)
def test_an_empty_side_is_refused(splits: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        training_split(TableDataset(splits), seed=0, fraction=0.1)


def test_a_split_is_found_by_name_and_a_missing_one_lists_the_others() -> None:
    dataset = TableDataset({"trainval": names(4), "test": ("t",)})
    assert evaluation_names(dataset, "test") == ("t",)
    with pytest.raises(DataError, match=r"no split 'val'; it has trainval \(4\), test \(1\)"):
        evaluation_names(dataset, "val")

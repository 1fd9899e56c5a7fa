"""All versions of a photograph lie on one side of the split."""

from pathlib import Path

import pytest

from tests.unit.data.sets import write_folder
from unetkit.data.catalog import open_dataset
from unetkit.data.joining import join_folders
from unetkit.errors import DataError, OutputError, UsageError

NAMES = [f"{number:02}" for number in range(10)]


def _folders(tmp_path: Path) -> list[Path]:
    mask = [[0, 1], [1, 0]]
    near = write_folder(tmp_path / "near", dict.fromkeys(NAMES, mask))
    far = write_folder(tmp_path / "far", dict.fromkeys(NAMES[:8], mask))  # two have no whole photograph
    return [near, far]


def test_a_photograph_is_trained_on_or_held_out_in_all_its_versions(tmp_path: Path) -> None:
    counts = join_folders(_folders(tmp_path), tmp_path / "joined", held_out=0.3)
    splits = open_dataset(str(tmp_path / "joined")).splits
    assert {len(splits["train"]) + len(splits["test"])} == {18 - 3}
    assert counts == {"train": len(splits["train"]), "val": 3, "test": len(splits["test"])}
    held = {name.partition("/")[2] for name in splits["validation"]}
    assert {name.partition("/")[0] for name in splits["validation"]} == {"near"}
    assert {name.partition("/")[0] for name in splits["test"]} == {"far"}
    assert {name.partition("/")[2] for name in splits["test"]} == held & set(NAMES[:8])
    assert held.isdisjoint(name.partition("/")[2] for name in splits["train"])


def test_files_are_copied_as_they_are(tmp_path: Path) -> None:
    near, _ = folders = _folders(tmp_path)
    join_folders(folders, tmp_path / "joined", held_out=0.3)
    for kind, name in (("images", "03.jpg"), ("masks", "03.png")):
        assert (tmp_path / "joined" / kind / "near" / name).read_bytes() == (near / kind / name).read_bytes()


def test_what_the_masks_mean_is_carried_along(tmp_path: Path) -> None:
    folders = _folders(tmp_path)
    for folder in folders:
        (folder / "classes.txt").write_text("ground\nhöhle\n", encoding="utf-8")
    join_folders(folders, tmp_path / "joined", held_out=0.3)
    assert [item.name for item in open_dataset(str(tmp_path / "joined")).classes] == ["ground", "höhle"]


def test_folders_of_other_classes_are_not_joined(tmp_path: Path) -> None:
    folders = _folders(tmp_path)
    (folders[1] / "classes.txt").write_text("ground\ncave\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"far and .*near do not have the same classes\.toml and"):
        join_folders(folders, tmp_path / "joined", held_out=0.3)
    assert not (tmp_path / "joined").exists()


def test_the_seed_draws_what_is_held_out(tmp_path: Path) -> None:
    folders = _folders(tmp_path)
    drawn = []
    for run, seed in enumerate((0, 0, 1)):
        join_folders(folders, tmp_path / f"joined{run}", held_out=0.3, seed=seed)
        drawn.append((tmp_path / f"joined{run}" / "val.txt").read_text())
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize(
    ("count", "held_out", "told"),
    [
        (1, 0.3, "give two folders or more with different names"),
        (2, 0.0, "held-out share is 0.0, expected above 0 and below 1"),
        (2, 1.0, "held-out share is 1.0"),
    ],
)
def test_a_wrong_request_is_refused(count: int, held_out: float, told: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=told):
        join_folders(_folders(tmp_path)[:count], tmp_path / "joined", held_out=held_out)
    assert not (tmp_path / "joined").exists()


def test_a_share_that_leaves_one_side_empty_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"0\.01 of 10 photographs leaves one side empty; change the share"):
        join_folders(_folders(tmp_path), tmp_path / "joined", held_out=0.01)


def test_what_is_there_already_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "joined").mkdir()
    with pytest.raises(OutputError, match="is there already; remove it or choose another folder"):
        join_folders(_folders(tmp_path), tmp_path / "joined", held_out=0.3)
    assert list((tmp_path / "joined").iterdir()) == []

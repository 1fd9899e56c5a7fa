from pathlib import Path

import pytest

from tests.unit.data.sets import write
from unetkit.data.splitlists import listed_splits, require_no_lists, write_split_lists
from unetkit.errors import DataError, OutputError

NAMES = ("a", "b.c", "sub/d", "Tür", "train/e")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("a", "a"),
        ("a.jpg", "a"),
        ("b.c", "b.c"),
        ("b.c.png", "b.c"),
        ("images/a.jpg", "a"),
        ("./images/sub/d.JPG", "sub/d"),
        ("data\\images\\sub\\d.jpg", "sub/d"),
        ("/home/me/set/images/Tür.jpg", "Tür"),
        ("train/images/e.jpg", "train/e"),
        ("../train/images/e.jpg", "train/e"),
    ],
)
def test_a_line_may_be_a_name_a_file_name_or_a_path(tmp_path: Path, line: str, name: str) -> None:
    write(tmp_path / "valid.txt", f"\ufeff{line}\r\n\r\n".encode())
    assert listed_splits(tmp_path, NAMES) == {"validation": (name,)}


@pytest.mark.parametrize("line", ["x", "b", "d", "a.c", "sub/a"])
def test_a_line_that_names_nothing_is_refused(tmp_path: Path, line: str) -> None:
    write(tmp_path / "train.txt", line.encode())
    with pytest.raises(DataError, match=rf"train\.txt names 1 pictures that are not there, the first is '{line}'"):
        listed_splits(tmp_path, NAMES)


def test_lists_come_back_as_written(tmp_path: Path) -> None:
    splits = {"train": ("a", "Tür"), "validation": ("b.c",), "test": ()}
    written = write_split_lists(tmp_path / "new", splits)
    assert [path.name for path in written] == ["train.txt", "val.txt"]
    assert listed_splits(tmp_path / "new", NAMES) == {"train": ("a", "Tür"), "validation": ("b.c",)}


def test_lists_that_are_there_are_kept_unless_forced(tmp_path: Path) -> None:
    write(tmp_path / "valid.txt", b"mine\n")
    for attempt in (lambda: require_no_lists(tmp_path), lambda: write_split_lists(tmp_path, {"train": ("a",)})):
        with pytest.raises(OutputError, match=r"valid\.txt in .* would be replaced; say --force"):
            attempt()
    assert [path.name for path in tmp_path.iterdir()] == ["valid.txt"]
    write_split_lists(tmp_path, {"train": ("a",), "validation": ("b.c",)}, force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["train.txt", "val.txt"]

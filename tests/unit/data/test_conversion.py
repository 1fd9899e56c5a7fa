from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.data.annotations import (
    SQUARE,
    labelme,
    labelme_shape,
    turned_picture,
    write_coco,
    write_json,
    write_labelme,
    write_voc,
    write_yolo,
)
from tests.unit.data.sets import TableDataset, names, write_folder, write_oxford
from unetkit.data.catalog import format_of, open_dataset
from unetkit.data.conversion import convert_dataset
from unetkit.data.dataset import Dataset, FiledDataset
from unetkit.errors import DataError, OutputError


def assert_same(first: Dataset, second: Dataset, names_of: tuple[str, ...]) -> None:
    assert first.classes == second.classes
    for name in names_of:
        for one, other in zip(first.read(name), second.read(name), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("write_set", "splits"),
    [
        (write_coco, {"all": 1}),
        (write_yolo, {"train": 1, "validation": 1}),
        (write_labelme, {"all": 1}),
        (write_voc, {"train": 1, "validation": 1}),
        (lambda folder: write_folder(folder, {"sub/ü": [[0, 255]], "b": [[0, 0]]}), {"all": 2}),
        (lambda folder: write_oxford(folder, ["pug_1", "pug_2"], ["cat_1"]), {"train": 2, "test": 1}),
    ],
)
def test_a_converted_set_gives_the_same_pixels_labels_and_classes(
    tmp_path: Path, write_set: Callable[[Path], Path], splits: dict[str, int]
) -> None:
    source = open_dataset(str(write_set(tmp_path / "set")))
    converted = convert_dataset(source, tmp_path / "new")
    target = open_dataset(str(tmp_path / "new"))
    assert format_of(target) == "folders"
    assert {split: len(members) for split, members in target.splits.items()} == splits
    assert isinstance(source, FiledDataset)
    assert isinstance(target, FiledDataset)
    assert_same(source, target, source.names)
    for name in source.names:  # byte by byte
        assert target.picture_file(name).read_bytes() == source.picture_file(name).read_bytes()
    assert (converted.pictures, converted.rewritten, converted.unlisted) == (len(source.names), 0, 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "set"]


def test_pictures_that_are_no_files_become_pngs(tmp_path: Path) -> None:
    dataset = TableDataset({"train": names(3), "test": ("t",), "extra": ("e", "f")})
    converted = convert_dataset(dataset, tmp_path / "new")
    assert converted.lists == {"train.txt": 3, "test.txt": 1}
    assert (converted.pictures, converted.rewritten, converted.unlisted) == (6, 6, 2)
    assert_same(dataset, open_dataset(str(tmp_path / "new")), (*names(3), "t", "e", "f"))


@pytest.mark.parametrize(("orientation", "hw", "rewritten"), [(6, (32, 16), 0), (6, (16, 16), 1), (3, (16, 32), 1)])
def test_a_turned_picture_stays_a_copy_only_where_the_sizes_tell(
    tmp_path: Path, orientation: int, hw: tuple[int, int], rewritten: int
) -> None:
    stored = (16, 16) if hw == (16, 16) else (16, 32)
    turned_picture(tmp_path / "set" / "a.jpg", orientation, stored)
    write_json(tmp_path / "set" / "a.json", labelme([labelme_shape("cat", SQUARE)], hw=hw))
    source = open_dataset(str(tmp_path / "set"))
    assert convert_dataset(source, tmp_path / "new").rewritten == rewritten
    assert_same(source, open_dataset(str(tmp_path / "new")), ("a",))


def test_a_mask_of_ignored_pixels_stays_one(tmp_path: Path) -> None:
    write_folder(tmp_path / "set", {"a": [[0, 255, 1]]})
    convert_dataset(open_dataset(str(tmp_path / "set")), tmp_path / "new")
    stored = cv2.imread(str(tmp_path / "new" / "masks" / "a.png"), cv2.IMREAD_UNCHANGED)
    assert stored is not None
    assert stored.tolist() == [[0, 255, 1]]


def test_nothing_is_left_where_a_sample_is_broken(tmp_path: Path) -> None:
    dataset = TableDataset({"train": names(100)}, broken={"picture-80"})
    with pytest.raises(DataError, match="picture-80 is broken"):
        convert_dataset(dataset, tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    with pytest.raises(OutputError, match=r"new is there already; remove it or choose another"):
        convert_dataset(TableDataset({"train": names(3)}), tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


def test_the_progress_counts_every_picture(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    convert_dataset(
        TableDataset({"train": names(70)}), tmp_path / "new", progress=lambda done, total: told.append((done, total))
    )
    assert told == [(64, 70), (70, 70)]

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.unit.data.annotations import HW, INNER, SQUARE, picture, square, turned_picture, write_yolo, yolo_line
from tests.unit.data.sets import write
from unetkit.data.yolo import YoloDataset
from unetkit.errors import DataError, MissingDependencyError


def test_a_class_is_its_index_plus_one_and_the_smaller_object_lies_on_top(tmp_path: Path) -> None:
    dataset = YoloDataset(write_yolo(tmp_path))
    assert [item.name for item in dataset.classes] == ["background", "cat", "dog"]
    assert dataset.splits == {"train": ("train/a",), "validation": ("val/b",)}
    frame, labels = dataset.read("train/a")
    assert frame.shape == (*HW, 3)
    np.testing.assert_array_equal(labels, square(2, 1))
    assert not dataset.read("val/b")[1].any()  # no label file: background


@pytest.mark.parametrize(
    "settings",
    [
        "names:\n  0: cat\n  1: dog\ntrain: images/train\nval: images/val\n",
        "path: ../datasets/pets\nnames: [cat, dog]\ntrain: images/train\nval: images/val\ntest:\n",
        "names: [cat, dog]\ntrain: ../images/train\nval: ../images/val\n",  # as Roboflow exports it
        "path: C:\\Users\\me\\pets\nnames: [cat, dog]\ntrain: images\\train\nval: [images/val]\n",
        "names: [cat, dog]\ntrain: train_pictures.txt\nval: val_pictures.txt\n",
        "names: [cat, dog]\n",  # the folders say it
    ],
)
def test_the_forms_of_a_settings_file_say_the_same(tmp_path: Path, settings: str) -> None:
    write_yolo(tmp_path, settings=settings)
    write(tmp_path / "train_pictures.txt", b"./images/train/a.jpg\n")
    write(tmp_path / "val_pictures.txt", b"/home/me/pets/images/val/b.jpg\n")
    dataset = YoloDataset(tmp_path)
    assert dataset.splits == {"train": ("train/a",), "validation": ("val/b",)}
    np.testing.assert_array_equal(dataset.read("train/a")[1], square(2, 1))


def test_split_folders_above_images_are_splits(tmp_path: Path) -> None:
    write(tmp_path / "data.yaml", b"names: [cat, dog]\ntrain: ../train/images\nval: ../valid/images\n")
    for split in ("train", "valid"):
        picture(tmp_path / split / "images" / "a.jpg")
        write(tmp_path / split / "labels" / "a.txt", yolo_line(1, SQUARE).encode())
    dataset = YoloDataset(tmp_path)
    assert dataset.splits == {"train": ("train/a",), "validation": ("valid/a",)}
    np.testing.assert_array_equal(dataset.read("valid/a")[1], square(2))


def test_classes_txt_names_them_where_there_is_no_settings_file(tmp_path: Path) -> None:
    write_yolo(tmp_path)
    (tmp_path / "data.yaml").unlink()
    write(tmp_path / "classes.txt", b"cat\ndog\n")
    dataset = YoloDataset(tmp_path)
    assert [item.name for item in dataset.classes] == ["background", "cat", "dog"]
    np.testing.assert_array_equal(dataset.read("train/a")[1], square(2, 1))


def test_the_settings_file_can_be_given(tmp_path: Path) -> None:
    write_yolo(tmp_path)
    dataset = YoloDataset(tmp_path / "data.yaml")
    assert dataset.reference == str(tmp_path / "data.yaml")
    assert dataset.splits["train"] == ("train/a",)


def test_a_turned_picture_is_read_as_it_is_shown(tmp_path: Path) -> None:
    write_yolo(tmp_path, [yolo_line(0, [0, 0, 16, 0, 16, 8, 0, 8], (32, 16))])
    turned_picture(tmp_path / "images" / "train" / "a.jpg", 6)
    frame, labels = YoloDataset(tmp_path).read("train/a")
    assert frame.shape == (32, 16, 3)
    assert labels[:8].all()
    assert not labels[8:].any()


def test_coordinates_a_little_outside_and_empty_lines_are_taken(tmp_path: Path) -> None:
    dataset = YoloDataset(write_yolo(tmp_path, ["", "0 -0.005 0 1.005 0 1.005 1 -0.005 1", ""]))
    np.testing.assert_array_equal(dataset.read("train/a")[1], np.ones(HW))


def test_the_digest_follows_the_label_files(tmp_path: Path) -> None:
    first = YoloDataset(write_yolo(tmp_path / "1")).digest()
    assert YoloDataset(write_yolo(tmp_path / "2")).digest() == first
    assert YoloDataset(write_yolo(tmp_path / "3", [yolo_line(0, INNER)])).digest() != first


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 0.5 0.5 0.2 0.2", r"a\.txt: line 2 holds a box and not a polygon"),
        ("0 0.5 0.5 0.2 0.2 0.1", "line 2 is no class and polygon"),
        ("0 0.1 0.1 0.2", "line 2 is no class and polygon"),
        ("0 0.1 0.1 x 0.2 0.3 0.3", "line 2 is no class and polygon"),
        ("0 0.1 nan 0.2 0.2 0.3 0.3", "line 2 is no class and polygon"),
        ("0 0.1 0.1", "line 2 has 1 points"),
        ("0", "line 2 has 0 points"),
        ("2 0.1 0.1 0.2 0.1 0.2 0.2", r"line 2 has the class '2', expected 0\.\.1"),
        ("-1 0.1 0.1 0.2 0.1 0.2 0.2", "line 2 has the class '-1'"),
        ("cat 0.1 0.1 0.2 0.1 0.2 0.2", "line 2 has the class 'cat'"),
        ("0 10 10 20 10 20 20", r"line 2 has coordinates 10\.\.20, expected 0\.\.1"),
    ],
)
def test_a_line_that_is_no_polygon_is_named(tmp_path: Path, line: str, message: str) -> None:
    dataset = YoloDataset(write_yolo(tmp_path, [yolo_line(0, SQUARE), line]))
    with pytest.raises(DataError, match=message) as caught:
        dataset.read("train/a")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("names: [cat, dog\n", r"data\.yaml is broken YAML"),
        ("- names:\n", r"data\.yaml holds no table"),
        ("names: cat\n", "has the names 'cat', expected a list"),
        ("names: [cat, cat]\n", "expected a list of different names"),
        ("names: {1: cat, 2: dog}\n", r"numbers its names 1, 2, expected 0\.\.1"),
        ("names: [cat, dog]\ntrain: images\nval: images/val\n", "puts val/b into two splits"),
        ("names: [cat, dog]\ntrain: list.txt\n", r"list\.txt names 'gone\.jpg', which is not below"),
    ],
)
def test_settings_that_cannot_be_used_are_one_line(tmp_path: Path, settings: str, message: str) -> None:
    write_yolo(tmp_path, settings=settings)
    write(tmp_path / "list.txt", b"gone.jpg\n")
    with pytest.raises(DataError, match=message) as caught:
        YoloDataset(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_set_without_label_files_or_names_is_refused(tmp_path: Path) -> None:
    write_yolo(tmp_path)
    (tmp_path / "labels" / "train" / "a.txt").unlink()
    with pytest.raises(DataError, match="has 2 pictures below images/ and no label file for any of them"):
        YoloDataset(tmp_path)
    (tmp_path / "data.yaml").unlink()
    with pytest.raises(DataError, match=r"names no classes; expected data\.yaml"):
        YoloDataset(tmp_path)


def test_a_missing_split_folder_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_yolo(tmp_path, settings="names: [cat, dog]\ntrain: images/train\nval: images/val\ntest: images/test\n")
    assert set(YoloDataset(tmp_path).splits) == {"train", "validation"}
    assert "test is 'images/test', which is not there" in caplog.text


def test_a_missing_yaml_package_names_the_install_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingDependencyError, match=r"data\.yaml needs PyYAML: pip install pyyaml"):
        YoloDataset(write_yolo(tmp_path))

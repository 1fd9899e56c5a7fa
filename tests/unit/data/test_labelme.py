import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.data.annotations import (
    INNER,
    SQUARE,
    labelme,
    labelme_shape,
    picture,
    square,
    turned_picture,
    write_json,
    write_labelme,
)
from tests.unit.data.sets import png, write
from unetkit.data.labelme import LabelMeDataset
from unetkit.errors import DataError


def mask_shape(rows: list[list[int]], left: float, top: float) -> dict[str, Any]:
    corners = [left, top, left + len(rows[0]) - 1, top + len(rows) - 1]
    return {**labelme_shape("cat", corners, "mask"), "mask": base64.b64encode(png(rows)).decode()}


def test_labels_are_classes_in_the_alphabets_order_and_the_later_shape_lies_on_top(tmp_path: Path) -> None:
    dataset = LabelMeDataset(write_labelme(tmp_path))
    assert [item.name for item in dataset.classes] == ["background", "cat", "dog"]
    assert dataset.splits == {"all": ("a",)}
    np.testing.assert_array_equal(dataset.read("a")[1], square(2, 1))
    turned = LabelMeDataset(write_labelme(tmp_path, [labelme_shape("cat", INNER), labelme_shape("dog", SQUARE)]))
    np.testing.assert_array_equal(turned.read("a")[1], square(2, 2))


@pytest.mark.parametrize(
    "shape",
    [
        labelme_shape("cat", SQUARE),
        labelme_shape("cat", SQUARE, "oriented_rectangle"),
        labelme_shape("cat", [2, 1, 5, 4], "rectangle"),
        labelme_shape("cat", [5, 4, 2, 1], "rectangle"),
        labelme_shape("cat", [3.5, 2.5, 3.5, 4], "circle"),  # radius 1.5: its corner centres are 1.41 away
        mask_shape([[255] * 3] * 3, 2, 1),
    ],
)
def test_every_kind_of_shape_with_an_area_is_painted(tmp_path: Path, shape: dict[str, Any]) -> None:
    np.testing.assert_array_equal(LabelMeDataset(write_labelme(tmp_path, [shape])).read("a")[1], square(1))


def test_a_mask_keeps_its_holes(tmp_path: Path) -> None:
    dataset = LabelMeDataset(write_labelme(tmp_path, [mask_shape([[1, 1, 1], [1, 0, 1], [1, 1, 1]], 2, 1)]))
    np.testing.assert_array_equal(dataset.read("a")[1], square(1, 0))


def test_lines_and_points_are_left_out_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    line, point = labelme_shape("cat", [0, 0, 5, 5], "line"), labelme_shape("cat", [1, 1], "point")
    with caplog.at_level("INFO", "unetkit"):
        dataset = LabelMeDataset(write_labelme(tmp_path, [labelme_shape("dog", SQUARE), line, point]))
    assert [item.name for item in dataset.classes] == ["background", "dog"]
    assert "shape 2 is a line" in caplog.text
    assert "shape 3 is a point" in caplog.text


def test_labelmes_own_names_for_ignored_and_background_count(tmp_path: Path) -> None:
    shapes = [labelme_shape("dog", SQUARE), labelme_shape("__ignore__", INNER)]
    dataset = LabelMeDataset(write_labelme(tmp_path, shapes))
    assert [item.name for item in dataset.classes] == ["background", "dog"]
    np.testing.assert_array_equal(dataset.read("a")[1], square(1, 255))
    shapes[1] = labelme_shape("_background_", INNER)
    dataset = LabelMeDataset(write_labelme(tmp_path, shapes))
    assert [item.name for item in dataset.classes] == ["_background_", "dog"]
    np.testing.assert_array_equal(dataset.read("a")[1], square(1, 0))


@pytest.mark.parametrize("image_path", ["..\\images\\ü.jpg", "../images/ü.jpg", "C:\\photos\\ü.jpg", "other.jpg"])
def test_the_picture_may_lie_in_another_folder(tmp_path: Path, image_path: str) -> None:
    picture(tmp_path / "images" / "ü.jpg")
    write_json(tmp_path / "json" / "ü.json", labelme([labelme_shape("cat", SQUARE)], image_path))
    assert LabelMeDataset(tmp_path).splits == {"all": ("ü",)}


def test_the_picture_beside_the_file_is_meant_and_split_folders_are_splits(tmp_path: Path) -> None:
    for split in ("train", "val"):
        write_labelme(tmp_path / split)
    dataset = LabelMeDataset(tmp_path)
    assert dataset.splits == {"train": ("train/a",), "validation": ("val/a",)}
    assert dataset.picture_file("val/a") == tmp_path / "val" / "a.jpg"


@pytest.mark.parametrize(("orientation", "expected"), [(6, (32, 16)), (3, (16, 32))])
def test_a_turned_picture_is_read_as_labelme_shows_it(
    tmp_path: Path, orientation: int, expected: tuple[int, int]
) -> None:
    turned_picture(tmp_path / "a.jpg", orientation)
    write_json(tmp_path / "a.json", labelme([labelme_shape("cat", SQUARE)], hw=expected))
    frame, labels = LabelMeDataset(tmp_path).read("a")
    assert labels.shape == expected == frame.shape[:2]
    # white is the left half: 6 turns it to the top, 3 (half a turn, which the size does not tell) to the right
    assert frame[2, -3].min() > 240


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"shapes": [], "imagePath": "a.jpg"', r"a\.json is broken JSON"),
        (labelme([]), "names 0 classes of objects"),
        (labelme([labelme_shape("", SQUARE)]), "shape 1 is broken: label is '', expected a text"),
        (labelme([{**labelme_shape("cat", SQUARE), "points": 5}]), "shape 1 is broken: expected points"),
        (labelme([{**labelme_shape("cat", SQUARE), "points": [[1, "x"]]}]), "shape 1 is broken"),
        (labelme([labelme_shape("cat", SQUARE, "star")]), "shape_type is 'star', expected polygon"),
        (labelme([labelme_shape("cat", SQUARE, "circle")]), "a circle has two points, received 4"),
        (labelme([{**mask_shape([[1]], 0, 0), "mask": "~"}]), "its mask is no base64"),
        (labelme([{**mask_shape([[1]], 0, 0), "mask": "AAAA"}]), "its mask is no PNG"),
        (labelme([], "gone.jpg") | {"shapes": 5}, "has no list of shapes"),
        (labelme([]) | {"imagePath": 3}, "imagePath is 3, expected a text"),
    ],
)
def test_what_is_wrong_with_the_annotations_is_one_line_at_opening(tmp_path: Path, content: Any, message: str) -> None:
    picture(tmp_path / "a.jpg")
    if isinstance(content, str):
        write(tmp_path / "a.json", content.encode())
    else:
        write_json(tmp_path / "a.json", content)
    with pytest.raises(DataError, match=message) as caught:
        LabelMeDataset(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    write_labelme(tmp_path)
    (tmp_path / "a.jpg").unlink()
    with pytest.raises(DataError, match=r"a\.json annotates 'a\.jpg', which is not below"):
        LabelMeDataset(tmp_path)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (labelme_shape("cat", [20, 20, 30, 20, 30, 30]), r"shape 1 of .*a\.jpg does not fit it: lies outside"),
        (mask_shape([[255] * 3] * 3, 7, 1), "its mask at row 1, column 7 does not lie inside"),
        (mask_shape([[255] * 3] * 3, -1, 1), "its mask at row 1, column -1 does not lie inside"),
    ],
)
def test_a_shape_outside_of_the_picture_is_named(tmp_path: Path, shape: dict[str, Any], message: str) -> None:
    dataset = LabelMeDataset(write_labelme(tmp_path, [shape]))
    with pytest.raises(DataError, match=message):
        dataset.read("a")


def test_a_folder_without_such_files_is_refused(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    write_json(tmp_path / "report.json", {"shapes": 3})
    with pytest.raises(DataError, match="no LabelMe annotations"):
        LabelMeDataset(tmp_path)


def test_the_digest_follows_the_shapes(tmp_path: Path) -> None:
    first = LabelMeDataset(write_labelme(tmp_path / "1")).digest()
    assert LabelMeDataset(write_labelme(tmp_path / "2")).digest() == first
    other = [labelme_shape("dog", SQUARE), labelme_shape("cat", [1, 1, 2, 1, 2, 2])]
    assert LabelMeDataset(write_labelme(tmp_path / "3", other)).digest() != first

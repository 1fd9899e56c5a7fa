import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.data.annotations import (
    CATEGORIES,
    HW,
    INNER,
    SQUARE,
    coco,
    coco_annotation,
    coco_image,
    picture,
    square,
    turned_picture,
    write_coco,
    write_json,
)
from tests.unit.data.sets import write
from unetkit.data.coco import CocoDataset
from unetkit.errors import DataError

# SQUARE as runs down the columns of 6: two columns and one pixel, then 3 inside and 3 outside, three times
RUNS = [13, 3, 3, 3, 3, 3, 20]


def names(dataset: CocoDataset) -> list[str]:
    return [item.name for item in dataset.classes]


def test_categories_are_classes_in_the_order_of_their_ids_and_the_smaller_object_lies_on_top(tmp_path: Path) -> None:
    dataset = CocoDataset(write_coco(tmp_path))
    assert names(dataset) == ["background", "cat", "dog"]  # ids 3 and 7
    assert dataset.splits == {"all": ("a",)}
    frame, labels = dataset.read("a")
    assert frame.shape == (*HW, 3)
    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, square(2, 1))  # though the dog stands after the cat


@pytest.mark.parametrize(
    "segmentation",
    [
        [SQUARE],
        [[2, 1, 4, 1, 4, 4, 2, 4], [4, 1, 5, 1, 5, 4, 4, 4]],  # in two parts
        {"size": list(HW), "counts": RUNS},
        # 13 is "=", then two 3s, whose followers differ by 0, and 20 - 3 = 17 = 10001: with the bit for more, then 0
        {"size": list(HW), "counts": "=33000" + chr(48 + 32 + 17) + "0"},
    ],
)
def test_polygons_and_both_kinds_of_runs_cover_the_same_pixels(tmp_path: Path, segmentation: Any) -> None:
    dataset = CocoDataset(write_coco(tmp_path, [coco_annotation(1, 7, segmentation)]))
    np.testing.assert_array_equal(dataset.read("a")[1], square(2))


def test_a_crowd_is_ignored_where_no_object_lies(tmp_path: Path) -> None:
    crowd = coco_annotation(1, 7, {"size": list(HW), "counts": RUNS}, crowd=1)
    inner = coco_annotation(1, 3, [INNER], number=2)
    for annotations in ([crowd, inner], [inner, crowd]):
        dataset = CocoDataset(write_coco(tmp_path, annotations))
        np.testing.assert_array_equal(dataset.read("a")[1], square(255, 1))


def test_cocos_own_layout_gives_its_splits(tmp_path: Path) -> None:
    """The same file name in both splits, and files of other tasks beside."""
    for split in ("train2017", "val2017"):
        picture(tmp_path / split / "0001.jpg")
        content = coco([coco_image(1, "0001.jpg")], [coco_annotation(1, 3, [SQUARE])])
        write_json(tmp_path / "annotations" / f"instances_{split}.json", content)
        captions = [{"id": 1, "image_id": 1, "caption": "a cat"}]
        write_json(tmp_path / "annotations" / f"captions_{split}.json", {**content, "annotations": captions})
    dataset = CocoDataset(tmp_path)
    assert dataset.splits == {"train": ("train2017/0001",), "validation": ("val2017/0001",)}
    assert dataset.picture_file("val2017/0001") == tmp_path / "val2017" / "0001.jpg"


def test_a_json_in_each_split_folder_and_a_heading_are_understood(tmp_path: Path) -> None:
    """As Roboflow exports: category 0 is the project's name, the supercategory of all others."""
    heading = {"id": 0, "name": "pets", "supercategory": "none"}
    for split in ("train", "valid", "test"):
        picture(tmp_path / split / "a.jpg")
        cat = {"id": 1, "name": "cat", "supercategory": "pets"}
        content = coco([coco_image(0, "a.jpg")], [coco_annotation(0, 1, [SQUARE])], [heading, cat])
        write_json(tmp_path / split / "_annotations.coco.json", content)
    dataset = CocoDataset(tmp_path)
    assert names(dataset) == ["background", "cat"]
    assert dataset.splits == {"test": ("test/a",), "train": ("train/a",), "validation": ("valid/a",)}


def test_one_json_file_can_be_given(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a.jpg")
    content = coco([coco_image(1, "a.jpg")], [coco_annotation(1, 3, [SQUARE])])
    path = write_json(tmp_path / "annotations" / "mine.json", content)
    dataset = CocoDataset(path)
    assert dataset.reference == str(path)
    assert dataset.splits == {"all": ("a",)}


def test_a_picture_without_annotation_is_background(tmp_path: Path) -> None:
    picture(tmp_path / "b.jpg")
    picture(tmp_path / "a.jpg")
    images = [coco_image(1, "a.jpg"), coco_image(2, "b.jpg")]
    write_json(tmp_path / "a.json", coco(images, [coco_annotation(1, 3, [SQUARE])]))
    assert not CocoDataset(tmp_path).read("b")[1].any()


@pytest.mark.parametrize(
    "file_name",
    [
        "sub/Tür.jpg",
        "sub\\Tür.jpg",
        ".\\sub\\Tür.jpg",
        "C:\\Users\\me\\pets\\sub\\Tür.jpg",
        "/home/me/pets/sub/Tür.jpg",
        "../images/sub/Tür.jpg",
        "sub/Tu\u0308r.jpg",  # as macOS writes it
        "Tür.jpg",
    ],
)
def test_a_picture_is_found_by_any_systems_path(tmp_path: Path, file_name: str) -> None:
    picture(tmp_path / "images" / "sub" / "Tür.jpg")
    write_json(tmp_path / "a.json", coco([coco_image(1, file_name)], [coco_annotation(1, 3, [SQUARE])]))
    dataset = CocoDataset(tmp_path)
    assert dataset.splits == {"all": ("sub/Tür",)}
    np.testing.assert_array_equal(dataset.read("sub/Tür")[1], square(1))


def test_nothing_outside_of_the_folder_is_found(tmp_path: Path) -> None:
    picture(tmp_path / "secret" / "a.jpg")
    picture(tmp_path / "set" / "b.jpg")
    content = coco([coco_image(1, "../secret/a.jpg"), coco_image(2, str(tmp_path / "secret" / "a.jpg"))], [])
    write_json(tmp_path / "set" / "a.json", content)
    with pytest.raises(DataError, match=r"2 of 2 pictures that .*a\.json names are not below .*set"):
        CocoDataset(tmp_path / "set")


@pytest.mark.parametrize(
    ("hw", "turned"),
    [
        ((32, 16), True),  # the annotation says the size of the turned picture
        ((16, 32), False),  # of the stored one
        ((0, 0), True),  # no size: as tools show it
    ],
)
def test_a_turned_picture_is_read_the_way_its_annotation_saw_it(
    tmp_path: Path, hw: tuple[int, int], turned: bool
) -> None:
    turned_picture(tmp_path / "a.jpg", 6)
    write_json(tmp_path / "a.json", coco([coco_image(1, "a.jpg", hw)], [coco_annotation(1, 3, [SQUARE])]))
    frame, labels = CocoDataset(tmp_path).read("a")
    assert frame.shape == ((32, 16, 3) if turned else (16, 32, 3))
    assert labels.shape == frame.shape[:2]
    # 6 turns clockwise by 90 degrees: the white left half comes to the top
    white = frame[2, -3] if turned else frame[-3, 2]
    assert white.min() > 240


def test_classes_toml_reorders_merges_and_leaves_out(tmp_path: Path) -> None:
    write_coco(tmp_path)
    (tmp_path / "classes.toml").write_text(
        '[[classes]]\nname = "nothing"\n[[classes]]\nname = "animal"\ncolor = "#ff8000"\nfrom = ["dog", "cat"]\n'
    )
    dataset = CocoDataset(tmp_path)
    assert [(item.name, item.bgr) for item in dataset.classes][1] == ("animal", (0, 128, 255))
    np.testing.assert_array_equal(dataset.read("a")[1], square(1, 1))
    (tmp_path / "classes.toml").write_text('[[classes]]\nname = "nothing"\n[[classes]]\nname = "cat"\n')
    np.testing.assert_array_equal(CocoDataset(tmp_path).read("a")[1], square(0, 1))
    (tmp_path / "classes.toml").write_text('ignore = "cat"\n[[classes]]\nname = "nothing"\n[[classes]]\nname = "dog"\n')
    np.testing.assert_array_equal(CocoDataset(tmp_path).read("a")[1], square(1, 255))


def test_the_digest_follows_pictures_outlines_and_classes(tmp_path: Path) -> None:
    first = CocoDataset(write_coco(tmp_path / "1")).digest()
    assert len(first) == 64
    assert CocoDataset(write_coco(tmp_path / "2")).digest() == first
    moved = coco_annotation(1, 7, [[2, 1, 5, 1, 5, 5, 2, 5]])
    assert CocoDataset(write_coco(tmp_path / "3", [moved])).digest() != first
    (tmp_path / "2" / "classes.toml").write_text(
        '[[classes]]\nname = "background"\n[[classes]]\nname = "cat"\nfrom = "dog"\n'
        '[[classes]]\nname = "dog"\nfrom = "cat"\n'
    )
    assert CocoDataset(tmp_path / "2").digest() != first  # the same names, on other pixels


def _without(key: str) -> str:
    content = coco([coco_image(1, "a.jpg")], [])
    content.pop(key)
    return json.dumps(content)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"images": [', r"mine\.json is broken JSON"),
        ("[1]", r"mine\.json holds list, expected a JSON object"),
        (b"\xff\xfe\x00", r"mine\.json is broken JSON"),
        (_without("categories"), "has no list 'categories'"),
        (_without("images"), "has no list 'images'"),
        (coco([], []), "names no picture"),
        (coco([coco_image(1, "gone.jpg")], []), r"1 of 1 pictures .* not below .*, the first is 'gone\.jpg'"),
        (coco([{"id": 1}], []), "file_name is None, expected a text"),
        (coco([coco_image(1, "a.jpg", (-1, 2))], []), r"height and width are \(-1, 2\), expected whole numbers"),
        (coco([coco_image(1, "a.jpg"), coco_image(2, "images/a.jpg")], []), "two pictures called a"),
        (
            coco([coco_image(1, "a.jpg")], [coco_annotation(1, 5, [SQUARE], number=44)]),
            r"annotation 44 has the category_id 5, which is none of 3 \(cat\), 7 \(dog\)",
        ),
        (
            coco([coco_image(1, "a.jpg")], [coco_annotation(9, 3, [SQUARE])]),
            "annotation 1 has the image_id 9, which no picture has",
        ),
        (
            coco([coco_image(1, "a.jpg")], [coco_annotation(1, 3, [[1, 2, 3]])]),
            "annotation 1 has a broken segmentation: expected finite numbers",
        ),
        (
            coco([coco_image(1, "a.jpg")], [coco_annotation(1, 3, {"size": [6, 8], "counts": [4]})]),
            "broken segmentation: the runs hold 4 pixels",
        ),
        (
            coco([coco_image(1, "a.jpg")], [coco_annotation(1, 3, {"size": [6, 8], "counts": "~~"})]),
            "broken segmentation: its compressed runs",
        ),
        (coco([coco_image(1, "a.jpg")], [coco_annotation(1, 3, {"counts": [48]})]), "size 0x0"),
        (coco([coco_image(1, "a.jpg")], [coco_annotation(1, 3, "SQUARE")]), "it is str, expected polygons or runs"),
        (coco([coco_image(1, "a.jpg")], [coco_annotation(1, 3, [])]), "holds no outline, only boxes"),
        (coco([coco_image(1, "a.jpg")], [], []), "names 0 classes of objects"),
        (coco([coco_image(1, "a.jpg")], [], [{"id": 1}]), "name is None, expected a text"),
        (coco([{**coco_image(1, "a.jpg"), "id": "x"}], []), "holds id 'x', expected a whole number"),
    ],
)
def test_what_is_wrong_with_the_annotations_is_one_line_at_opening(tmp_path: Path, text: Any, message: str) -> None:
    picture(tmp_path / "images" / "a.jpg")
    if isinstance(text, dict):
        write_json(tmp_path / "mine.json", text)
    else:
        write(tmp_path / "mine.json", text.encode() if isinstance(text, str) else text)
    with pytest.raises(DataError, match=message) as caught:
        CocoDataset(tmp_path / "mine.json")
    assert "\n" not in str(caught.value)


def test_an_ambiguous_picture_is_named_with_both_files(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        picture(tmp_path / folder / "a.jpg")
    write_json(tmp_path / "mine.json", coco([coco_image(1, "a.jpg")], [coco_annotation(1, 3, [SQUARE])]))
    with pytest.raises(DataError, match=r"'a\.jpg' may be .*x/a\.jpg or .*y/a\.jpg"):
        CocoDataset(tmp_path)


@pytest.mark.parametrize(
    ("segmentation", "message"),
    [
        ([[20, 1, 25, 1, 25, 4]], r"annotation 1 of .*a\.jpg does not fit it: lies outside of the picture: x 20\.\.25"),
        ({"size": [8, 6], "counts": [48]}, r"its size is 6x8, that of the picture 8x6"),
    ],
)
def test_an_outline_that_does_not_fit_its_picture_is_named(tmp_path: Path, segmentation: Any, message: str) -> None:
    dataset = CocoDataset(write_coco(tmp_path, [coco_annotation(1, 3, segmentation)]))
    with pytest.raises(DataError, match=message):
        dataset.read("a")


def test_a_picture_of_another_size_is_named_with_both(tmp_path: Path) -> None:
    write_coco(tmp_path)
    picture(tmp_path / "images" / "a.jpg", (6, 9))
    with pytest.raises(DataError, match=r"a\.jpg is 9x6, its annotation says 8x6"):
        CocoDataset(tmp_path).read("a")


@pytest.mark.parametrize("ring", [[1, 1, 4, 1], [1, 1, 4, 1, 6, 1], [1, 1, 1, 1, 1, 1]])
def test_an_outline_without_area_covers_nothing(
    tmp_path: Path, ring: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    both = [coco_annotation(1, 7, [ring], number=5), coco_annotation(1, 7, [SQUARE])]
    with caplog.at_level("INFO", "unetkit"):
        labels = CocoDataset(write_coco(tmp_path, both)).read("a")[1]
    np.testing.assert_array_equal(labels, square(2))
    assert "annotation 5" in caplog.text


def test_lists_in_the_folder_win(tmp_path: Path) -> None:
    for name in "ab":
        picture(tmp_path / "images" / f"{name}.jpg")
    content = coco([coco_image(1, "a.jpg"), coco_image(2, "b.jpg")], [coco_annotation(1, 3, [SQUARE])], CATEGORIES)
    write_json(tmp_path / "train.json", content)
    write(tmp_path / "val.txt", b"b\n")
    write(tmp_path / "train.txt", b"images/a.jpg\n")
    dataset = CocoDataset(tmp_path)
    assert dataset.splits == {"train": ("a",), "validation": ("b",)}
    assert dataset.names == ("a", "b")

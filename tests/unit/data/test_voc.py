from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.data.annotations import picture, square, write_voc
from tests.unit.data.sets import GREY, png, write
from unetkit.contract.arrays import Labels
from unetkit.data.voc import VocDataset, label_map
from unetkit.errors import DataError

LABEL_MAP = "# label:color_rgb:parts:actions\nbackground:0,0,0::\ndog:128,0,0::\ncat:0,128,0::\n"


def voc_labels() -> Labels:
    labels = square(1, 2)
    labels[0, 0] = 255
    return labels


def names(dataset: VocDataset) -> list[str]:
    return [item.name for item in dataset.classes]


def write_cvat(folder: Path) -> Path:
    """Colours (RGB) 128,0,0 for the dog and 0,128,0 for the cat in it, as CVAT writes them."""
    bgr = np.zeros((6, 8, 3), np.uint8)
    bgr[1:4, 2:5] = (0, 0, 128)
    bgr[2, 3] = (0, 128, 0)
    picture(folder / "JPEGImages" / "sub" / "a.jpg")
    write(folder / "SegmentationClass" / "sub" / "a.png", cv2.imencode(".png", bgr)[1].tobytes())
    write(folder / "ImageSets" / "Segmentation" / "default.txt", b"sub/a\n")
    write(folder / "labelmap.txt", LABEL_MAP.encode())
    return folder


def test_pascals_layout_gives_indices_splits_and_the_names_of_its_lists(tmp_path: Path) -> None:
    dataset = VocDataset(write_voc(tmp_path))
    assert names(dataset) == ["background", "cat", "dog"]  # in the alphabet's order, as PASCAL numbers them
    assert dataset.splits == {"train": ("a",), "validation": ("b",)}
    np.testing.assert_array_equal(dataset.read("a")[1], voc_labels())


def test_trainval_is_taken_where_it_stands_alone(tmp_path: Path) -> None:
    write_voc(tmp_path)
    for name in ("train", "val"):
        (tmp_path / "ImageSets" / "Segmentation" / f"{name}.txt").unlink()
    assert VocDataset(tmp_path).splits == {"trainval": ("a", "b")}


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("class_names.txt", "_background_\nhund\nkatze\n", ["_background_", "hund", "katze"]),
        ("class_names.txt", "__ignore__\n_background_\nhund\nkatze\n", ["_background_", "hund", "katze"]),
        ("classes.txt", "sky\nroad\ncar\n", ["sky", "road", "car"]),  # every pixel has a name: none is added
    ],
)
def test_a_list_of_names_numbers_the_values(tmp_path: Path, file: str, text: str, expected: list[str]) -> None:
    write(write_voc(tmp_path) / file, text.encode())
    dataset = VocDataset(tmp_path)
    assert names(dataset) == expected
    np.testing.assert_array_equal(dataset.read("a")[1], voc_labels())


def test_without_names_the_values_decide_and_255_alone_is_ignored(tmp_path: Path) -> None:
    write_voc(tmp_path, names=False)
    assert names(VocDataset(tmp_path)) == ["class_0", "class_1", "class_2"]
    for name in "ab":
        write(tmp_path / "SegmentationClass" / f"{name}.png", png([[0, 255] * 4] * 6, color_type=GREY))
    with pytest.raises(DataError, match="at least two classes"):
        _ = VocDataset(tmp_path).classes


def test_cvats_colours_become_its_labels(tmp_path: Path) -> None:
    dataset = VocDataset(write_cvat(tmp_path))
    assert [(item.name, item.bgr) for item in dataset.classes] == [
        ("background", (0, 0, 0)),
        ("dog", (0, 0, 128)),
        ("cat", (0, 128, 0)),
    ]
    assert dataset.splits == {"all": ("sub/a",)}
    np.testing.assert_array_equal(dataset.read("sub/a")[1], square(1, 2))


def test_classes_toml_works_on_the_names(tmp_path: Path) -> None:
    write_cvat(tmp_path)
    (tmp_path / "classes.toml").write_text(
        'ignore = "dog"\n[[classes]]\nname = "background"\n[[classes]]\nname = "pet"\nfrom = "cat"\n'
    )
    np.testing.assert_array_equal(VocDataset(tmp_path).read("sub/a")[1], square(255, 1))
    write(write_voc(tmp_path / "voc") / "classes.toml", (tmp_path / "classes.toml").read_bytes())
    labels = VocDataset(tmp_path / "voc").read("a")[1]  # cat is 1, dog is 2
    np.testing.assert_array_equal(labels, np.where(voc_labels() == 2, 255, voc_labels()))


def test_a_colour_that_is_no_label_is_named(tmp_path: Path) -> None:
    write_cvat(tmp_path)
    write(tmp_path / "labelmap.txt", LABEL_MAP.replace("0,128,0", "0,129,0").encode())
    with pytest.raises(DataError, match=r"a\.png holds the colour #008000 at 1 of 48 pixels, .* of labelmap\.txt"):
        VocDataset(tmp_path).read("sub/a")


@pytest.mark.parametrize("line", ["cat", "cat:1,2", "cat:1,2,300::", ":1,2,3::", "dog:9,9,9::", "cat:128,0,0::"])
def test_a_label_map_of_another_form_is_named(tmp_path: Path, line: str) -> None:
    path = write(tmp_path / "labelmap.txt", f"dog:128,0,0::\n{line}\n".encode())
    with pytest.raises(DataError, match=r"labelmap\.txt: line 2 "):
        label_map(path)


def _list_names_c(folder: Path) -> None:
    write(folder / "ImageSets" / "Segmentation" / "test.txt", b"c\n")


def _no_pictures(folder: Path) -> None:
    (folder / "JPEGImages").rename(folder / "elsewhere")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_list_names_c, r"test\.txt names 1 pictures that have no mask in .*, the first is 'c'"),
        (_no_pictures, "has no JPEGImages/ folder; export the set with its pictures"),
        (lambda folder: (folder / "JPEGImages" / "a.jpg").unlink(), r"mask .*a\.png has no picture of its name"),
        (lambda folder: [path.unlink() for path in (folder / "SegmentationClass").iterdir()], "no mask in"),
    ],
)
def test_files_that_do_not_belong_together_are_refused_at_opening(tmp_path: Path, spoil: object, message: str) -> None:
    write_voc(tmp_path)
    assert callable(spoil)
    spoil(tmp_path)
    with pytest.raises(DataError, match=message):
        VocDataset(tmp_path)


def test_an_index_without_name_is_named(tmp_path: Path) -> None:
    write(write_voc(tmp_path) / "SegmentationClass" / "a.png", png([[0, 9] * 4] * 6, color_type=3))
    with pytest.raises(DataError, match=r"a\.png holds value 9, outside the 3 classes"):
        VocDataset(tmp_path).read("a")

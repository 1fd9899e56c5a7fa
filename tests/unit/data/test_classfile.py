from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.data.sets import PALETTE, jpeg, noise, png, write, write_folder
from unetkit.contract.spec import ClassSpec
from unetkit.data.classfile import class_file_text, read_class_file
from unetkit.data.folders import ImageFolder
from unetkit.errors import DataError

TWO = '[[classes]]\nname = "a"\n[[classes]]\nname = "b"\n'


def write_classes(folder: Path, text: str) -> Path:
    return write(folder / "classes.toml", text.encode())


def test_names_and_colours_are_read_in_both_forms(tmp_path: Path) -> None:
    text = '[[classes]]\nname = "Tür"\ncolor = "#FF8000"\n[[classes]]\nname = "b"\ncolor = [1, 2, 3]\n'
    file = read_class_file(write_classes(tmp_path, text))
    assert file is not None
    assert [(item.name, item.bgr) for item in file.classes] == [("Tür", (0, 128, 255)), ("b", (3, 2, 1))]
    assert read_class_file(tmp_path / "none.toml") is None


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    classes = (ClassSpec(name='a "b" \\ ü', bgr=(1, 2, 3)), ClassSpec(name="#", bgr=(255, 0, 16)))
    file = read_class_file(write_classes(tmp_path, class_file_text(classes)))
    assert file is not None
    assert file.classes == classes
    assert file.ignored == (255,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("classes = [", "is not TOML"),
        (b"\xff", "is not TOML"),
        ("", r"expected \[\[classes\]\] tables"),
        ('classes = ["a", "b"]', r"expected \[\[classes\]\] tables"),
        ('[[classes]]\nname = "a"\n', "names 1 classes, expected 2..255"),
        ('[[classes]]\nname = "a"\n[[classes]]\nname = "a"\n', "names 2 classes, expected 2..255 different"),
        ("[[classes]]\ncolor = [1, 2, 3]\n", "class 1 has the name None"),
        (f"{TWO}colour = 3\n", "class 2 has the key 'colour', expected color, from, name"),
        (f"ignored = 3\n{TWO}", "the file has the key 'ignored', expected classes, ignore, masks"),
        (f'{TWO}color = "red"\n', "color of b is 'red', expected"),
        (f"{TWO}color = [1, 2, 300]\n", r"color of b holds \[1, 2, 300\], expected"),
        (f"{TWO}from = 256\n", "from of b holds 256, expected a mask value 0..255"),
        (f"{TWO}from = true\n", "from of b holds True"),
        (f"ignore = 3\n{TWO}from = [2, 3]\n", "3 stands in two places"),
        (f'masks = "rgb"\n{TWO}', "masks is 'rgb', expected"),
    ],
)
def test_what_is_wrong_with_a_class_file_is_one_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = write(tmp_path / "classes.toml", text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError, match=message) as caught:
        read_class_file(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # values of the mask: 0, 3, 5, 255
        ('[[classes]]\nname = "a"\nfrom = [0, 5]\n[[classes]]\nname = "b"\nfrom = 3\n', [0, 1, 0, 255]),
        ('ignore = 5\n[[classes]]\nname = "a"\nfrom = [0, 255]\n[[classes]]\nname = "b"\nfrom = 3\n', [0, 1, 255, 0]),
        ('[[classes]]\nname = "a"\nfrom = [5, 0]\n[[classes]]\nname = "b"\nfrom = [255, 3]\n', [0, 1, 0, 1]),
    ],
)
def test_values_are_merged_and_ignored_as_told(tmp_path: Path, text: str, expected: list[int]) -> None:
    write_folder(tmp_path, {"a": [[0, 3, 5, 255]]})
    write_classes(tmp_path, text)
    assert ImageFolder(tmp_path).read("a")[1].tolist() == [expected]


def test_names_alone_leave_the_values_to_the_masks(tmp_path: Path) -> None:
    write_folder(tmp_path, {"a": [[0, 255]]})
    write_classes(tmp_path, TWO)
    dataset = ImageFolder(tmp_path)
    assert [item.name for item in dataset.classes] == ["a", "b"]
    assert dataset.read("a")[1].tolist() == [[0, 1]]  # 255 is the object where nothing else is
    write_classes(tmp_path, f"ignore = 255\n{TWO}")
    assert ImageFolder(tmp_path).read("a")[1].tolist() == [[0, 255]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"ignore = []\n{TWO}", r"a\.png holds value 3, expected what classes\.toml names; 1 of 1"),
        (TWO, r"a\.png holds value 3, expected the 2 classes of classes\.toml"),
        (f'{TWO}from = "dog"\n', r"from of b holds 'dog', expected mask values; .* masks = \"colors\""),
        (f"{TWO}from = 0\n", "puts the value 0 into two classes"),
        (f"ignore = 1\n{TWO}", "ignore holds 1, expected mask values that are no class"),
    ],
)
def test_a_class_file_that_does_not_fit_the_masks_is_refused(tmp_path: Path, text: str, message: str) -> None:
    write_folder(tmp_path, {"a": [[0, 3]]})
    write_classes(tmp_path, text)
    with pytest.raises(DataError, match=message):
        _ = ImageFolder(tmp_path).classes


def test_the_digest_follows_what_the_file_says_of_values_and_stays_without(tmp_path: Path) -> None:
    write_folder(tmp_path, {"a": [[0, 1, 2]]})
    three = "".join(f'[[classes]]\nname = "{name}"\n' for name in "abc")
    write(tmp_path / "classes.txt", b"a\nb\nc\n")
    before = ImageFolder(tmp_path).digest()
    write_classes(tmp_path, three)
    assert ImageFolder(tmp_path).digest() == before
    write_classes(tmp_path, three.replace('name = "b"', 'name = "b"\nfrom = 2').replace('"c"', '"c"\nfrom = 1'))
    assert ImageFolder(tmp_path).digest() != before


COLORS = (
    'masks = "colors"\nignore = "#ffffff"\n[[classes]]\nname = "sky"\ncolor = "#0000ff"\n'
    '[[classes]]\nname = "road"\ncolor = [128, 64, 128]\nfrom = ["#804080", [128, 64, 0]]\n'
)


def write_colors(folder: Path, mask: bytes) -> Path:
    write(folder / "images" / "a.jpg", jpeg(noise((1, 4))))
    write(folder / "masks" / "a.png", mask)
    write_classes(folder, COLORS)
    return folder


def test_masks_of_colours_are_read_by_their_colours(tmp_path: Path) -> None:
    row = [[(255, 0, 0), (128, 64, 128), (0, 64, 128), (255, 255, 255)]]  # blue, green, red
    dataset = ImageFolder(write_colors(tmp_path, cv2.imencode(".png", np.array(row, np.uint8))[1].tobytes()))
    assert [(item.name, item.bgr) for item in dataset.classes] == [("sky", (255, 0, 0)), ("road", (128, 64, 128))]
    assert dataset.read("a")[1].tolist() == [[0, 1, 1, 255]]


def test_a_palettes_colours_count(tmp_path: Path) -> None:
    # the palette of the writer: index i is (red 255 - i, green 7, blue i)
    write_colors(tmp_path, png([[0, 1, 1, 0]], color_type=PALETTE))
    write_classes(tmp_path, COLORS.replace("#0000ff", "#ff0700").replace("#804080", "#fe0701"))
    assert ImageFolder(tmp_path).read("a")[1].tolist() == [[0, 1, 1, 0]]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "#804080",
            "#804081",
            r"a\.png holds the colour #804080 at 1 of 4 pixels, which is no class of .*classes\.toml",
        ),
        ('color = "#0000ff"\n', "", "sky needs a color"),
        ('["#804080", ', "[3, ", "road needs a color, or from with colours"),
        ('"#ffffff"', "255", "ignore holds"),
        ('["#804080", ', '["#0000ff", ', "puts the colour #0000ff into two classes"),
    ],
)
def test_colours_that_do_not_fit_are_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    row = [[(255, 0, 0), (128, 64, 128), (0, 64, 128), (255, 255, 255)]]
    write_colors(tmp_path, cv2.imencode(".png", np.array(row, np.uint8))[1].tobytes())
    assert old in COLORS
    write_classes(tmp_path, COLORS.replace(old, new))
    with pytest.raises(DataError, match=message):
        ImageFolder(tmp_path).read("a")

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.data.sets import PALETTE, jpeg, noise, png, write, write_folder
from unetkit.data.folders import ImageFolder
from unetkit.errors import DataError

BINARY = [[0, 255], [255, 0]]
TWO = {"a": BINARY, "b": BINARY}


def test_pictures_and_masks_pair_by_stem(tmp_path: Path) -> None:
    write_folder(tmp_path, {"mit Ümlaut": BINARY, "one.two": BINARY})
    write(tmp_path / "images" / "._one.two.jpg", b"junk of another system")
    write(tmp_path / "images" / "Thumbs.db", b"junk of another system")
    dataset = ImageFolder(tmp_path)
    assert dataset.splits == {"all": ("mit Ümlaut", "one.two")}
    frame, labels = dataset.read("mit Ümlaut")
    assert frame.shape == (2, 2, 3)
    np.testing.assert_array_equal(labels, [[0, 1], [1, 0]])


def test_a_palette_mask_gives_its_indices(tmp_path: Path) -> None:
    write_folder(tmp_path, {"a": BINARY})
    write(tmp_path / "masks" / "a.png", png([[0, 1], [2, 255]], color_type=PALETTE))
    dataset = ImageFolder(tmp_path)
    assert [item.name for item in dataset.classes] == ["class_0", "class_1", "class_2"]
    np.testing.assert_array_equal(dataset.read("a")[1], [[0, 1], [2, 255]])


def test_split_folders_are_splits(tmp_path: Path) -> None:
    dataset = ImageFolder(write_folder(tmp_path, {"train/a": BINARY, "val/a": BINARY, "test/b": BINARY}))
    assert dataset.splits == {"train": ("train/a",), "validation": ("val/a",), "test": ("test/b",)}
    assert dataset.read("val/a")[0].shape == (2, 2, 3)


def test_split_lists_are_splits(tmp_path: Path) -> None:
    write_folder(tmp_path, {"a": BINARY, "b.c": BINARY, "left out": BINARY})
    (tmp_path / "train.txt").write_text("b.c\n\n")
    (tmp_path / "val.txt").write_text("a.jpg\n")
    assert ImageFolder(tmp_path).splits == {"train": ("b.c",), "validation": ("a",)}


def test_the_digest_follows_content_and_nothing_else(tmp_path: Path) -> None:
    first, second = write_folder(tmp_path / "1", TWO), write_folder(tmp_path / "2", TWO)
    before = ImageFolder(first).digest()
    assert len(before) == 64
    assert ImageFolder(second).digest() == before
    write(second / "masks" / "b.png", png([[255, 255], [255, 0]]))
    assert ImageFolder(second).digest() != before


def _exif(orientation: int) -> bytes:
    """An APP1 segment with the one tag 0x0112 (Exif 2.32, 4.5.4 and 4.6.4), big-endian."""
    entry = b"\x01\x12\x00\x03\x00\x00\x00\x01" + orientation.to_bytes(2, "big") + b"\0\0"
    tiff = b"MM\x00\x2a\x00\x00\x00\x08" + b"\x00\x01" + entry + b"\0\0\0\0"
    return b"\xff\xe1" + (len(tiff) + 8).to_bytes(2, "big") + b"Exif\0\0" + tiff


@pytest.mark.parametrize(
    ("mask_hw", "shape"),
    [
        ((16, 32), (16, 32, 3)),  # drawn on the stored pixels
        ((32, 16), (32, 16, 3)),  # drawn on the picture a viewer shows
    ],
)
def test_a_turned_picture_is_read_the_way_its_mask_was_drawn(
    tmp_path: Path, mask_hw: tuple[int, int], shape: tuple[int, int, int]
) -> None:
    stored = np.zeros((16, 32, 3), np.uint8)
    stored[:, :16] = 255  # left half white
    data = jpeg(stored)
    write(tmp_path / "images" / "a.jpg", data[:2] + _exif(6) + data[2:])  # 6: turn by 90 degrees clockwise
    mask = np.zeros(mask_hw, np.uint8)
    mask[0, 0] = 255
    write(tmp_path / "masks" / "a.png", cv2.imencode(".png", mask)[1].tobytes())
    frame, _ = ImageFolder(tmp_path).read("a")
    assert frame.shape == shape
    # clockwise, the left half comes to the top: either way the first row's left end is white
    assert frame[2, 2].min() > 240
    assert frame[-3, -3].max() < 15


def _without_pictures(folder: Path) -> None:
    for path in (folder / "images").iterdir():
        path.unlink()


def _masks_as_jpeg(folder: Path) -> None:
    (folder / "masks" / "a.png").unlink()
    write(folder / "masks" / "a.jpg", jpeg(noise((2, 2))))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "images").rename(folder / "pictures"), "no images/ folder"),
        (lambda folder: (folder / "masks").rename(folder / "labels"), "no masks/ folder"),
        (_without_pictures, "no picture in .*images"),
        (lambda folder: (folder / "masks" / "a.png").unlink(), r"a\.jpg has no mask of the same name in .*masks; add"),
        (
            lambda folder: (folder / "images" / "b.jpg").unlink(),
            r"b\.png has no picture of the same name in .*s; add",
        ),
        (_masks_as_jpeg, r"a\.jpg is no PNG: JPEG and the like change mask values, save masks as PNG$"),
        (
            lambda folder: write(folder / "images" / "a.png", png(BINARY)),
            r"a\.jpg shares its name with another picture; 2 files are like it, this is the first$",
        ),
        (lambda folder: write(folder / "train.txt", b"a\nx\ny\n"), r"train\.txt names 2 pictures .* first is 'x'"),
        (lambda folder: write(folder / "train.txt", b"\n"), r"train\.txt is empty"),
        (
            lambda folder: (write(folder / "train.txt", b"a\nb\n"), write(folder / "test.txt", b"b\n")),
            "1 names stand in two split lists .* the first is b",
        ),
        (lambda folder: write_folder(folder, {"train/c": BINARY}), "2 pictures lie outside the split folders .* is a"),
    ],
)
def test_a_folder_that_does_not_pair_is_refused_at_opening(tmp_path: Path, spoil: object, message: str) -> None:
    write_folder(tmp_path, TWO)
    assert callable(spoil)
    spoil(tmp_path)
    with pytest.raises(DataError, match=message) as caught:
        ImageFolder(tmp_path)
    assert "\n" not in str(caught.value)


def test_sizes_that_differ_name_both_files_and_sizes(tmp_path: Path) -> None:
    write_folder(tmp_path, TWO)
    write(tmp_path / "masks" / "b.png", png([[0, 255, 0]]))
    dataset = ImageFolder(tmp_path)
    with pytest.raises(DataError, match=r"b\.jpg is 2x2 and its mask .*b\.png 3x1 \(width x height\)"):
        dataset.read("b")


def test_a_broken_mask_is_named_by_the_scan(tmp_path: Path) -> None:
    write_folder(tmp_path, TWO)
    write(tmp_path / "masks" / "b.png", png(BINARY)[:-15])
    with pytest.raises(DataError, match=r"b\.png is a broken PNG"):
        _ = ImageFolder(tmp_path).classes


@pytest.mark.parametrize("value", [1, 128])
def test_a_mask_that_changed_after_the_scan_is_named(tmp_path: Path, value: int) -> None:
    dataset = ImageFolder(write_folder(tmp_path, TWO))
    assert len(dataset.classes) == 2
    write(tmp_path / "masks" / "b.png", png([[0, value], [0, 0]]))
    with pytest.raises(DataError, match=rf"b\.png holds value {value}, outside the 2 classes"):
        dataset.read("b")

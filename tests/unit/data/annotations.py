"""Small annotated sets, written by hand."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.unit.data.sets import jpeg, noise, png, write
from unetkit.contract.arrays import Labels

HW = (6, 8)
SQUARE = [2, 1, 5, 1, 5, 4, 2, 4]  # columns 2..4, rows 1..3
INNER = [3, 2, 4, 2, 4, 3, 3, 3]  # the one pixel in its middle


def square(label: int = 1, inner: int | None = None) -> Labels:
    """Labels of SQUARE, and of INNER on top of it."""
    labels = np.zeros(HW, np.uint8)
    labels[1:4, 2:5] = label
    if inner is not None:
        labels[2, 3] = inner
    return labels


def picture(path: Path, hw: tuple[int, int] = HW) -> Path:
    return write(path, jpeg(noise(hw, len(path.name))))


def exif(orientation: int) -> bytes:
    """An APP1 segment with the one tag 0x0112 (Exif 2.32, 4.5.4 and 4.6.4), big-endian."""
    entry = b"\x01\x12\x00\x03\x00\x00\x00\x01" + orientation.to_bytes(2, "big") + b"\0\0"
    tiff = b"MM\x00\x2a\x00\x00\x00\x08" + b"\x00\x01" + entry + b"\0\0\0\0"
    return b"\xff\xe1" + (len(tiff) + 8).to_bytes(2, "big") + b"Exif\0\0" + tiff


def turned_picture(path: Path, orientation: int, hw: tuple[int, int] = (16, 32)) -> Path:
    """A picture stored with a white left half, and the tag that says how to turn it."""
    stored = np.zeros((*hw, 3), np.uint8)
    stored[:, : hw[1] // 2] = 255
    data = jpeg(stored)
    return write(path, data[:2] + exif(orientation) + data[2:])


def write_json(path: Path, content: object) -> Path:
    return write(path, json.dumps(content, ensure_ascii=False).encode())


def coco_image(number: int, file_name: str, hw: tuple[int, int] = HW) -> dict[str, Any]:
    return {"id": number, "file_name": file_name, "height": hw[0], "width": hw[1]}


def coco_annotation(image: int, category: int, segmentation: Any, *, number: int = 1, crowd: int = 0) -> dict[str, Any]:
    ids = {"id": number, "image_id": image, "category_id": category}
    return {**ids, "segmentation": segmentation, "iscrowd": crowd, "bbox": [0, 0, 1, 1], "area": 1}


CATEGORIES = ({"id": 7, "name": "dog", "supercategory": "animal"}, {"id": 3, "name": "cat", "supercategory": "animal"})


def coco(
    images: Sequence[dict[str, Any]],
    annotations: Sequence[dict[str, Any]],
    categories: Sequence[dict[str, Any]] = CATEGORIES,
) -> dict[str, Any]:
    return {"images": list(images), "annotations": list(annotations), "categories": list(categories)}


def write_coco(folder: Path, annotations: Sequence[dict[str, Any]] | None = None) -> Path:
    """One picture `a` with a dog that a cat lies in."""
    picture(folder / "images" / "a.jpg")
    drawn = [coco_annotation(1, 3, [INNER]), coco_annotation(1, 7, [SQUARE], number=2)]
    write_json(folder / "annotations.json", coco([coco_image(1, "a.jpg")], annotations if annotations else drawn))
    return folder


def yolo_line(index: int, corners: Sequence[float], hw: tuple[int, int] = HW) -> str:
    sides = [hw[1], hw[0]] * (len(corners) // 2)
    return " ".join([str(index), *(f"{corner / side:.6f}" for corner, side in zip(corners, sides, strict=True))])


def write_yolo(folder: Path, lines: Sequence[str] | None = None, *, settings: str | None = None) -> Path:
    """One training picture `a` with a dog that a cat lies in, and a validation picture `b` without label file."""
    text = "names: [cat, dog]\ntrain: images/train\nval: images/val\n" if settings is None else settings
    write(folder / "data.yaml", text.encode())
    picture(folder / "images" / "train" / "a.jpg")
    picture(folder / "images" / "val" / "b.jpg")
    drawn = [yolo_line(0, INNER), yolo_line(1, SQUARE)] if lines is None else lines
    write(folder / "labels" / "train" / "a.txt", "\n".join(drawn).encode())
    return folder


def labelme(shapes: Sequence[dict[str, Any]], image_path: str = "a.jpg", hw: tuple[int, int] = HW) -> dict[str, Any]:
    head: dict[str, Any] = {
        "version": "5.4.1",
        "flags": {},
        "shapes": list(shapes),
        "imagePath": image_path,
        "imageData": None,
    }
    return {**head, "imageHeight": hw[0], "imageWidth": hw[1]}


def labelme_shape(label: str, numbers: Sequence[float], kind: str = "polygon") -> dict[str, Any]:
    points = [list(pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]
    return {"label": label, "points": points, "group_id": None, "shape_type": kind, "flags": {}}


def write_labelme(folder: Path, shapes: Sequence[dict[str, Any]] | None = None) -> Path:
    """One picture `a` with a dog and then a cat in it."""
    picture(folder / "a.jpg")
    drawn = [labelme_shape("dog", SQUARE), labelme_shape("cat", INNER)] if shapes is None else shapes
    write_json(folder / "a.json", labelme(drawn))
    return folder


def write_voc(folder: Path, *, names: bool = True) -> Path:
    """Pictures `a` and `b` with a border of 255 around the square; a mask of 21 PASCAL classes."""
    labels = square(1, 2)
    labels[0, 0] = 255
    for name in "ab":
        picture(folder / "JPEGImages" / f"{name}.jpg")
        write(folder / "SegmentationClass" / f"{name}.png", png(labels.tolist(), color_type=3))
    picture(folder / "JPEGImages" / "c.jpg")  # only for detection
    write(folder / "ImageSets" / "Segmentation" / "train.txt", b"a\n")
    write(folder / "ImageSets" / "Segmentation" / "val.txt", b"b\n")
    write(folder / "ImageSets" / "Segmentation" / "trainval.txt", b"a\nb\n")
    for name in ("dog", "cat") if names else ():
        write(folder / "ImageSets" / "Main" / f"{name}_trainval.txt", b"a 1\n")
    return folder

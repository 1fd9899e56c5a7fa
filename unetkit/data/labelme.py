"""LabelMe's JSON files (github.com/wkentaro/labelme): one beside each picture."""

import base64
import binascii
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import Labels
from unetkit.data.annotated import AnnotatedDataset, AnnotatedPicture, Drawn, Region, Shape
from unetkit.data.categories import categories_of
from unetkit.data.dataset import READERS
from unetkit.data.folderlayout import folder_splits
from unetkit.data.jsonfile import head_mentions, json_files, read_json, size_of, text_of
from unetkit.data.pictureindex import PictureIndex
from unetkit.data.pictures import decode
from unetkit.data.polygons import Points, Polygon, circle, rectangle, ring_of
from unetkit.errors import DataError

log = logging.getLogger(__name__)

_KEYS = ("shapes", "shape_type", "imagePath", "imageData")
_WITHOUT_AREA = frozenset({"line", "linestrip", "point", "points"})


def labelme_files(folder: Path) -> list[Path]:
    """JSON files of LabelMe below a folder."""
    return [path for path in json_files(folder) if head_mentions(path, _KEYS)]


class LabelMeDataset(AnnotatedDataset):
    """A JSON file a picture; labels are classes in the alphabet's order, after the background.

    Polygons, rectangles, circles and masks count; lines and points have no area and are left out. The later shape lies
    on top, as LabelMe draws them. `__ignore__` is ignored, `_background_` is the background, as in LabelMe's export.

    Raises:
        DataError: no such file, broken JSON, a picture that is missing or ambiguous, a shape that is not understood.
    """

    def __init__(self, folder: Path) -> None:
        folder = folder.absolute()
        files = labelme_files(folder)
        if not files:
            raise DataError(
                f"no LabelMe annotations in {folder}; expected a .json file with shapes beside each picture"
            )
        index = PictureIndex(folder)
        with ThreadPoolExecutor(READERS) as pool:
            annotated = list(pool.map(lambda path: _read(path, index), files))
        pictures: dict[str, AnnotatedPicture] = {}
        for path, item in zip(files, annotated, strict=True):
            name = index.name(item.picture)
            if name in pictures:
                raise DataError(
                    f"{path} annotates {item.picture}, which another file annotates, too, or shares its name"
                )
            pictures[name] = AnnotatedPicture(item.picture, item.hw, Drawn(item.regions))
        names = sorted({region.category for item in annotated for region in item.regions})
        super().__init__(folder, pictures, folder_splits(folder, pictures), categories_of(folder, names))


@dataclass(frozen=True, slots=True)
class _Read:
    picture: Path
    hw: tuple[int, int] | None
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class Patch:
    """A small mask, bool (H, W), and where its upper left corner lies, as (row, column)."""

    inside: NDArray[np.bool_]
    corner: tuple[int, int]

    @property
    def area(self) -> float:
        return float(self.inside.sum())

    def paint(self, labels: Labels, value: int) -> int:
        """Write `value` where it covers `labels`; gives the number of pixels.

        Raises:
            ValueError: it does not lie inside the picture.
        """
        top, left = self.corner
        target = labels[max(top, 0) : top + self.inside.shape[0], max(left, 0) : left + self.inside.shape[1]]
        if target.shape != self.inside.shape:
            raise ValueError(f"its mask at row {top}, column {left} does not lie inside the picture")
        target[self.inside] = value
        return int(self.inside.sum())

    def content(self) -> bytes:
        """Bytes that change with it."""
        return repr((self.corner, self.inside.shape)).encode() + np.packbits(self.inside).tobytes()


def _read(path: Path, index: PictureIndex) -> _Read:
    content = read_json(path)
    try:
        called = text_of(content, "imagePath")
        hw = size_of(content, "imageHeight", "imageWidth")
    except ValueError as error:
        raise DataError(f"{path}: {error}") from error
    here = path.parent.relative_to(index.folder).parts[::-1]
    picture = index.find(called, near=here) or index.find(path.stem, near=here, without_suffix=True)
    if picture is None:
        raise DataError(f"{path} annotates {called!r}, which is not below {index.folder}; add the picture")
    shapes = content.get("shapes")
    if not isinstance(shapes, list) or not all(isinstance(shape, dict) for shape in shapes):
        raise DataError(f"{path} has no list of shapes")
    regions = []
    for number, table in enumerate(shapes, 1):
        where = f"shape {number}"
        try:
            shape = _shape(table)
            if shape is not None:
                regions.append(Region(shape, text_of(table, "label"), where))
            else:
                log.info("%s: %s is a %s, which has no area", path, where, table.get("shape_type", "polygon"))
        except (ValueError, TypeError) as error:
            raise DataError(f"{path}: {where} is broken: {error}") from error
    return _Read(picture, hw, tuple(regions))


def _shape(table: dict[str, Any]) -> Shape | None:
    kind = table.get("shape_type") or "polygon"
    if kind in _WITHOUT_AREA:
        return None
    points = _points(table.get("points"))
    if kind in ("rectangle", "circle", "mask") and len(points) != 2:
        raise ValueError(f"a {kind} has two points, received {len(points)}")
    if kind == "mask":
        return _patch(table.get("mask"), points)
    if kind == "rectangle":
        return Polygon((rectangle(*points),))
    if kind == "circle":
        return Polygon((circle(*points),))
    if kind not in ("polygon", "oriented_rectangle"):
        raise ValueError(f"shape_type is {kind!r}, expected polygon, rectangle, circle or mask")
    return Polygon((points,)) if len(points) >= 3 else None


def _points(rows: object) -> Points:
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == 2 for row in rows):
        raise ValueError("expected points, each [x, y]")
    return ring_of([number for row in rows for number in row])


def _patch(encoded: object, points: Points) -> Patch:
    """LabelMe's mask: a PNG in base64 that fills the box from the first to the second point, both included."""
    try:
        data = base64.b64decode(encoded if isinstance(encoded, str) else "", validate=True)
    except binascii.Error as error:
        raise ValueError(f"its mask is no base64 ({error})") from error
    pixels = decode(data, cv2.IMREAD_GRAYSCALE)
    if pixels is None:
        raise ValueError("its mask is no PNG")
    left, top = (round(float(number)) for number in points[0])
    return Patch(pixels > 0, (top, left))

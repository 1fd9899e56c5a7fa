"""COCO instance annotations (cocodataset.org, "Data format"): polygons and run-length masks in a JSON file a split."""

import logging
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unetkit.data.annotated import AnnotatedDataset, AnnotatedPicture, Drawn, Region, Shape, smallest_on_top
from unetkit.data.categories import categories_of
from unetkit.data.jsonfile import head_mentions, json_files, read_json, size_of, text_of
from unetkit.data.pictureindex import PictureIndex
from unetkit.data.polygons import Polygon, ring_of
from unetkit.data.runlength import RunLengths, runs_of
from unetkit.data.splitlists import SPLIT_OF_NAME, listed_splits
from unetkit.errors import DataError

log = logging.getLogger(__name__)

_KEYS = ("images", "file_name", "annotations", "image_id", "category_id", "categories", "supercategory")
_SPLIT = re.compile(r"(?<![a-z])(train|validation|valid|val|test)(?![a-z])")


def coco_files(folder: Path) -> list[Path]:
    """The instance annotations of a folder: JSON files in it, in `annotations/`, or one in each split's folder.

    Where some are called `instances_...`, as COCO's own are, the others (captions, key points) are left out.
    """
    deep = [path for path in json_files(folder) if len(path.relative_to(folder).parts) <= 2]
    found = [path for path in deep if head_mentions(path, _KEYS)]
    return [path for path in found if path.name.startswith("instances_")] or found


class CocoDataset(AnnotatedDataset):
    """Pictures and the JSON files that annotate them; a category is a class, in the order of ids, after the background.

    Where objects overlap the smaller one lies on top. Crowds are ignored (label 255) where no object lies. A category
    that is another's supercategory and annotates nothing is a heading and no class.

    Args:
        place: a folder, or one JSON file, whose pictures lie beside or below it or its parent folder.

    Raises:
        DataError: no annotations, broken JSON, an annotation without its picture or category, a picture that is missing
            or ambiguous, or only boxes.
    """

    def __init__(self, place: Path) -> None:
        place = place.absolute()
        files = [place] if place.is_file() else coco_files(place)
        if not files:
            raise DataError(
                f"no COCO annotations in {place}; expected a .json file with images, annotations, categories"
            )
        folder = place if place.is_dir() else place.parent
        if place.is_file() and folder.name == "annotations":
            folder = folder.parent
        index = PictureIndex(folder)
        pictures: dict[str, AnnotatedPicture] = {}
        splits: dict[str, tuple[str, ...]] = {}
        categories: dict[str, None] = {}
        for path in files:
            file = _CocoFile(path, folder, index)
            twice = next((name for name in file.pictures if name in pictures), None)
            if twice is not None:
                raise DataError(f"{path} annotates {twice}, which another file of {folder} annotates, too")
            pictures |= file.pictures
            splits[file.split] = (*splits.get(file.split, ()), *file.pictures)
            categories |= dict.fromkeys(file.categories)
        super().__init__(
            folder,
            pictures,
            listed_splits(folder, pictures) or splits,
            categories_of(folder, categories),
            reference=place,
        )


class _CocoFile:
    """One JSON file.

    Attributes:
        split: by a word in the file's name, else in its folder's; "all" without.
        categories: names, in the order of their ids.
        pictures: by sample name.
    """

    def __init__(self, path: Path, folder: Path, index: PictureIndex) -> None:
        self._path = path
        content = read_json(path)
        images, annotations, categories = (self._table(content, key) for key in ("images", "annotations", "categories"))
        inside = path.parent.name if path.parent != folder else ""
        word = _SPLIT.search(path.stem.lower()) or _SPLIT.search(inside.lower())
        self.split = SPLIT_OF_NAME[word[0]] if word else "all"
        name_of = {self._id(each): self._text(each, "name") for each in sorted(categories, key=self._id)}
        regions = self._regions(annotations, name_of)
        used = {region.category for drawn in regions.values() for region in drawn}
        headings = {str(each.get("supercategory")) for each in categories} - used
        self.categories = [name for name in name_of.values() if name not in headings]
        self.pictures = self._pictures(images, regions, index, (path.stem.rpartition("_")[2], inside))

    def _pictures(
        self,
        images: list[dict[str, Any]],
        regions: dict[int, list[Region]],
        index: PictureIndex,
        near: tuple[str, ...],
    ) -> dict[str, AnnotatedPicture]:
        missing: list[str] = []
        pictures: dict[str, AnnotatedPicture] = {}
        for image in images:
            called = self._text(image, "file_name")
            picture = index.find(called, near=(*near, *_words(self.split)))
            drawn = Drawn(smallest_on_top(regions.pop(self._id(image), [])))
            if picture is None:
                missing.append(called)
                continue
            name = index.name(picture)
            if name in pictures:
                raise DataError(f"{self._path} holds two pictures called {name}; rename one of them")
            pictures[name] = AnnotatedPicture(picture, self._size(image), drawn)
        if missing:
            raise DataError(
                f"{len(missing):,} of {len(images):,} pictures that {self._path} names are not below {index.folder}, "
                f"the first is {missing[0]!r}; add them or take them out"
            )
        if regions:
            where = next(iter(regions.values()))[0].where
            raise DataError(f"{self._path}: {where} has the image_id {next(iter(regions))!r}, which no picture has")
        if not pictures:
            raise DataError(f"{self._path} names no picture")
        return pictures

    def _regions(self, annotations: list[dict[str, Any]], name_of: Mapping[int, str]) -> dict[int, list[Region]]:
        """Regions by image id; what has no outline is counted."""
        regions: dict[int, list[Region]] = defaultdict(list)
        bare: list[str] = []
        for position, annotation in enumerate(annotations, 1):
            where = f"annotation {annotation.get('id', f'number {position}')}"
            category = name_of.get(self._id(annotation, "category_id"))
            if category is None:
                raise DataError(
                    f"{self._path}: {where} has the category_id {annotation.get('category_id')!r}, which is none of "
                    f"{', '.join(f'{number} ({name})' for number, name in name_of.items())}"
                )
            try:
                shape = _shape(annotation.get("segmentation"))
            except (ValueError, TypeError, OverflowError) as error:
                raise DataError(f"{self._path}: {where} has a broken segmentation: {error}") from error
            if shape is None:
                bare.append(where)
                continue
            crowd = annotation.get("iscrowd") in (1, True)
            regions[self._id(annotation, "image_id")].append(Region(shape, category, where, crowd))
        if bare and len(bare) == len(annotations):
            raise DataError(f"{self._path} holds no outline, only boxes; export it with segmentation")
        if bare:
            log.warning(
                "%s: %d annotations have no outline and count as background, %s", self._path, len(bare), bare[0]
            )
        return regions

    def _table(self, content: dict[str, Any], key: str) -> list[dict[str, Any]]:
        rows = content.get(key)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise DataError(f"{self._path} has no list {key!r}; expected COCO's images, annotations and categories")
        return rows

    def _id(self, row: dict[str, Any], key: str = "id") -> int:
        value = row.get(key)
        if not isinstance(value, int):
            raise DataError(f"{self._path} holds {key} {value!r}, expected a whole number")
        return value

    def _text(self, row: dict[str, Any], key: str) -> str:
        try:
            return text_of(row, key)
        except ValueError as error:
            raise DataError(f"{self._path}: {error}") from error

    def _size(self, image: dict[str, Any]) -> tuple[int, int] | None:
        try:
            return size_of(image, "height", "width")
        except ValueError as error:
            raise DataError(f"{self._path}: {image.get('file_name')}: {error}") from error


def _shape(segmentation: Any) -> Shape | None:
    """None for what encloses nothing: no segmentation, fewer than three points."""
    if isinstance(segmentation, dict):
        height, width = segmentation["size"] if len(segmentation.get("size") or ()) == 2 else (0, 0)
        return RunLengths(runs_of(segmentation.get("counts") or ()), (int(height), int(width)))
    if not isinstance(segmentation, list | None):
        raise TypeError(f"it is {type(segmentation).__name__}, expected polygons or runs")
    rings = tuple(ring for ring in map(ring_of, segmentation or ()) if len(ring) >= 3)
    return Polygon(rings) if rings else None


def _words(split: str) -> list[str]:
    return [word for word, each in SPLIT_OF_NAME.items() if each == split]

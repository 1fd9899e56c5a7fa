"""YOLO segmentation labels (docs.ultralytics.com, "Instance Segmentation Datasets"): a text file a picture."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from unetkit.data.annotated import AnnotatedDataset, AnnotatedPicture, Region, smallest_on_top
from unetkit.data.categories import categories_of
from unetkit.data.classes import CLASSES_FILE, class_lines
from unetkit.data.folderlayout import folder_splits
from unetkit.data.pictureindex import PictureIndex
from unetkit.data.pictures import read_file
from unetkit.data.polygons import Polygon, ring_of
from unetkit.data.splitlists import listed_splits
from unetkit.errors import DataError, MissingDependencyError

log = logging.getLogger(__name__)

_IMAGES, _LABELS = "images", "labels"
_SLACK = 0.01  # as much as Ultralytics allows a coordinate to lie outside of 0..1


def yolo_settings(folder: Path) -> Path | None:
    """The YAML file of a set: `data.yaml`, else the only one that has `names:`."""
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".yaml", ".yml"))
    named = [path for path in found if b"names:" in read_file(path)]
    return next((path for path in named if path.stem == "data"), named[0] if len(named) == 1 else None)


def has_label_files(folder: Path) -> bool:
    """Whether there are text files in a folder called `labels`, at the top or in a split's folder."""
    places = (path for path in (folder / _LABELS, *folder.glob(f"*/{_LABELS}")) if path.is_dir())
    return any(next(place.rglob("*.txt"), None) is not None for place in places)


class YoloDataset(AnnotatedDataset):
    """`images/.../NAME.jpg` with `labels/.../NAME.txt`; class i of the YAML file is label i + 1, after the background.

    A line of a label file is a class and its polygon, x and y in 0..1 of the width and height. A picture without label
    file is all background, and where objects overlap the smaller one lies on top, as with Ultralytics. Label files are
    read with their picture, not before.

    Args:
        place: a folder, or its YAML file.

    Raises:
        DataError: no names, no picture, no label file, or paths in the YAML file that lead nowhere.
        MissingDependencyError: there is a YAML file and no PyYAML.
    """

    def __init__(self, place: Path) -> None:
        place = place.absolute()
        folder = place if place.is_dir() else place.parent
        settings = yolo_settings(folder) if place.is_dir() else place
        table = _read_yaml(settings) if settings else {}
        names = _names(settings, table) if settings else class_lines(folder / CLASSES_FILE)
        if not names:
            raise DataError(f"{folder} names no classes; expected data.yaml with names, or {CLASSES_FILE}")
        index = PictureIndex(folder)
        pictures = {index.name(path): path for path in index.files if _IMAGES in path.relative_to(folder).parts}
        labels = {name: _label_file(path, folder) for name, path in pictures.items()}
        unlabelled = [name for name, path in labels.items() if not path.is_file()]
        if len(unlabelled) == len(pictures):
            raise DataError(
                f"{folder} has {len(pictures)} pictures below {_IMAGES}/ and no label file for any of them; "
                f"expected {_LABELS}/NAME.txt for {_IMAGES}/NAME.jpg"
            )
        log.info("%s: %d of %d pictures have no label file: background", folder, len(unlabelled), len(pictures))
        annotated = {
            name: AnnotatedPicture(path, None, _LabelFile(labels[name], names)) for name, path in pictures.items()
        }
        super().__init__(
            folder,
            annotated,
            listed_splits(folder, annotated)
            or _told_splits(settings, table, pictures, index)
            or folder_splits(folder, annotated),
            categories_of(folder, names),
            reference=place,
        )


@dataclass(frozen=True, slots=True)
class _LabelFile:
    path: Path
    names: tuple[str, ...]

    def content(self) -> bytes:
        return read_file(self.path) if self.path.is_file() else b""

    def regions(self, hw: tuple[int, int]) -> Sequence[Region]:
        lines = self.content().decode("utf-8-sig", "replace").splitlines()
        try:
            regions = [self._region(line.split(), number, hw) for number, line in enumerate(lines, 1) if line.strip()]
        except ValueError as error:
            raise DataError(f"{self.path}: {error}") from error
        return smallest_on_top(regions)

    def _region(self, words: list[str], number: int, hw: tuple[int, int]) -> Region:
        where = f"line {number}"
        if len(words) == 5:
            raise ValueError(f"{where} holds a box and not a polygon; export the set for segmentation")
        try:
            ring = ring_of([float(word) for word in words[1:]])
        except ValueError as error:
            raise ValueError(f"{where} is no class and polygon x y x y ... ({error})") from error
        if len(ring) < 3:
            raise ValueError(f"{where} has {len(ring)} points, a polygon has three or more")
        if ring.min() < -_SLACK or ring.max() > 1 + _SLACK:
            raise ValueError(
                f"{where} has coordinates {ring.min():g}..{ring.max():g}, expected 0..1 of the width and height"
            )
        if not words[0].isdecimal() or int(words[0]) >= len(self.names):
            raise ValueError(f"{where} has the class {words[0]!r}, expected 0..{len(self.names) - 1}")
        return Region(Polygon((ring * (hw[1], hw[0]),)), self.names[int(words[0])], where)


def _label_file(picture: Path, folder: Path) -> Path:
    """The last folder called `images` becomes `labels`, as Ultralytics has it."""
    parts = list(picture.relative_to(folder).with_suffix(".txt").parts)
    parts[len(parts) - 1 - parts[::-1].index(_IMAGES)] = _LABELS
    return folder.joinpath(*parts)


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        import yaml
    except ImportError as error:
        raise MissingDependencyError(f"reading {path} needs PyYAML: pip install pyyaml") from error
    try:
        content = yaml.safe_load(read_file(path))
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{path} is broken YAML ({reason}); export it again") from error
    if not isinstance(content, dict):
        raise DataError(f"{path} holds no table; expected names, train and val")
    return content


def _names(path: Path, table: dict[str, Any]) -> tuple[str, ...]:
    names = table.get("names")
    if isinstance(names, dict):
        if sorted(names, key=str) != sorted(range(len(names)), key=str):
            raise DataError(f"{path} numbers its names {', '.join(map(str, names))}, expected 0..{len(names) - 1}")
        names = [names[number] for number in range(len(names))]
    if not isinstance(names, list) or len({str(name) for name in names}) < len(names):
        raise DataError(f"{path} has the names {names!r}, expected a list of different names")
    return tuple(str(name) for name in names)


def _told_splits(
    settings: Path | None, table: dict[str, Any], pictures: Mapping[str, Path], index: PictureIndex
) -> dict[str, tuple[str, ...]]:
    """Splits by `train`, `val` and `test` of the YAML file: folders, or text files of paths."""
    splits: dict[str, tuple[str, ...]] = {}
    for key, split in (("train", "train"), ("val", "validation"), ("test", "test")):
        given = table.get(key) or []
        entries = given if isinstance(given, list) else [given]
        names: dict[str, None] = {}
        for entry in entries:
            place = _place(str(entry), table, index.folder)
            if place is None:
                log.warning("%s: %s is %r, which is not there; the split is left out", settings, key, entry)
            elif place.is_file():
                lines = read_file(place).decode("utf-8-sig", "replace").splitlines()
                names |= dict.fromkeys(_listed(line.strip(), place, index) for line in lines if line.strip())
            else:
                names |= dict.fromkeys(name for name, path in pictures.items() if path.is_relative_to(place))
        if names:
            splits[split] = tuple(names)
    shared = [name for name, count in Counter(chain.from_iterable(splits.values())).items() if count > 1]
    if shared:
        raise DataError(f"{settings} puts {shared[0]} into two splits; a picture can stand in one only")
    return splits


def _place(entry: str, table: dict[str, Any], folder: Path) -> Path | None:
    """Where an entry leads, inside of the folder; exports often hold a `path` or `..` of another machine."""
    entry = entry.replace("\\", "/")
    root = str(table.get("path") or "").replace("\\", "/")
    bare = entry
    while bare.startswith(("./", "../")):
        bare = bare.partition("/")[2]
    tried = (folder / root / entry, folder / entry, folder / bare)
    inside = (path.resolve() for path in tried)
    home = folder.resolve()
    found = next((path for path in inside if path.is_relative_to(home) and path.exists()), None)
    return folder / found.relative_to(home) if found else None


def _listed(line: str, path: Path, index: PictureIndex) -> str:
    picture = index.find(f"/{line}")  # whatever folders stand before: data/images/..., ./images/..., /home/...
    if picture is None:
        raise DataError(f"{path} names {line!r}, which is not below {index.folder}")
    return index.name(picture)

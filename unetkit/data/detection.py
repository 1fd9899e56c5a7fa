"""What a folder holds, and by what it was recognised."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from unetkit.data.coco import coco_files
from unetkit.data.folderlayout import IMAGES, MASKS
from unetkit.data.labelme import labelme_files
from unetkit.data.oxford import has_oxford_layout
from unetkit.data.voc import MASKS as VOC_MASKS
from unetkit.data.voc import has_voc_layout
from unetkit.data.yolo import has_label_files, yolo_settings
from unetkit.errors import DataError


class DataFormat(StrEnum):
    """How a data set lies on disk."""

    FOLDERS = "folders"
    OXFORD = "oxford"
    COCO = "coco"
    YOLO = "yolo"
    LABELME = "labelme"
    VOC = "voc"


_LOOKED_FOR = (
    f"{IMAGES}/ and {MASKS}/ with files of the same names, or the Oxford-IIIT Pet layout (annotations/trimaps/), "
    "COCO JSON, YOLO polygons (labels/ with .txt), LabelMe JSON, "
    f"or VOC or CVAT masks ({VOC_MASKS}/)"
)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A format, and why."""

    data_format: DataFormat
    why: str


def detect_format(place: Path) -> Found:
    """Recognise the format of a folder, or of one annotation file, by what is there; contents are only glanced at.

    Raises:
        DataError: nothing known is there, or several formats at once.
    """
    if place.is_file():
        return _of_file(place)
    found = _found_in(place)
    if len(found) > 1:
        seen = "; ".join(f"{each.data_format} ({each.why})" for each in found)
        names = " or ".join(f"--data-format {each.data_format}" for each in found)
        raise DataError(f"{place} may be read in {len(found)} ways: {seen}; choose with {names}")
    if not found:
        lacks = next((part for part in (IMAGES, MASKS) if not (place / part).is_dir()), IMAGES)
        raise DataError(f"{place} is no data set: it has no {lacks}/ folder; expected {_LOOKED_FOR}")
    return found[0]


def _of_file(path: Path) -> Found:
    suffix = path.suffix.lower()
    if suffix == ".json":
        return Found(data_format=DataFormat.COCO, why="it is one .json file")
    if suffix in (".yaml", ".yml"):
        return Found(data_format=DataFormat.YOLO, why=f"it is a {suffix} file")
    raise DataError(f"{path} is a file; give a folder, COCO's .json file or YOLO's .yaml file")


def _found_in(folder: Path) -> list[Found]:
    """All formats that fit."""
    found: list[tuple[DataFormat, str]] = []
    if has_oxford_layout(folder):
        found.append((DataFormat.OXFORD, "images/, annotations/trimaps/ and annotations/trainval.txt are there"))
    if has_voc_layout(folder):
        found.append((DataFormat.VOC, f"{VOC_MASKS}/ is there"))
    if (folder / IMAGES).is_dir() and (folder / MASKS).is_dir():
        found.append((DataFormat.FOLDERS, f"{IMAGES}/ and {MASKS}/ are there"))
    coco, labelme = coco_files(folder), labelme_files(folder)
    if coco:
        found.append((DataFormat.COCO, f"{_first(coco, folder)} holds COCO's keys"))
    if labelme:
        found.append((DataFormat.LABELME, f"{_first(labelme, folder)} holds LabelMe's shapes"))
    if has_label_files(folder):
        settings = yolo_settings(folder)
        found.append((DataFormat.YOLO, f"labels/ holds .txt files{f', and {settings.name} names' if settings else ''}"))
    return [Found(data_format=data_format, why=why) for data_format, why in found]


def _first(files: list[Path], folder: Path) -> str:
    more = f" and {len(files) - 1:,} more" if len(files) > 1 else ""
    return f"{files[0].relative_to(folder).as_posix()}{more}"

"""From what the user typed to a data set."""

import logging
from collections.abc import Callable
from pathlib import Path

from unetkit.data.coco import CocoDataset
from unetkit.data.dataset import Dataset, Progress
from unetkit.data.detection import DataFormat, detect_format
from unetkit.data.folders import ImageFolder
from unetkit.data.labelme import LabelMeDataset
from unetkit.data.oxford import OxfordPets
from unetkit.data.oxfordhome import oxford_folder
from unetkit.data.synthetic import SYNTHETIC, SyntheticDataset
from unetkit.data.tfds import TFDS, TensorFlowDataset
from unetkit.data.voc import VocDataset
from unetkit.data.yolo import YoloDataset
from unetkit.errors import DataError, UsageError

log = logging.getLogger(__name__)

OXFORD_PETS = "oxford-pets"
AUTO = "auto"

_READERS: dict[DataFormat, Callable[[Path], Dataset]] = {
    DataFormat.FOLDERS: ImageFolder,
    DataFormat.OXFORD: OxfordPets,
    DataFormat.COCO: CocoDataset,
    DataFormat.YOLO: YoloDataset,
    DataFormat.LABELME: LabelMeDataset,
    DataFormat.VOC: VocDataset,
}
_ONE_FILE = (DataFormat.COCO, DataFormat.YOLO)


def open_dataset(
    reference: str | None, data_dir: Path | None = None, *, data_format: str = AUTO, progress: Progress | None = None
) -> Dataset:
    """Open a data set by name or place.

    Args:
        reference: None or "oxford-pets": the Oxford-IIIT Pet set, found or downloaded; "synthetic": the built-in one;
            "tfds:NAME": one of TensorFlow Datasets; else a folder, COCO's .json file or YOLO's .yaml file.
        data_dir: where the Oxford set is looked for and downloaded to, and sets of TensorFlow Datasets are prepared.
        data_format: of a folder, a value of `DataFormat`; "auto" recognises it, and logs by what.
        progress: called with (done, total) bytes of a download.

    Raises:
        DataError: no such place, a format that is none of these, or files that do not belong together.
        UsageError: an unknown format, or one for a set that has its own.
        MissingDependencyError: a package that the format needs is not installed.
    """
    if data_format not in (AUTO, *DataFormat):
        raise UsageError(f"the data format is {data_format!r}, expected {AUTO}, {', '.join(DataFormat)}")
    named = reference in (None, OXFORD_PETS, SYNTHETIC) or str(reference).startswith(TFDS)
    if named and data_format != AUTO:
        raise UsageError(f"{reference or OXFORD_PETS} has a format of its own; leave out --data-format {data_format}")
    if reference == SYNTHETIC:
        return SyntheticDataset()
    if reference is None or reference == OXFORD_PETS:
        return OxfordPets(oxford_folder(data_dir, progress=progress))
    if reference.startswith(TFDS):
        return TensorFlowDataset(reference, data_dir)
    place = Path(reference).expanduser()
    if not place.exists():
        raise DataError(
            f"no such folder: {place.absolute()}; give a folder of pictures and masks, {OXFORD_PETS} or {SYNTHETIC}"
        )
    if data_format == AUTO:
        found = detect_format(place)
        log.info("%s: read as %s, because %s", place, found.data_format, found.why)
        return _READERS[found.data_format](place)
    chosen = DataFormat(data_format)
    if not place.is_dir() and chosen not in _ONE_FILE:
        raise DataError(f"{place} is a file; {chosen} needs a folder")
    return _READERS[chosen](place)


def format_of(dataset: Dataset) -> str:
    """What to give `open_dataset` as data format, beside the reference, to open the same set again."""
    return next((str(each) for each, reader in _READERS.items() if type(dataset) is reader), AUTO)

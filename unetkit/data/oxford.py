"""The Oxford-IIIT Pet data set (Parkhi et al. 2012, "Cats and Dogs", CVPR), as its publisher's archives lay it out."""

import functools
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.spec import ClassSpec
from unetkit.data.dataset import Sample, content_digest
from unetkit.data.pictures import read_file
from unetkit.errors import DataError

OXFORD_CLASSES = (
    ClassSpec(name="pet", bgr=(40, 160, 255)),
    ClassSpec(name="background", bgr=(120, 60, 30)),
    ClassSpec(name="border", bgr=(230, 230, 90)),
)
OFFICIAL_SPLITS = ("trainval", "test")


def has_oxford_layout(folder: Path) -> bool:
    """Whether a folder holds `images/`, `annotations/trimaps/` and `annotations/trainval.txt`."""
    annotations = folder / "annotations"
    return (
        (annotations / "trainval.txt").is_file() and (annotations / "trimaps").is_dir() and (folder / "images").is_dir()
    )


def listed_names(folder: Path, split: str) -> tuple[str, ...]:
    """Names in `annotations/SPLIT.txt`: the first word of each line that is no comment; none if the list is missing."""
    path = folder / "annotations" / f"{split}.txt"
    if not path.is_file():
        return ()
    lines = read_file(path).decode("utf-8", "replace").splitlines()
    words = (line.split() for line in lines if not line.startswith("#"))
    return tuple(dict.fromkeys(line[0] for line in words if line))


class OxfordPets:
    """`images/NAME.jpg` with `annotations/trimaps/NAME.png`, in the official split.

    The trimap's 1 (pet), 2 (background) and 3 (border) become 0, 1 and 2. A picture outside both lists is left out.

    Raises:
        DataError: a list is empty, or a listed picture or trimap is missing.
    """

    classes = OXFORD_CLASSES

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        lists = {split: listed_names(folder, split) for split in OFFICIAL_SPLITS}
        self.splits: Mapping[str, tuple[str, ...]] = {split: names for split, names in lists.items() if names}
        if "trainval" not in self.splits:
            raise DataError(f"{folder / 'annotations' / 'trainval.txt'} lists no picture; unpack the archive again")
        self._samples = {name: self._sample(name) for names in self.splits.values() for name in names}
        self._check_files()

    @property
    def reference(self) -> str:
        return str(self.folder)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._samples)

    def picture_file(self, name: str) -> Path:
        return self._samples[name].picture

    def read(self, name: str) -> tuple[BgrFrame, Labels]:
        sample = self._samples[name]
        frame, trimap = sample.read()
        labels: Labels = trimap - np.uint8(1)  # 0 wraps to 255 and fails with the others
        if int(labels.max()) >= len(self.classes):
            wrong = int(trimap[labels >= len(self.classes)][0])
            raise DataError(f"trimap {sample.mask} holds value {wrong}, expected 1 (pet), 2 (background) or 3 (border)")
        return frame, labels

    def digest(self) -> str:
        return self._digest

    @functools.cached_property
    def _digest(self) -> str:
        return content_digest(self._samples, self.classes)

    def _sample(self, name: str) -> Sample:
        trimaps = self.folder / "annotations" / "trimaps"
        return Sample(self.folder / "images" / f"{name}.jpg", trimaps / f"{name}.png")

    def _check_files(self) -> None:
        present = {path for part in ("images", "annotations/trimaps") for path in (self.folder / part).iterdir()}
        wanted = (path for sample in self._samples.values() for path in (sample.picture, sample.mask))
        missing = [path for path in wanted if path not in present]
        if missing:
            raise DataError(
                f"{len(missing):,} listed files are missing, the first is {missing[0]}; "
                f"unpack the archives again or shorten the lists in {self.folder / 'annotations'}"
            )

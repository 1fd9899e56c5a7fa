"""Folders of pictures and masks that the user made: `images/` and `masks/`, paired by stem."""

import functools
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.spec import ClassSpec
from unetkit.data.classes import ClassScheme, class_scheme
from unetkit.data.dataset import READERS, content_digest
from unetkit.data.folderlayout import folder_splits, pair_files
from unetkit.data.masks import read_mask
from unetkit.errors import DataError

log = logging.getLogger(__name__)


class ImageFolder:
    """`images/NAME.*` with `masks/NAME.png`; the classes come from one scan of all masks (see `classes.py`).

    Raises:
        DataError: no picture, files that do not pair, masks that are not PNG, or lists that name no picture.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._samples = pair_files(self.folder)
        self.splits: Mapping[str, tuple[str, ...]] = folder_splits(self.folder, self._samples)

    @property
    def reference(self) -> str:
        return str(self.folder)

    @property
    def classes(self) -> tuple[ClassSpec, ...]:
        """Classes of the folder; the first use reads every mask.

        Raises:
            DataError: a broken mask, or values that are no class: the file and the value.
        """
        return self._scheme.classes

    @functools.cached_property
    def _scheme(self) -> ClassScheme:
        masks = [sample.mask for sample in self._samples.values()]
        with ThreadPoolExecutor(READERS) as pool:
            held = dict(zip(masks, pool.map(_values, masks), strict=True))
        scheme = class_scheme(self.folder, held)
        log.info("%s: %d masks, classes %s", self.folder, len(masks), ", ".join(item.name for item in scheme.classes))
        return scheme

    def read(self, name: str) -> tuple[BgrFrame, Labels]:
        sample = self._samples[name]
        frame, values = sample.read()
        strange = ~self._scheme.known[values]
        if strange.any():  # the file has changed since the scan
            raise DataError(
                f"mask {sample.mask} holds value {values[strange][0]}, outside the {len(self.classes)} classes"
            )
        return frame, self._scheme.labels_of_value[values]

    def digest(self) -> str:
        return self._digest

    @functools.cached_property
    def _digest(self) -> str:
        return content_digest(self._samples, self.classes)


def _values(mask: Path) -> frozenset[int]:
    """The different values of a mask."""
    return frozenset(np.flatnonzero(np.bincount(read_mask(mask).ravel(), minlength=256)).tolist())

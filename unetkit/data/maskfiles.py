"""Data sets of picture files and mask files."""

import functools
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.spec import ClassSpec
from unetkit.data.dataset import Sample, content_digest

log = logging.getLogger(__name__)


class MaskScheme(Protocol):
    """What the content of masks means: values (`ClassScheme`) or colours (`ColorScheme`)."""

    @property
    def classes(self) -> tuple[ClassSpec, ...]: ...

    @property
    def told(self) -> bytes: ...

    def labels_in(self, mask: Path) -> Labels: ...


class MaskFiles:
    """Pictures paired with masks.

    Args:
        folder: the data set is opened again by.
        samples: by name.
        splits: names of each.
        scheme: decides what the masks mean, at the first use: it may read all of them.
    """

    def __init__(
        self,
        folder: Path,
        samples: Mapping[str, Sample],
        splits: Mapping[str, tuple[str, ...]],
        scheme: Callable[[], MaskScheme],
    ) -> None:
        self.folder = folder
        self.splits = splits
        self._samples = samples
        self._decide = scheme

    @property
    def reference(self) -> str:
        return str(self.folder)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._samples)

    @property
    def classes(self) -> tuple[ClassSpec, ...]:
        """Classes of the set; the first use may read every mask.

        Raises:
            DataError: a broken mask, or values that are no class: the file and the value.
        """
        return self._scheme.classes

    def picture_file(self, name: str) -> Path:
        return self._samples[name].picture

    def read(self, name: str) -> tuple[BgrFrame, Labels]:
        return self._samples[name].read(self._scheme.labels_in)

    def digest(self) -> str:
        return self._digest

    @functools.cached_property
    def _scheme(self) -> MaskScheme:
        scheme = self._decide()
        classes = ", ".join(item.name for item in scheme.classes)
        log.info("%s: %d masks, classes %s", self.folder, len(self._samples), classes)
        return scheme

    @functools.cached_property
    def _digest(self) -> str:
        return content_digest(self._samples, self.classes, self._scheme.told)

"""Data sets of pictures with outlines: painted into labels when a sample is read."""

import functools
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.spec import IGNORE_LABEL, ClassSpec
from unetkit.data.categories import Categories
from unetkit.data.dataset import digest_of
from unetkit.data.pictures import read_file, read_fitting_picture
from unetkit.errors import DataError

log = logging.getLogger(__name__)


class Shape(Protocol):
    """What one annotation covers."""

    @property
    def area(self) -> float:
        """Square pixels."""
        ...

    def paint(self, labels: Labels, value: int) -> int:
        """Write `value` where it covers uint8 (H, W); gives the number of pixels.

        Raises:
            ValueError: it does not belong to a picture of this size.
        """
        ...

    def content(self) -> bytes:
        """Bytes that change with it."""
        ...


@dataclass(frozen=True, slots=True)
class Region:
    """A shape and what it is called.

    `crowd` marks a rough outline around many objects: ignored where nothing else lies. `where` names it in messages.
    """

    shape: Shape
    category: str
    where: str
    crowd: bool = False


class Annotation(Protocol):
    """What is drawn on one picture."""

    def regions(self, hw: tuple[int, int]) -> Sequence[Region]:
        """In the order of painting, for a picture of this height and width.

        Raises:
            DataError: it cannot be read.
        """
        ...

    def content(self) -> bytes:
        """Bytes that change with it."""
        ...


@dataclass(frozen=True, slots=True)
class Drawn:
    """An annotation that is in memory already."""

    drawn: tuple[Region, ...]

    def regions(self, hw: tuple[int, int]) -> Sequence[Region]:  # noqa: ARG002 (pixels, whatever the size)
        return self.drawn

    def content(self) -> bytes:
        return b"".join(
            f"{region.category}\0{region.crowd}\0".encode() + region.shape.content() for region in self.drawn
        )


@dataclass(frozen=True, slots=True)
class AnnotatedPicture:
    """A picture file, the height and width its annotation gives (None: none), and what is drawn on it."""

    picture: Path
    hw: tuple[int, int] | None
    annotation: Annotation


def smallest_on_top(regions: Sequence[Region]) -> tuple[Region, ...]:
    """Painting order: crowds first, then by falling area; equal ones as they come."""
    return tuple(sorted(regions, key=lambda region: (not region.crowd, -region.shape.area)))


class AnnotatedDataset:
    """Pictures with outlines; what no outline covers is the background, label 0.

    Args:
        folder: the data set is opened again by; its `classes.toml` has been read into `categories`.
        pictures: by name.
        splits: names of each.
        categories: labels of what regions are called.
        reference: where it is not the folder that opens it again.
    """

    def __init__(
        self,
        folder: Path,
        pictures: Mapping[str, AnnotatedPicture],
        splits: Mapping[str, tuple[str, ...]],
        categories: Categories,
        *,
        reference: Path | None = None,
    ) -> None:
        self.folder = folder
        self.splits = splits
        self._pictures = pictures
        self._categories = categories
        self._reference = reference or folder

    @property
    def reference(self) -> str:
        return str(self._reference)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._pictures)

    @property
    def classes(self) -> tuple[ClassSpec, ...]:
        return self._categories.classes

    def picture_file(self, name: str) -> Path:
        return self._pictures[name].picture

    def read(self, name: str) -> tuple[BgrFrame, Labels]:
        item = self._pictures[name]
        frame = read_fitting_picture(item.picture, item.hw)
        height, width = frame.shape[:2]
        labels = np.zeros((height, width), np.uint8)
        for region in item.annotation.regions((height, width)):
            label = IGNORE_LABEL if region.crowd else self._categories.label_of[region.category]
            try:
                covered = region.shape.paint(labels, label)
            except ValueError as error:
                raise DataError(f"{region.where} of {item.picture} does not fit it: {error}") from error
            if not covered:
                log.info("%s of %s covers no pixel", region.where, item.picture)
        return frame, labels

    def digest(self) -> str:
        return self._digest

    @functools.cached_property
    def _digest(self) -> str:
        return digest_of(self._pictures, self._content, self.classes, self._categories.content())

    def _content(self, name: str) -> bytes:
        item = self._pictures[name]
        drawn = repr(item.hw).encode() + item.annotation.content()
        return hashlib.sha256(read_file(item.picture)).digest() + hashlib.sha256(drawn).digest()

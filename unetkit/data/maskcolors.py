"""Masks that store a colour a class."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unetkit.contract.arrays import Labels
from unetkit.contract.spec import IGNORE_LABEL, ClassSpec
from unetkit.data.classfile import ClassFile, bgr_of, hex_color, is_color
from unetkit.data.masks import read_mask_colors
from unetkit.data.palette import Bgr
from unetkit.errors import DataError


@dataclass(frozen=True, kw_only=True)
class ColorScheme:
    """Classes, and the label of each colour that masks may hold; 255 for what is ignored.

    `name` says in messages where the colours come from.
    """

    classes: tuple[ClassSpec, ...]
    label_of: Mapping[Bgr, int]
    name: str

    @property
    def told(self) -> bytes:
        """Bytes that change with the labels."""
        return repr(sorted(self.label_of.items())).encode()

    def labels_in(self, mask: Path) -> Labels:
        """Labels of a mask file, uint8 (H, W).

        Raises:
            DataError: it is broken, or holds a colour that is no class.
        """
        blue, green, red = np.moveaxis(read_mask_colors(mask).astype(np.int32), -1, 0)
        pixels = (blue << 16) | (green << 8) | red
        order = sorted((b << 16 | g << 8 | r, label) for (b, g, r), label in self.label_of.items())
        codes, labels = np.array(order, np.int32).T
        place = np.searchsorted(codes, pixels).clip(max=len(codes) - 1)
        strange = codes[place] != pixels
        if strange.any():
            code = int(pixels[strange][0])
            color = hex_color((code >> 16, code >> 8 & 255, code & 255))
            raise DataError(
                f"mask {mask} holds the colour {color} at {int(strange.sum()):,} of {strange.size:,} pixels, "
                f"which is no class of {self.name}"
            )
        found: Labels = labels.astype(np.uint8)[place]
        return found


def color_scheme(file: ClassFile) -> ColorScheme:
    """The colours of a `classes.toml` that says masks = "colors": `from` of a class, or its `color`.

    Raises:
        DataError: a class without a colour, something that is none, or a colour of two classes.
    """
    label_of: dict[Bgr, int] = {}
    for label, entry in enumerate(file.entries):
        own = (hex_color(entry.bgr),) if entry.bgr else ()
        sources = entry.sources or own
        if not sources or not all(is_color(source) for source in sources):
            raise DataError(f"{file.path}: {entry.name} needs a color, or from with colours, to be found in the masks")
        _take(label_of, label, sources, file)
    if not all(is_color(source) for source in file.ignored or ()):
        raise DataError(f'{file.path}: ignore holds {file.ignored}, expected colours, for masks = "colors"')
    _take(label_of, IGNORE_LABEL, file.ignored or (), file)
    return ColorScheme(classes=file.classes, label_of=label_of, name=str(file.path))


def _take(label_of: dict[Bgr, int], label: int, sources: tuple[int | str, ...], file: ClassFile) -> None:
    for source in sources:
        if label_of.setdefault(bgr_of(str(source)), label) != label:
            raise DataError(f"{file.path} puts the colour {source} into two classes; it can belong to one only")

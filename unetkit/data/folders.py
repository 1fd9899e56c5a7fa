"""Folders of pictures and masks that the user made: `images/` and `masks/`, paired by stem."""

from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from unetkit.data.classes import class_scheme
from unetkit.data.classfile import CLASS_FILE, read_class_file
from unetkit.data.dataset import READERS
from unetkit.data.folderlayout import folder_splits, pair_files
from unetkit.data.maskcolors import color_scheme
from unetkit.data.maskfiles import MaskFiles, MaskScheme
from unetkit.data.masks import read_mask


class ImageFolder(MaskFiles):
    """`images/NAME.*` with `masks/NAME.png`.

    The classes come from one scan of all masks (see `classes.py`), or, where `classes.toml` says masks = "colors", from
    the colours in it.

    Raises:
        DataError: no picture, files that do not pair, masks that are not PNG, or lists that name no picture.
    """

    def __init__(self, folder: Path) -> None:
        home = folder.absolute()
        samples = pair_files(home)
        masks = [sample.mask for sample in samples.values()]
        super().__init__(home, samples, folder_splits(home, samples), lambda: folder_scheme(home, masks))


def folder_scheme(folder: Path, masks: Iterable[Path]) -> MaskScheme:
    """What masks mean by `classes.toml`, `classes.txt` or their own values.

    Raises:
        DataError: a broken mask or class file, or values that are no class: the file and the value.
    """
    file = read_class_file(folder / CLASS_FILE)
    if file is not None and file.masks == "colors":
        return color_scheme(file)
    return class_scheme(folder, mask_values(masks))


def mask_values(masks: Iterable[Path]) -> dict[Path, Collection[int]]:
    """The different values of each mask.

    Raises:
        DataError: a broken mask.
    """
    files = list(masks)
    with ThreadPoolExecutor(READERS) as pool:
        return dict(zip(files, pool.map(_values, files), strict=True))


def _values(mask: Path) -> frozenset[int]:
    return frozenset(np.flatnonzero(np.bincount(read_mask(mask).ravel(), minlength=256)).tolist())

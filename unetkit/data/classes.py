"""What the values of a folder's masks mean, decided once for the whole folder."""

import colorsys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import Labels
from unetkit.contract.spec import IGNORE_LABEL, ClassSpec
from unetkit.data.pictures import read_file
from unetkit.errors import DataError

CLASSES_FILE = "classes.txt"
MAX_UNNAMED = 32  # more values than this without names are a smoothed mask, not classes

_BINARY_NAMES = ("background", "object")
_GOLDEN_TURN = 0.61803398875  # consecutive hues lie far apart, however many there are


@dataclass(frozen=True, kw_only=True)
class ClassScheme:
    """Classes, and two tables of 256: the label of a mask value, and whether it is one (or the ignore label)."""

    classes: tuple[ClassSpec, ...]
    labels_of_value: Labels
    known: NDArray[np.bool_]


def class_scheme(folder: Path, held: Mapping[Path, Collection[int]]) -> ClassScheme:
    """Decide the classes from the values that each mask holds.

    * Values 0 and 255 only, over all masks: 255 is the object, label 1.
    * Otherwise a value is the label itself, and 255 is ignored: it counts neither in a loss nor in a score.
      So 255 is ignored only where another value than 0 occurs somewhere.
    * `classes.txt`, one name a line, says how many classes there are and what they are called. Without it every
      value from 0 to the largest must occur in some mask.

    Args:
        folder: may hold `classes.txt`.
        held: values of each mask.

    Raises:
        DataError: a value that is no class, with its file; fewer than two classes; bad names.
    """
    seen = frozenset().union(*held.values())
    names = class_names(folder / CLASSES_FILE)
    binary = bool(seen) and seen <= {0, 255} and (not names or len(names) == 2)
    if binary and 255 not in seen:
        raise DataError(f"every mask in {folder} is 0 everywhere: there is no object to learn")
    ignored = {IGNORE_LABEL} if seen - {0, IGNORE_LABEL} else set()
    ids = {0, 1} if binary else seen - ignored
    count = len(names) or (2 if binary else max(ids, default=-1) + 1)
    allowed = f"the {count} classes of {CLASSES_FILE}" if names else "0..C-1 without a gap, or 0 and 255 only"
    strangers = ids - set(range(len(names))) if names else _beyond_a_gap(ids)
    if strangers:
        files = [path for path, values in held.items() if strangers & set(values)]
        value = min(strangers & set(held[files[0]]))
        raise DataError(
            f"mask {files[0]} holds value {value}, expected {allowed}; {len(files)} of {len(held)} masks have such ones"
        )
    if count < 2:
        raise DataError(f"the masks in {folder} hold {sorted(seen)}: at least two classes are needed")
    if not names:
        names = _BINARY_NAMES if count == 2 else tuple(f"class_{index}" for index in range(count))
    table: Labels = np.arange(256, dtype=np.uint8)
    if binary:
        table[255] = 1
    known = np.isin(np.arange(256), [0, 255] if binary else [*range(count), IGNORE_LABEL])
    return ClassScheme(classes=_colored(names), labels_of_value=table, known=known)


def class_names(path: Path) -> tuple[str, ...]:
    """Names in `classes.txt`, none if there is no such file.

    Raises:
        DataError: empty, not UTF-8, over 255 names, or a name twice.
    """
    if not path.is_file():
        return ()
    try:
        names = tuple(line.strip() for line in read_file(path).decode("utf-8-sig").splitlines() if line.strip())
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text ({error.reason}); write one class name a line") from error
    unfit = [name for name in names if len(name) > 200 or not name.isprintable()]
    if not 2 <= len(names) <= IGNORE_LABEL or len(set(names)) < len(names) or unfit:
        raise DataError(f"{path} names {len(names)} classes, expected 2..{IGNORE_LABEL} different names, one a line")
    return names


def _beyond_a_gap(ids: Collection[int]) -> set[int]:
    """Values above the first one that no mask holds; all, if there are more than anybody has unnamed classes."""
    gap = next(value for value in range(257) if value not in ids)
    return {value for value in ids if value > min(gap, MAX_UNNAMED - 1)}


def _colored(names: tuple[str, ...]) -> tuple[ClassSpec, ...]:
    """Label 0 dark, the others bright, around the colour circle in golden turns."""
    classes = [ClassSpec(name=names[0], bgr=(48, 40, 32))]
    for index, name in enumerate(names[1:]):
        red, green, blue = colorsys.hsv_to_rgb((0.1 + index * _GOLDEN_TURN) % 1, 0.8 - 0.3 * (index % 2), 1.0)
        classes.append(ClassSpec(name=name, bgr=(round(255 * blue), round(255 * green), round(255 * red))))
    return tuple(classes)

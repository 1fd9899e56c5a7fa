"""What the values of a folder's masks mean, decided once for the whole folder."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import Labels
from unetkit.contract.spec import IGNORE_LABEL, ClassSpec
from unetkit.data.classfile import CLASS_FILE, ClassFile, read_class_file
from unetkit.data.masks import read_mask
from unetkit.data.palette import class_bgr
from unetkit.data.pictures import read_file
from unetkit.errors import DataError

CLASSES_FILE = "classes.txt"
MAX_UNNAMED = 32  # more values than this without names are a smoothed mask, not classes

_BINARY_NAMES = ("background", "object")


@dataclass(frozen=True, kw_only=True)
class ClassScheme:
    """Classes, and two tables of 256: the label of a mask value, and whether it is one (or the ignore label).

    `told` are bytes that change with the tables, where a file and not the masks themselves decided them.
    """

    classes: tuple[ClassSpec, ...]
    labels_of_value: Labels
    known: NDArray[np.bool_]
    told: bytes = b""

    @classmethod
    def of_values(cls, classes: tuple[ClassSpec, ...], label_of: Mapping[int, int]) -> "ClassScheme":
        """Only the values in `label_of` are known; their labels were told."""
        table: Labels = np.zeros(256, np.uint8)
        table[list(label_of)] = list(label_of.values())
        known = np.isin(np.arange(256), list(label_of))
        return cls(classes=classes, labels_of_value=table, known=known, told=table.tobytes() + known.tobytes())

    def labels_in(self, mask: Path) -> Labels:
        """Labels of a mask file, uint8 (H, W).

        Raises:
            DataError: it is broken, or holds a value that is no class.
        """
        values = read_mask(mask)
        strange = ~self.known[values]
        if strange.any():  # the file has changed since the scan
            raise DataError(f"mask {mask} holds value {values[strange][0]}, outside the {len(self.classes)} classes")
        return self.labels_of_value[values]


def class_scheme(folder: Path, held: Mapping[Path, Collection[int]], *, may_be_binary: bool = True) -> ClassScheme:
    """Decide the classes from the values that each mask holds.

    Where `classes.toml` says which values belong to what, nothing is decided here: a class without `from` is the value
    of its position, 255 is ignored unless `ignore` says otherwise. Else:

    * Values 0 and 255 only, over all masks: 255 is the object, label 1.
    * Otherwise a value is the label itself, and 255 is ignored: it counts neither in a loss nor in a score.
      So 255 is ignored only where another value than 0 occurs somewhere.
    * `classes.toml` or `classes.txt`, one name a line, says how many classes there are and what they are called.
      Without them every value from 0 to the largest must occur in some mask.

    Args:
        folder: may hold `classes.toml` or `classes.txt`.
        held: values of each mask.
        may_be_binary: whether 0 and 255 alone mean background and object; otherwise 255 is always ignored.

    Raises:
        DataError: a value that is no class, with its file; fewer than two classes; bad names.
    """
    seen = frozenset().union(*held.values())
    file = read_class_file(folder / CLASS_FILE)
    if file is not None and file.names_values:
        scheme = _as_told(file)
        _refuse_strangers(seen - set(np.flatnonzero(scheme.known).tolist()), held, f"what {CLASS_FILE} names")
        return scheme
    names = tuple(entry.name for entry in file.entries) if file else class_names(folder / CLASSES_FILE)
    binary = may_be_binary and bool(seen) and seen <= {0, 255} and (not names or len(names) == 2)
    if binary and 255 not in seen:
        raise DataError(f"every mask in {folder} is 0 everywhere: there is no object to learn")
    ignored = {IGNORE_LABEL} if seen - {0, IGNORE_LABEL} or not may_be_binary else set()
    ids = {0, 1} if binary else seen - ignored
    count = len(names) or (2 if binary else max(ids, default=-1) + 1)
    listed = f"the {count} classes of {CLASS_FILE if file else CLASSES_FILE}"
    allowed = listed if names else f"0..C-1 without a gap, or 0 and 255 only; {CLASS_FILE} can say what values mean"
    _refuse_strangers(ids - set(range(len(names))) if names else _beyond_a_gap(ids), held, allowed)
    if count < 2:
        raise DataError(f"the masks in {folder} hold {sorted(seen)}: at least two classes are needed")
    if not names:
        names = _BINARY_NAMES if count == 2 else tuple(f"class_{index}" for index in range(count))
    table: Labels = np.arange(256, dtype=np.uint8)
    if binary:
        table[255] = 1
    known = np.isin(np.arange(256), [0, 255] if binary else [*range(count), IGNORE_LABEL])
    specs = (
        file.classes if file else tuple(ClassSpec(name=name, bgr=class_bgr(label)) for label, name in enumerate(names))
    )
    return ClassScheme(classes=specs, labels_of_value=table, known=known)


def _as_told(file: ClassFile) -> ClassScheme:
    label_of: dict[int, int] = {}
    for label, entry in enumerate(file.entries):
        for value in entry.sources or (label,):
            if not isinstance(value, int):
                raise DataError(
                    f"{file.path}: from of {entry.name} holds {value!r}, expected mask values; "
                    'where masks hold colours, say masks = "colors"'
                )
            if label_of.setdefault(value, label) != label:
                raise DataError(f"{file.path} puts the value {value} into two classes; it can belong to one only")
    for value in (IGNORE_LABEL,) if file.ignored is None else file.ignored:
        if not isinstance(value, int) or (value in label_of and file.ignored is not None):
            raise DataError(f"{file.path}: ignore holds {value!r}, expected mask values that are no class")
        label_of.setdefault(value, IGNORE_LABEL)
    return ClassScheme.of_values(file.classes, label_of)


def _refuse_strangers(strangers: Collection[int], held: Mapping[Path, Collection[int]], allowed: str) -> None:
    files = [path for path, values in held.items() if set(strangers) & set(values)]
    if files:
        value = min(set(strangers) & set(held[files[0]]))
        raise DataError(
            f"mask {files[0]} holds value {value}, expected {allowed}; {len(files)} of {len(held)} masks have such ones"
        )


def class_names(path: Path) -> tuple[str, ...]:
    """Names in `classes.txt`, none if there is no such file.

    Raises:
        DataError: empty, not UTF-8, over 255 names, or a name twice.
    """
    names = class_lines(path)
    if path.is_file() and not 2 <= len(names) <= IGNORE_LABEL:
        raise DataError(f"{path} names {len(names)} classes, expected 2..{IGNORE_LABEL} different names, one a line")
    return names


def class_lines(path: Path) -> tuple[str, ...]:
    """Names in a file, one a line, none if there is no such file.

    Raises:
        DataError: not UTF-8, a name twice, or one that cannot be shown.
    """
    if not path.is_file():
        return ()
    try:
        names = tuple(line.strip() for line in read_file(path).decode("utf-8-sig").splitlines() if line.strip())
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text ({error.reason}); write one class name a line") from error
    unfit = [name for name in names if len(name) > 200 or not name.isprintable()]
    if len(set(names)) < len(names) or unfit:
        raise DataError(f"{path} names {len(names)} classes, expected 2..{IGNORE_LABEL} different names, one a line")
    return names


def _beyond_a_gap(ids: Collection[int]) -> set[int]:
    """Values above the first one that no mask holds; all, if there are more than anybody has unnamed classes."""
    gap = next(value for value in range(257) if value not in ids)
    return {value for value in ids if value > min(gap, MAX_UNNAMED - 1)}

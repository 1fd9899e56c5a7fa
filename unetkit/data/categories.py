"""From the names in annotations to labels."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from unetkit.contract.spec import IGNORE_LABEL, ClassSpec
from unetkit.data.classfile import CLASS_FILE, ClassFile, read_class_file
from unetkit.data.palette import Bgr, class_bgr
from unetkit.errors import DataError

log = logging.getLogger(__name__)

BACKGROUND = "background"
_BACKGROUND_NAMES = frozenset({BACKGROUND, "_background_"})  # the second is LabelMe's
_IGNORED_NAMES = frozenset({"__ignore__"})  # LabelMe's


@dataclass(frozen=True, kw_only=True)
class Categories:
    """Classes, and the label of each name that annotations use; 255 for what is ignored, 0 for what is left out."""

    classes: tuple[ClassSpec, ...]
    label_of: Mapping[str, int]

    def content(self) -> bytes:
        """Bytes that change with the labels of names."""
        return "".join(f"{name}\0{label}\0" for name, label in sorted(self.label_of.items())).encode()


def categories_of(
    folder: Path, names: Iterable[str], *, colors: Mapping[str, Bgr] | None = None, dense: bool = False
) -> Categories:
    """Labels of annotated names: the background is 0, the others follow in their order, or as `classes.toml` says.

    In `classes.toml` the first class is the background, whatever no annotation covers. `from` merges names into a
    class; a name that it does not mention is left out, that is, background.

    Args:
        folder: may hold `classes.toml`.
        names: all that annotations may use.
        colors: of some of them.
        dense: whether every pixel has one of the names, so that a background that is not among them is not added.

    Raises:
        DataError: no name, too many, or `classes.toml` mentions one that is not there.
    """
    names = tuple(dict.fromkeys(names))
    file = read_class_file(folder / CLASS_FILE)
    if file is not None:
        return _as_told(file, names)
    ignored = [name for name in names if name.lower() in _IGNORED_NAMES]
    empty = [name for name in names if name.lower() in _BACKGROUND_NAMES]
    objects = [name for name in names if name not in (*ignored, *empty)]
    ordered = [*(empty[:1] or ([] if dense else [BACKGROUND])), *objects]
    if not 2 <= len(ordered) <= IGNORE_LABEL:
        raise DataError(f"{folder} names {len(objects)} classes of objects, expected 1..{IGNORE_LABEL - 1}")
    unfit = [name for name in objects if not name or len(name) > 200 or not name.isprintable()]
    if unfit:
        raise DataError(f"{folder} names the class {unfit[0]!r}, expected 1 to 200 printable characters")
    given = dict(colors or {})
    specs = [ClassSpec(name=name, bgr=given.get(name) or class_bgr(label)) for label, name in enumerate(ordered)]
    labels = {name: label for label, name in enumerate(ordered)}
    labels |= dict.fromkeys(empty, 0) | dict.fromkeys(ignored, IGNORE_LABEL)
    return Categories(classes=tuple(specs), label_of=labels)


def _as_told(file: ClassFile, names: tuple[str, ...]) -> Categories:
    labels: dict[str, int] = {}
    for label, entry in enumerate(file.entries):
        wanted = entry.sources or (entry.name,)
        may_be_absent = label == 0 and not entry.sources  # nobody has to annotate the background
        for name in _known(wanted, names, file.path, absent=may_be_absent):
            if labels.setdefault(name, label) != label:
                raise DataError(f"{file.path} puts {name!r} into two classes; it can belong to one only")
    ignored = [source for source in file.ignored or () if isinstance(source, str)]  # values speak of masks
    labels |= dict.fromkeys(_known(ignored, names, file.path), IGNORE_LABEL)
    left_out = [name for name in names if name not in labels]
    if left_out:
        log.info("%s leaves out, as background: %s", file.path, ", ".join(left_out))
    return Categories(classes=file.classes, label_of=dict.fromkeys(left_out, 0) | labels)


def _known(wanted: Iterable[int | str], names: tuple[str, ...], path: Path, *, absent: bool = False) -> list[str]:
    known = [str(name) for name in wanted if name in names]
    strange = [name for name in wanted if name not in names]
    if strange and not absent:
        raise DataError(f"{path} mentions {strange[0]!r}, which nothing is annotated as; there are {', '.join(names)}")
    return known

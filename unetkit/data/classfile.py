"""`classes.toml`: names, colours, and what in masks or annotations belongs to each class."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from unetkit.contract.spec import IGNORE_LABEL, ClassSpec
from unetkit.data.palette import Bgr, class_bgr
from unetkit.data.pictures import read_file
from unetkit.errors import DataError

CLASS_FILE = "classes.toml"

Source = int | str  # a mask value, a colour as "#rrggbb", or the name that an annotation gives
MaskKind = Literal["values", "colors"]

_HEX = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, kw_only=True)
class ClassEntry:
    """One `[[classes]]` table; its position is its label.

    Attributes:
        name: of the class.
        bgr: the colour it is drawn in, and in masks of colours is stored as; None where the file gives none.
        sources: what belongs to it, `from` in the file; empty where the file does not say.
    """

    name: str
    bgr: Bgr | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, kw_only=True)
class ClassFile:
    """What `classes.toml` says.

    Attributes:
        path: of the file.
        entries: at least two.
        ignored: what counts neither in a loss nor in a score; None where the file does not say.
        masks: whether masks hold values or colours.
    """

    path: Path
    entries: tuple[ClassEntry, ...]
    ignored: tuple[Source, ...] | None
    masks: MaskKind

    @property
    def classes(self) -> tuple[ClassSpec, ...]:
        return tuple(
            ClassSpec(name=entry.name, bgr=entry.bgr or class_bgr(label)) for label, entry in enumerate(self.entries)
        )

    @property
    def names_values(self) -> bool:
        """Whether it says which mask values belong to what, not only how many classes there are."""
        return self.ignored is not None or any(entry.sources for entry in self.entries)


def read_class_file(path: Path) -> ClassFile | None:
    """Read `classes.toml`; None if there is none.

    Raises:
        DataError: not TOML, an unknown key, a value of another type, or something that belongs to two classes.
    """
    if not path.is_file():
        return None
    try:
        table = tomllib.loads(read_file(path).decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path} is not TOML ({error}); see the section on {CLASS_FILE} in docs/data.md") from error
    try:
        return _class_file(path, table)
    except ValueError as error:
        raise DataError(f"{path}: {error}") from error


def class_file_text(classes: Iterable[ClassSpec]) -> str:
    """A `classes.toml` for masks whose values are the labels and 255."""
    parts = [f"ignore = [{IGNORE_LABEL}]\n"]
    for item in classes:
        name = item.name.replace("\\", "\\\\").replace('"', '\\"')
        parts.append(f'\n[[classes]]\nname = "{name}"\ncolor = "{hex_color(item.bgr)}"\n')
    return "".join(parts)


def hex_color(bgr: Sequence[int]) -> str:
    """(blue, green, red) as "#rrggbb"."""
    blue, green, red = bgr
    return f"#{red:02x}{green:02x}{blue:02x}"


def bgr_of(color: str) -> Bgr:
    """(blue, green, red) of "#rrggbb"."""
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return blue, green, red


def is_color(source: Source) -> bool:
    return isinstance(source, str) and _HEX.fullmatch(source) is not None


def _class_file(path: Path, table: dict[str, Any]) -> ClassFile:
    _only(table, {"classes", "ignore", "masks"}, "the file")
    rows = table.get("classes")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("expected [[classes]] tables, one a class, the first the background")
    entries = tuple(_entry(row, number) for number, row in enumerate(rows, 1))
    names = [entry.name for entry in entries]
    if not 2 <= len(names) <= IGNORE_LABEL or len(set(names)) < len(names):
        raise ValueError(f"it names {len(names)} classes, expected 2..{IGNORE_LABEL} different names")
    masks = table.get("masks", "values")
    if masks not in ("values", "colors"):
        raise ValueError(f'masks is {masks!r}, expected "values" or "colors"')
    ignored = _sources(table["ignore"], "ignore") if "ignore" in table else None
    told = [source for entry in entries for source in entry.sources] + list(ignored or ())
    twice = next((source for source in told if told.count(source) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice!r} stands in two places; it can belong to one class only")
    return ClassFile(path=path, entries=entries, ignored=ignored, masks=masks)


def _entry(row: dict[str, Any], number: int) -> ClassEntry:
    _only(row, {"name", "color", "from"}, f"class {number}")
    name = row.get("name")
    if not isinstance(name, str) or not 0 < len(name) <= 200 or not name.isprintable():
        raise ValueError(f"class {number} has the name {name!r}, expected 1 to 200 printable characters")
    color = _source(row["color"], f"color of {name}") if "color" in row else None
    if color is not None and not is_color(color):
        raise ValueError(f'color of {name} is {row["color"]!r}, expected "#rrggbb" or [red, green, blue]')
    sources = _sources(row["from"], f"from of {name}") if "from" in row else ()
    return ClassEntry(name=name, bgr=bgr_of(str(color)) if color is not None else None, sources=sources)


def _sources(given: object, what: str) -> tuple[Source, ...]:
    if isinstance(given, list):
        return tuple(_source(item, what) for item in given)
    return (_source(given, what),)


def _source(given: object, what: str) -> Source:
    numbers = given if isinstance(given, list) else [given]
    bytes_only = all(isinstance(item, int) and not isinstance(item, bool) and 0 <= item <= 255 for item in numbers)
    if isinstance(given, list) and len(given) == 3 and bytes_only:
        return hex_color(given[::-1])
    if isinstance(given, str) and given:
        return given.lower() if is_color(given) else given
    if isinstance(given, int) and bytes_only:
        return given
    raise ValueError(
        f'{what} holds {given!r}, expected a mask value 0..255, a colour "#rrggbb" or [red, green, blue], or a name'
    )


def _only(table: dict[str, Any], known: set[str], where: str) -> None:
    strange = sorted(set(table) - known)
    if strange:
        raise ValueError(f"{where} has the key {strange[0]!r}, expected {', '.join(sorted(known))}")

"""The picture files of a folder, found by what an annotation calls them."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from unetkit.data.pictures import PICTURE_SUFFIXES
from unetkit.errors import DataError

_DRIVE = re.compile(r"[A-Za-z]:")


class PictureIndex:
    """All pictures below a folder, listed once.

    Attributes:
        folder: where they lie; nothing outside of it is ever found.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._paths: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        self._file: dict[tuple[str, ...], Path] = {}
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts
            if path.suffix.lower() in PICTURE_SUFFIXES and not any(part.startswith(".") for part in parts):
                key = tuple(_composed(part) for part in parts)
                self._paths[key[-1]].append(key)
                self._file[key] = path

    @property
    def files(self) -> list[Path]:
        """All of them, sorted."""
        return list(self._file.values())

    def find(self, called: str, *, near: Iterable[str] = (), without_suffix: bool = False) -> Path | None:
        r"""The picture that an annotation means.

        `\` parts a path like `/`. A relative path has to end the file's own; of an absolute one, or one that leads
        upwards, which is another machine's, the longest end that fits counts. Names compare in Unicode's composed form.

        Args:
            called: path or file name in the annotation.
            near: names of folders; of several pictures that fit, those below one of them are preferred, in this order;
                then the one that lies exactly there, in the folder or its `images/`.
            without_suffix: the name has none.

        Returns:
            None if there is no such picture.

        Raises:
            DataError: several fit.
        """
        text = called.replace("\\", "/")
        parts = tuple(_composed(part) for part in text.split("/") if part not in ("", "."))
        foreign = text.startswith("/") or ".." in parts or _DRIVE.match(text) is not None
        parts = parts[len(parts) - parts[::-1].index("..") :] if ".." in parts else parts
        if not parts:
            return None
        found = self._of_name(parts[-1], without_suffix=without_suffix)
        for first in range(len(parts)) if foreign else [0]:
            folders = parts[first:-1]
            fitting = [key for key in found if key[:-1][-len(folders) :] == folders or not folders]
            if fitting:
                return self._file[self._nearest(fitting, parts, tuple(near), called)]
        return None

    def name(self, picture: Path) -> str:
        """A sample's name: the picture's path below the folder, with `/`, without suffix and the part `images`."""
        parts = picture.relative_to(self.folder).with_suffix("").parts
        kept = [part for part in parts[:-1] if part != "images"]
        return "/".join((*kept, parts[-1]))

    def _of_name(self, name: str, *, without_suffix: bool) -> list[tuple[str, ...]]:
        if not without_suffix:
            return self._paths.get(name, [])
        names = (each for each in self._paths if each.rpartition(".")[0] == name)
        return [key for each in names for key in self._paths[each]]

    def _nearest(
        self, keys: list[tuple[str, ...]], parts: tuple[str, ...], near: tuple[str, ...], called: str
    ) -> tuple[str, ...]:
        for folder in near:
            keys = [key for key in keys if folder in key[:-1]] or keys
        keys = [key for key in keys if key in (parts, ("images", *parts))] or keys
        if len(keys) > 1:
            raise DataError(
                f"{called!r} may be {self._file[keys[0]]} or {self._file[keys[1]]}; write the folder into the "
                "annotation, or take one out"
            )
        return keys[0]


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)

"""Pictures as a source of frames: one file, or a folder in the order of its names."""

from collections import Counter
from pathlib import Path

from unetkit.data.pictures import PICTURE_SUFFIXES, read_picture
from unetkit.errors import DataError
from unetkit.runtime.sources.frame import Frame, Recorded


class Pictures(Recorded):
    """One frame a picture. `fps` is None: pictures have no pace.

    Args:
        path: a picture, or a folder; what is no picture by its suffix, hidden, or in a folder below is left out.

    Raises:
        DataError: there is no picture.
    """

    fps: float | None = None
    hw: tuple[int, int] | None = None

    def __init__(self, path: Path) -> None:
        self._files = _pictures_in(path) if path.is_dir() else (path,)
        if not self._files:
            raise DataError(f"no picture in {path}; expected files ending in {', '.join(sorted(PICTURE_SUFFIXES))}")
        self._stems = Counter(file.stem for file in self._files)
        self._index = 0
        self.name = f"pictures {path}"

    def read(self) -> Frame | None:
        if self._index == len(self._files):
            return None
        file = self._files[self._index]
        name = file.stem if self._stems[file.stem] == 1 else file.name  # a.jpg beside a.png: two frames, two names
        frame = Frame(bgr=read_picture(file, upright=True), index=self._index, name=name)
        self._index += 1
        return frame

    def close(self) -> None:
        self._index = len(self._files)


def _pictures_in(folder: Path) -> tuple[Path, ...]:
    try:
        found = [file for file in folder.iterdir() if file.suffix.lower() in PICTURE_SUFFIXES]
    except OSError as error:
        raise DataError(f"cannot read folder {folder}: {error.strerror}") from error
    return tuple(sorted(file for file in found if file.is_file() and not file.name.startswith(".")))

"""Pictures as a source of frames, one a picture."""

from collections.abc import Sequence
from pathlib import Path

from unetkit.data.pictures import read_picture
from unetkit.runtime.sources.filenames import distinct_names
from unetkit.runtime.sources.frame import Frame, Recorded


class Pictures(Recorded):
    """One frame a picture. `fps` is None: pictures have no pace.

    Args:
        name: what they are, for people.
        files: in the order in which they are read.

    Attributes:
        files: these.
    """

    fps: float | None = None
    hw: tuple[int, int] | None = None

    def __init__(self, name: str, files: Sequence[Path]) -> None:
        self.files = tuple(files)
        self._names = distinct_names(files)
        self._index = 0
        self.name = name

    def read(self) -> Frame | None:
        if self._index == len(self.files):
            return None
        file, name = self.files[self._index], self._names[self._index]
        frame = Frame(bgr=read_picture(file, upright=True), index=self._index, name=name)
        self._index += 1
        return frame

    def close(self) -> None:
        self._index = len(self.files)

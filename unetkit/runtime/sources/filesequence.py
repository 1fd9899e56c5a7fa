"""Several videos and pictures as one source: one after the other, each opened when it is its turn."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from unetkit.runtime.sources.filenames import distinct_names
from unetkit.runtime.sources.frame import Frame, FrameSource, Recorded


class FileSequence(Recorded):
    """The frames of all files in order. Rate and size are the first one's.

    Args:
        name: what it is, for people.
        files: at least one.
        open_file: opens one of them.

    Raises:
        SourceError: the first does not open; of the others when it is their turn, in `read`.
    """

    def __init__(self, name: str, files: Sequence[Path], open_file: Callable[[Path], FrameSource]) -> None:
        self.name = name
        self._names = distinct_names(files)
        self._files = list(files)
        self._open_file = open_file
        self._turn = 0
        self._index = 0
        self._current: FrameSource | None = open_file(files[0])
        self.fps = self._current.fps
        self.hw = self._current.hw

    def read(self) -> Frame | None:
        while self._current is not None:
            frame = self._current.read()
            if frame is not None:
                name = self._names[self._turn] + frame.name.removeprefix(self._files[self._turn].stem)
                frame = replace(frame, index=self._index, name=name, at_s=None)
                self._index += 1
                return frame
            self._next()
        return None

    def close(self) -> None:
        if self._current is not None:
            self._current.close()
            self._current = None

    def _next(self) -> None:
        self.close()
        self._turn += 1
        if self._turn < len(self._files):
            self._current = self._open_file(self._files[self._turn])

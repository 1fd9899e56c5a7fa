"""A video file, every frame of it in order."""

from pathlib import Path

import cv2

from unetkit.errors import SourceError
from unetkit.runtime.sources.capture import OpenCvCapture
from unetkit.runtime.sources.frame import Frame, Recorded
from unetkit.runtime.stderr import muted_stderr


class VideoFile(Recorded):
    """The frames of a file until the decoder has no more: the container's frame count is only a claim.

    Raises:
        SourceError: there is no such file, it is empty, or no frame of it can be decoded.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise SourceError(f"no video file {path}; check the path")
        if path.stat().st_size == 0:
            raise SourceError(f"video {path} is empty; copy or record it again")
        refusal = f"{path} is not a video that can be read; expected mp4, avi, mkv, webm, mov or the like"
        # An absolute path cannot be taken for one of FFmpeg's protocols.
        with muted_stderr():  # the reader of AVI says there what it thinks of a damaged file
            self._capture = OpenCvCapture(str(path.absolute()), backend=cv2.CAP_ANY, refusal=refusal)
        self._next = self._capture.fetch()
        if self._next is None:
            self._capture.release()
            raise SourceError(refusal)
        self._index = 0
        self._stem = path.stem
        self.name = f"video {path}"
        self.fps = self._capture.fps
        self.hw: tuple[int, int] | None = (self._next.shape[0], self._next.shape[1])

    def read(self) -> Frame | None:
        bgr = self._next if self._index == 0 else self._capture.fetch()
        self._next = None
        if bgr is None:
            return None
        name = f"{self._stem}_{self._index:06d}"
        frame = Frame(bgr=bgr, index=self._index, name=name, at_s=self._capture.at_s)
        self._index += 1
        return frame

    def close(self) -> None:
        self._capture.release()

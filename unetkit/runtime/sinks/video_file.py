"""A video file of what was drawn, in the format that its suffix says."""

import contextlib
import math
import shutil
from pathlib import Path

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.contract.publish import published
from unetkit.errors import OutputError
from unetkit.runtime.opencv import silence
from unetkit.runtime.sources.frame import Frame
from unetkit.runtime.stderr import muted_stderr

# Encoders that every OpenCV wheel brings; H.264 is in none of them.
CODECS = {".avi": "MJPG", ".mkv": "mp4v", ".mp4": "mp4v", ".webm": "VP80"}
DEFAULT_FPS = 25.0
_SPACE_EVERY = 30  # frames between two looks at the disk


class VideoFileSink:
    """Writes to a temporary neighbour, which becomes `path` on `close`; without a frame there is no file.

    The first frame decides the size; later ones of another size are fitted into it with their aspect kept.

    Args:
        path: the file; its suffix chooses format and codec.
        fps: frames a second of the file; None: 25.
        realtime: the frames come from a live source, at uneven times: repeat or leave out frames, so that the file
            plays as fast as it was.

    Raises:
        OutputError: the suffix is unknown, or the path is a folder.
    """

    wants_drawn = True

    def __init__(self, path: Path, *, fps: float | None = None, realtime: bool = False) -> None:
        if path.suffix.lower() not in CODECS:
            raise OutputError(f"cannot write video {path}: unknown suffix; use one of {', '.join(sorted(CODECS))}")
        if path.is_dir():
            raise OutputError(f"cannot write video {path}: it is a folder; give a file's name")
        self._path = path
        self._fps = fps or DEFAULT_FPS
        self._realtime = realtime
        self._writer: cv2.VideoWriter | None = None
        self._open_file = contextlib.ExitStack()
        self._temporary = path
        self._size_hw = (0, 0)
        self._start_ns = 0
        self._written = 0

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:  # noqa: ARG002 (the protocol's arguments)
        if self._writer is None:
            self._start_ns = frame.captured_ns
            self._writer = self._open(drawn)
        for _ in range(self._copies_due(frame.captured_ns)):
            self._writer.write(fitted(drawn, self._size_hw))
            self._written += 1
            if self._written % _SPACE_EVERY == 0 and self._disk_is_full():
                self._finish(self._writer, full=True)
        return True

    def idle(self, drawn: BgrFrame | None) -> bool:  # noqa: ARG002 (the protocol's argument)
        return True

    def close(self) -> None:
        if self._writer is not None:
            self._finish(self._writer, full=False)

    def _finish(self, writer: cv2.VideoWriter, *, full: bool) -> None:
        """Publish the file, or remove it and say why when it is not whole."""
        self._writer = None
        with self._open_file:
            writer.release()
            if full or self._disk_is_full():
                raise self._full_disk()
            self._require_whole()

    def _open(self, drawn: BgrFrame) -> cv2.VideoWriter:
        silence()
        height, width = self._size_hw = (drawn.shape[0], drawn.shape[1])
        codec = CODECS[self._path.suffix.lower()]
        with contextlib.ExitStack() as stack:
            self._temporary = stack.enter_context(published(self._path))
            self._temporary.touch()  # says why a place cannot be written to; OpenCV does not
            with muted_stderr():
                fourcc = cv2.VideoWriter.fourcc(*codec)
                writer = cv2.VideoWriter(str(self._temporary.absolute()), fourcc, self._fps, (width, height))
            if self._disk_is_full():
                raise self._full_disk()
            if not writer.isOpened():
                others = ", ".join(sorted(CODECS.keys() - {self._path.suffix.lower()}))
                raise OutputError(
                    f"cannot write video {self._path}: this OpenCV has no encoder {codec} for {width}x{height} pixels "
                    f"at {self._fps:g} frames a second; try {others}"
                )
            self._open_file = stack.pop_all()
        return writer

    def _copies_due(self, captured_ns: int) -> int:
        """How often to write a frame, for the file to be as long as the time since the first one."""
        if not self._realtime:
            return 1
        due = math.floor((captured_ns - self._start_ns) / 1e9 * self._fps + 1e-6) + 1
        return max(0, due - self._written)

    def _disk_is_full(self) -> bool:
        """OpenCV keeps write errors to itself; the disk does not."""
        return shutil.disk_usage(self._path.parent).free == 0

    def _full_disk(self) -> OutputError:
        return OutputError(
            f"disk full while writing video {self._path} after {self._written} frames; "
            "make room or choose another place"
        )

    def _require_whole(self) -> None:
        """Raises OutputError when the finished file does not hold what was written into it."""
        with muted_stderr():  # the reader of AVI says there what it thinks of a damaged file
            capture = cv2.VideoCapture(str(self._temporary.absolute()))
        frames = capture.get(cv2.CAP_PROP_FRAME_COUNT) if capture.isOpened() else 0
        capture.release()
        if frames < self._written - 1:  # webm's count is rounded from its duration
            raise OutputError(
                f"video {self._path} was not written whole ({self._written} frames went in, {max(frames, 0):g} are "
                "there); make room on the disk or choose another place"
            )


def fitted(picture: BgrFrame, hw: tuple[int, int]) -> BgrFrame:
    """A picture in a frame of another size: as large as it fits, centred, on black; unchanged when it has that size."""
    if picture.shape[:2] == hw:
        return picture
    ratio = min(hw[0] / picture.shape[0], hw[1] / picture.shape[1])
    height, width = max(1, round(picture.shape[0] * ratio)), max(1, round(picture.shape[1] * ratio))
    top, left = (hw[0] - height) // 2, (hw[1] - width) // 2
    canvas = np.zeros((*hw, 3), np.uint8)
    method = cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR
    canvas[top : top + height, left : left + width] = cv2.resize(picture, (width, height), interpolation=method)
    return canvas

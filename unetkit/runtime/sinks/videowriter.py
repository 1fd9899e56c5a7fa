"""OpenCV's VideoWriter, which keeps its failures to itself, with errors."""

import shutil
from pathlib import Path

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame
from unetkit.errors import OutputError
from unetkit.runtime.opencv import silence
from unetkit.runtime.stderr import muted_stderr

# Encoders that every OpenCV wheel brings; H.264 is in none of them.
CODECS = {".avi": "MJPG", ".mkv": "mp4v", ".mp4": "mp4v", ".webm": "VP80"}
DEFAULT_FPS = 25.0


class VideoWriter:
    """A file being written, at a constant rate. Pictures of another size are fitted into the first one's.

    Args:
        file: to write into; it is there already, and empty.
        path: what the user knows it as.
        fps: frames a second.
        hw: size of the video.

    Raises:
        OutputError: there is no encoder for it, or no room on the disk.
    """

    def __init__(self, file: Path, path: Path, *, fps: float, hw: tuple[int, int]) -> None:
        silence()
        self.frames = 0
        self.fps = fps
        self._file, self._path, self._hw = file, path, hw
        codec = CODECS[path.suffix.lower()]
        with muted_stderr():
            fourcc = cv2.VideoWriter.fourcc(*codec)
            self._writer = cv2.VideoWriter(str(file.absolute()), fourcc, fps, (hw[1], hw[0]))
        if self.free_bytes() == 0:
            raise self.full_disk()
        if not self._writer.isOpened():
            others = ", ".join(sorted(CODECS.keys() - {path.suffix.lower()}))
            raise OutputError(
                f"cannot write video {path}: this OpenCV has no encoder {codec} for {hw[1]}x{hw[0]} pixels "
                f"at {fps:g} frames a second; try {others}"
            )

    def write(self, picture: BgrFrame, times: int = 1) -> None:
        picture = fitted(picture, self._hw)
        for _ in range(times):
            self._writer.write(picture)
        self.frames += times

    def release(self) -> None:
        self._writer.release()

    def free_bytes(self) -> int:
        """Room on the disk: OpenCV does not say when a write failed."""
        return shutil.disk_usage(self._file.parent).free

    def full_disk(self) -> OutputError:
        return OutputError(
            f"disk full while writing video {self._path} after {self.frames} frames; make room or choose another place"
        )

    def readable_frames(self) -> float:
        """How many frames the finished file says that it has; 0 where its last ones are not there."""
        with muted_stderr():  # the reader of AVI says there what it thinks of a damaged file
            capture = cv2.VideoCapture(str(self._file.absolute()))
            frames = capture.get(cv2.CAP_PROP_FRAME_COUNT) if capture.isOpened() else 0.0
            capture.set(cv2.CAP_PROP_POS_FRAMES, max(0.0, frames - 2))  # a header is written anew at the end, too
            there, _ = capture.read()
            capture.release()
        return frames if frames > 0 and there else 0.0

    def require_whole(self) -> None:
        """Raises OutputError when the finished file does not hold what was written into it."""
        frames = self.readable_frames()
        if frames < self.frames - 1:  # webm's count is rounded from its duration
            raise OutputError(
                f"video {self._path} was not written whole ({self.frames} frames went in, {frames:g} are "
                "there); make room on the disk or choose another place"
            )


def require_video_path(path: Path) -> None:
    """Raises OutputError when the suffix is unknown, or the path is a folder."""
    if path.suffix.lower() not in CODECS:
        raise OutputError(f"cannot write video {path}: unknown suffix; use one of {', '.join(sorted(CODECS))}")
    if path.is_dir():
        raise OutputError(f"cannot write video {path}: it is a folder; give a file's name")


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

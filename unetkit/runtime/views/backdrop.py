"""What takes the background's place: a colour, a picture, a video."""

import re
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame
from unetkit.errors import SourceError, UsageError
from unetkit.runtime.sources.filenames import is_picture
from unetkit.runtime.sources.pictures import Pictures
from unetkit.runtime.sources.video import VideoFile

COLOURS = {  # 8-bit (blue, green, red)
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "grey": (128, 128, 128),
    "red": (0, 0, 255),
    "green": (64, 177, 0),  # that of studios
    "blue": (187, 71, 0),
}
_HEX = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")


class Backdrop(Protocol):
    """Something to stand behind a frame."""

    def behind(self, frame: BgrFrame) -> BgrFrame:
        """A picture of the frame's size, uint8 (H, W, 3), a buffer of its own; for the same frame again the same."""

    def close(self) -> None:
        """Let go of its file; it may be called more than once."""


class StillBackdrop:
    """A colour or a picture.

    Args:
        bgr: uint8 (h, w, 3) of any size; it is fitted once, until the frame's size changes.
    """

    def __init__(self, bgr: BgrFrame) -> None:
        self._bgr = bgr
        self._fitted: BgrFrame = np.empty((0, 0, 3), np.uint8)

    def behind(self, frame: BgrFrame) -> BgrFrame:
        if frame.shape != self._fitted.shape:
            self._fitted = covering(self._bgr, (frame.shape[0], frame.shape[1]))
        return self._fitted

    def close(self) -> None:
        return


class VideoBackdrop:
    """A video, a frame of it for each frame, again and again.

    Raises:
        SourceError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._video = VideoFile(path)
        self._of: BgrFrame | None = None
        self._fitted: BgrFrame = np.empty((0, 0, 3), np.uint8)

    def behind(self, frame: BgrFrame) -> BgrFrame:
        if self._of is not frame:
            self._of = frame
            self._fitted = covering(self._next(), (frame.shape[0], frame.shape[1]), out=self._fitted)
        return self._fitted

    def close(self) -> None:
        self._of = None
        self._video.close()

    def _next(self) -> BgrFrame:
        shot = self._video.read()
        if shot is None:
            self._video.close()
            self._video = VideoFile(self._path)
            shot = self._video.read()
        if shot is None:
            raise SourceError(f"the background {self._path} has no frame; choose another video")
        return shot.bgr


def open_backdrop(text: str) -> Backdrop:
    """A colour by name or as #rrggbb, or the path of a picture or video.

    Raises:
        UsageError: it is none of these.
        SourceError: the video cannot be read.
        DataError: the picture cannot be decoded.
    """
    if (bgr := colour(text)) is not None:
        return StillBackdrop(np.full((1, 1, 3), bgr, np.uint8))
    path = Path(text)
    if not path.is_file():
        raise UsageError(
            f"no background {text!r}; give a colour (#rrggbb, {', '.join(COLOURS)}), or the path of a picture or video"
        )
    if not is_picture(path):
        return VideoBackdrop(path)
    picture = Pictures(f"background {path}", [path]).read()
    if picture is None:
        raise SourceError(f"the background {path} has no picture; choose another one")
    return StillBackdrop(picture.bgr)


def colour(text: str) -> tuple[int, int, int] | None:
    """8-bit (blue, green, red) of a name or #rrggbb; None where it is neither."""
    if found := _HEX.fullmatch(text):
        red, green, blue = (int(part, 16) for part in found.groups())
        return blue, green, red
    return COLOURS.get(text.casefold())


def covering(picture: BgrFrame, hw: tuple[int, int], out: BgrFrame | None = None) -> BgrFrame:
    """A picture, uint8 (h, w, 3), as large as it has to be to cover a size, centred, with what stands out cut off.

    Args:
        picture: of any size.
        hw: the size to cover.
        out: written into where it has that size.
    """
    height, width = picture.shape[:2]
    ratio = max(hw[0] / height, hw[1] / width)
    cut_height, cut_width = min(height, max(1, round(hw[0] / ratio))), min(width, max(1, round(hw[1] / ratio)))
    top, left = (height - cut_height) // 2, (width - cut_width) // 2
    cut = picture[top : top + cut_height, left : left + cut_width]
    method = cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR
    fitted = out if out is not None and out.shape[:2] == hw else np.empty((*hw, 3), np.uint8)
    cv2.resize(cut, (hw[1], hw[0]), dst=fitted, interpolation=method)
    return fitted

"""What is asked of a camera: size, rate, pixel format; and what it says it gives."""

import re
from dataclasses import dataclass
from typing import Self

import cv2

from unetkit.errors import SourceError, UsageError

_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})", re.ASCII)
_FPS_TOLERANCE = 0.1  # drivers say 29.97 for 30, and 31 for 30


@dataclass(frozen=True, kw_only=True)
class CameraMode:
    """None: as the camera likes.

    Attributes:
        hw: height and width of its frames.
        fps: frames a second.
        pixel_format: four letters as V4L2 and OpenCV name it, MJPG or YUYV; of standard input `bgr24` and the like.
    """

    hw: tuple[int, int] | None = None
    fps: float | None = None
    pixel_format: str | None = None

    @classmethod
    def parsed(cls, size: str | None = None, fps: float | None = None, pixel_format: str | None = None) -> Self:
        """A mode from words, the size being `1280x720`.

        Raises:
            UsageError: they make no sense.
        """
        found = _SIZE.fullmatch(size) if size is not None else None
        if size is not None and (found is None or not int(found[1]) or not int(found[2])):
            raise UsageError(f"the size is {size!r}, expected width x height like 1280x720")
        if fps is not None and not 0 < fps <= 1000:
            raise UsageError(f"the rate is {fps} frames a second, expected more than 0 and at most 1000")
        return cls(hw=(int(found[2]), int(found[1])) if found else None, fps=fps, pixel_format=pixel_format)

    def settings(self) -> list[tuple[int, float]]:
        """`CAP_PROP_` and value, in the order in which drivers want them: the format decides on sizes, these on rates.

        Raises:
            UsageError: the pixel format has not four letters.
        """
        settings: list[tuple[int, float]] = []
        if self.pixel_format is not None:
            if len(self.pixel_format) != 4 or not self.pixel_format.isascii():
                raise UsageError(f"the pixel format is {self.pixel_format!r}, expected four letters like MJPG or YUYV")
            settings.append((cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*self.pixel_format)))
        if self.hw is not None:
            settings += [(cv2.CAP_PROP_FRAME_WIDTH, self.hw[1]), (cv2.CAP_PROP_FRAME_HEIGHT, self.hw[0])]
        if self.fps is not None:
            settings.append((cv2.CAP_PROP_FPS, self.fps))
        return settings

    def require(self, name: str, given: dict[int, float]) -> None:
        """Compare with what the driver says it gives after it was asked.

        Args:
            name: of the camera.
            given: `CAP_PROP_` to value.

        Raises:
            SourceError: it gives something else; the nearest that it has is named.
        """
        width, height = round(given[cv2.CAP_PROP_FRAME_WIDTH]), round(given[cv2.CAP_PROP_FRAME_HEIGHT])
        if self.hw is not None and self.hw != (height, width):
            raise SourceError(
                f"{name} does not give {self.hw[1]}x{self.hw[0]}, the nearest it has is {width}x{height}; ask for that"
            )
        fourcc = _letters(given[cv2.CAP_PROP_FOURCC])
        if self.pixel_format is not None and fourcc.casefold() != self.pixel_format.casefold():
            raise SourceError(f"{name} does not give pixel format {self.pixel_format} but {fourcc}; ask for that")
        fps = given[cv2.CAP_PROP_FPS]
        if self.fps is not None and abs(fps - self.fps) > _FPS_TOLERANCE * self.fps:
            raise SourceError(
                f"{name} does not give {self.fps:g} frames a second but {fps:g}; ask for that, or for another size"
            )


def _letters(fourcc: float) -> str:
    code = int(fourcc) & 0xFFFFFFFF
    return code.to_bytes(4, "little").decode("ascii", "replace").strip("\0 ") or "none"

"""Raw frames as bytes, in the pixel formats that cameras and ffmpeg pipe."""

from dataclasses import dataclass

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame
from unetkit.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class RawFormat:
    """How a frame lies in its bytes.

    Attributes:
        rows: rows of the array that holds a frame, as a share of its height; half of a plane lies below in 4:2:0.
        channels: bytes a pixel in a row.
        to_bgr: OpenCV's conversion; None: it is BGR.
    """

    rows: float = 1.0
    channels: int = 1
    to_bgr: int | None = None

    def size_bytes(self, hw: tuple[int, int]) -> int:
        return round(hw[0] * self.rows) * hw[1] * self.channels

    def decode(self, data: bytes, hw: tuple[int, int]) -> BgrFrame:
        """`size_bytes` bytes -> uint8 (H, W, 3) BGR."""
        shape = (round(hw[0] * self.rows), hw[1], self.channels)[: 2 if self.channels == 1 else 3]
        pixels = np.frombuffer(data, np.uint8).reshape(shape)
        return pixels if self.to_bgr is None else np.asarray(cv2.cvtColor(pixels, self.to_bgr), np.uint8)


# Named as ffmpeg's -pix_fmt.
RAW_FORMATS = {
    "bgr24": RawFormat(channels=3),
    "rgb24": RawFormat(channels=3, to_bgr=cv2.COLOR_RGB2BGR),
    "bgra": RawFormat(channels=4, to_bgr=cv2.COLOR_BGRA2BGR),
    "gray": RawFormat(to_bgr=cv2.COLOR_GRAY2BGR),
    "yuyv422": RawFormat(channels=2, to_bgr=cv2.COLOR_YUV2BGR_YUYV),
    "yuv420p": RawFormat(rows=1.5, to_bgr=cv2.COLOR_YUV2BGR_I420),
    "nv12": RawFormat(rows=1.5, to_bgr=cv2.COLOR_YUV2BGR_NV12),
}


def raw_format(name: str, hw: tuple[int, int]) -> RawFormat:
    """The format of this name, for frames of this size.

    Raises:
        UsageError: there is no such format, or it takes an even size.
    """
    if name not in RAW_FORMATS:
        raise UsageError(f"the raw pixel format is {name!r}, expected one of {', '.join(RAW_FORMATS)}")
    form = RAW_FORMATS[name]
    odd = (hw[1] % 2 and name in {"yuyv422", "yuv420p", "nv12"}) or (hw[0] % 2 and form.rows > 1)
    if odd:
        raise UsageError(f"frames of {hw[1]}x{hw[0]} cannot be {name}, which halves colour; give an even size")
    return form

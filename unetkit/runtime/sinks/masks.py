"""Masks as palette PNG: each pixel is the index of its class, and viewers show it in the class's colour."""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.postprocess import Mask
from unetkit.contract.publish import publish_bytes
from unetkit.contract.spec import ClassSpec
from unetkit.errors import OutputError
from unetkit.runtime.sources.frame import Frame

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTE_COLOR_TYPE = 3
_ZLIB_LEVEL = 1  # flat regions pack well at any level, and this one is several times faster


class MaskFolder:
    """Writes `<frame name>.png` for each frame.

    Raises:
        OutputError: the folder cannot be made.
    """

    wants_drawn = False

    def __init__(self, folder: Path, classes: Sequence[ClassSpec]) -> None:
        self._folder = folder
        self._classes = tuple(classes)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot make folder {folder}: {error.strerror}; choose another place") from error

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:  # noqa: ARG002 (the protocol's arguments)
        publish_bytes(self._folder / f"{frame.name}.png", encode_palette_png(mask.labels, self._classes), durable=False)
        return True

    def idle(self, drawn: BgrFrame | None) -> bool:  # noqa: ARG002 (the protocol's argument)
        return True

    def close(self) -> None:
        return


def encode_palette_png(labels: Labels, classes: Sequence[ClassSpec]) -> bytes:
    """Labels as an 8-bit palette PNG (PNG specification, third edition, colour type 3); OpenCV writes none.

    Args:
        labels: uint8 (H, W), below the number of classes.
        classes: up to 256; their colours become the palette.
    """
    height, width = labels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, _PALETTE_COLOR_TYPE, 0, 0, 0)
    palette = bytes(value for item in classes for value in reversed(item.bgr))
    rows = np.zeros((height, 1 + width), np.uint8)  # every row starts with its filter type: 0, none
    rows[:, 1:] = labels
    pixels = zlib.compress(rows.tobytes(), _ZLIB_LEVEL)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", pixels), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

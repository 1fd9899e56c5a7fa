"""Picture files -> BGR frames: any path, any format OpenCV knows by its content, never half a picture."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from unetkit.contract.arrays import AnyArray, BgrFrame
from unetkit.errors import DataError

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif"})

_JPEG_START, _JPEG_END, _START_OF_SCAN = b"\xff\xd8", b"\xff\xd9", 0xDA
_PNG_START = b"\x89PNG\r\n\x1a\n"


def read_picture(path: Path, *, upright: bool = False) -> BgrFrame:
    """Decode a picture by its content, whatever its suffix says; grey, CMYK, palette and 16-bit ones become BGR.

    Args:
        path: the file; its name may hold any characters.
        upright: turn it as its EXIF orientation says; otherwise the pixels stay as they are stored.

    Returns:
        uint8 (H, W, 3) BGR.

    Raises:
        DataError: it cannot be read, is cut off, or is no picture.
    """
    data = read_file(path)
    if data.startswith(_JPEG_START) and not jpeg_is_whole(data):
        raise DataError(f"{path} is a broken JPEG, cut off after {len(data):,} bytes; copy it again or leave it out")
    if data.startswith(_PNG_START) and not png_is_whole(data):
        raise DataError(f"{path} is a broken PNG, cut off after {len(data):,} bytes; copy it again or leave it out")
    flags = cv2.IMREAD_COLOR if upright else cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    frame = decode(data, flags)
    if frame is None:
        raise DataError(f"{path} is broken or not a picture ({len(data):,} bytes); copy it again or leave it out")
    return frame


def read_fitting_picture(path: Path, hw: tuple[int, int] | None) -> BgrFrame:
    """Decode a picture the way its annotation saw it.

    The tools that outlines are drawn in show a picture as its EXIF orientation says, so that is what counts; where the
    annotation gives another height and width and the stored pixels have them, those do.

    Args:
        path: the file.
        hw: height and width that the annotation gives; None if it does not.

    Returns:
        uint8 (H, W, 3) BGR.

    Raises:
        DataError: it cannot be decoded, or has another size.
    """
    upright = read_picture(path, upright=True)
    if hw is None or upright.shape[:2] == hw:
        return upright
    stored = read_picture(path)
    if stored.shape[:2] != hw:
        raise DataError(
            f"{path} is {stored.shape[1]}x{stored.shape[0]}, its annotation says {hw[1]}x{hw[0]} (width x height): "
            "outlines of another size would lie elsewhere"
        )
    return stored


def read_file(path: Path) -> bytes:
    """Bytes of a file of the data set.

    Raises:
        DataError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


def decode(data: bytes, flags: int) -> AnyArray | None:
    """`cv2.imdecode` without its log lines on stderr; None for what is no picture, and for a PNG that is cut off."""
    if data.startswith(_PNG_START) and not png_is_whole(data):
        return None
    with _quiet_opencv():
        try:
            return cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data else None
        except cv2.error:  # a hostile header: absurd size, unsupported depth
            return None


def jpeg_is_whole(data: bytes) -> bool:
    """Whether the end marker follows the first scan: decoders fill the rest of a cut JPEG with grey and say nothing.

    The header's segments are walked by their lengths, because an EXIF thumbnail holds an end marker of its own.
    Inside a scan FF is always stuffed, so FF D9 there is the end (ITU T.81, B.1.1).
    """
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        kind = data[at + 1]
        if kind == 0xFF:  # fill byte
            at += 1
            continue
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if kind == _START_OF_SCAN:
            return data.find(_JPEG_END, at) >= 0
    return False


def png_is_whole(data: bytes) -> bool:
    """Whether the chunks of a PNG follow each other to the last one (PNG specification, 5.3).

    OpenCV takes memory for a chunk by its length before it looks whether there is so much: two gigabytes, for a file
    of a hundred bytes.
    """
    at, kind = len(_PNG_START), b""
    while kind != b"IEND":
        kind = data[at + 4 : at + 8]
        at += 12 + int.from_bytes(data[at : at + 4], "big")
        if not kind or at > len(data):
            return False
    return True


class _LogSilence:
    """OpenCV's log level belongs to the process: the first thread in silences it, the last one out restores it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.inside = 0
        self.level = 0


_SILENCE = _LogSilence()


@contextlib.contextmanager
def _quiet_opencv() -> Iterator[None]:
    with _SILENCE.lock:
        if _SILENCE.inside == 0:
            _SILENCE.level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        _SILENCE.inside += 1
    try:
        yield
    finally:
        with _SILENCE.lock:
            _SILENCE.inside -= 1
            if _SILENCE.inside == 0:
                cv2.utils.logging.setLogLevel(_SILENCE.level)

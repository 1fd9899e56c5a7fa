"""What a picture file says of itself before its pixels: format, channels, bit depth, EXIF orientation."""

import struct
from dataclasses import dataclass

import cv2
import numpy as np

_SIGNATURES = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "BMP": (b"BM",),
    "TIFF": (b"II*\0", b"MM\0*"),
}
_FORMAT_OF_SUFFIX = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".gif": "GIF",
    ".bmp": "BMP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WebP",
}
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0..SOF15, ITU T.81 table B.1
_APP1, _START_OF_SCAN = 0xE1, 0xDA
_ORIENTATION, _PHOTOMETRIC, _CMYK = 0x0112, 0x0106, 5  # TIFF 6.0 section 8 and 16
_EXIF_MARKS = (b"eXIf", b"EXIF")  # the chunks of PNG and WebP


@dataclass(frozen=True)
class Header:
    """Format by content ("" if unknown), and of JPEG and TIFF what decoders do not tell.

    Attributes:
        format: JPEG, PNG, GIF, BMP, TIFF, WebP or "".
        orientation: EXIF 1..8; 1 is upright. OpenCV turns TIFF by no tag, so that of a TIFF stays 1.
        cmyk: four inks.
    """

    format: str
    orientation: int = 1
    cmyk: bool = False


def format_of_suffix(suffix: str) -> str:
    """The format that a suffix such as ".JPG" stands for; "" if none."""
    return _FORMAT_OF_SUFFIX.get(suffix.lower(), "")


def read_header(data: bytes) -> Header:
    """Read the header of a whole picture file; nonsense inside counts as not there."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        kind = "WebP"
    else:
        kind = next((name for name, marks in _SIGNATURES.items() if data.startswith(marks)), "")
    if kind == "JPEG":
        return _jpeg_header(data)
    if kind == "TIFF":
        return Header(kind, cmyk=_tiff_tag(data, _PHOTOMETRIC) == _CMYK)
    if kind in {"PNG", "WebP"} and any(mark in data for mark in _EXIF_MARKS):
        return Header(kind, orientation=_metadata_orientation(data))
    return Header(kind)


def _jpeg_header(data: bytes) -> Header:
    """Walk the segments up to the first scan (ITU T.81, B.1.1 and B.2.2)."""
    at, orientation, components = 2, 1, 3
    while at + 4 <= len(data) and data[at] == 0xFF:
        kind = data[at + 1]
        if kind == 0xFF:  # fill byte
            at += 1
            continue
        if kind == _START_OF_SCAN:
            break
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + size]
        if kind == _APP1 and body.startswith(b"Exif\0\0"):
            orientation = _upright_or(_tiff_tag(body[6:], _ORIENTATION))
        elif kind in _FRAME_HEADERS and len(body) >= 6:
            components = body[5]
        at += 2 + size
    return Header("JPEG", orientation=orientation, cmyk=components == 4)


def _metadata_orientation(data: bytes) -> int:
    try:
        _pixels, kinds, parts = cv2.imdecodeWithMetadata(
            np.frombuffer(data, np.uint8), flags=cv2.IMREAD_REDUCED_COLOR_8
        )
    except cv2.error:
        return 1
    for kind, part in zip(kinds, parts, strict=True):
        if kind == cv2.IMAGE_METADATA_EXIF:
            return _upright_or(_tiff_tag(np.asarray(part, np.uint8).tobytes().removeprefix(b"Exif\0\0"), _ORIENTATION))
    return 1


def _tiff_tag(tiff: bytes, tag: int) -> int:
    """A SHORT of the first directory (TIFF 6.0, section 2); 0 if it is not there or the bytes are nonsense."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2], "")
    if not order or len(tiff) < 8:
        return 0
    try:
        (at,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, at)
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            number, _kind, _count, value = struct.unpack_from(f"{order}HHIH", tiff, entry)
            if number == tag:
                return int(value)
    except struct.error:
        return 0
    return 0


def _upright_or(orientation: int) -> int:
    return orientation if 1 <= orientation <= 8 else 1

"""A stranger's picture: its size is read from its header, and one that is too large is never decoded."""

import struct

import cv2

from unetkit.contract.arrays import BgrFrame
from unetkit.data.pictures import decode, jpeg_is_whole, png_is_whole
from unetkit.serving.limits import Limits
from unetkit.serving.problem import Problem

MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp")
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0..SOF15, ITU T.81 table B.1
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_JPEG, _START_OF_SCAN, _END = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"
_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_SCANS = 100  # a progressive JPEG has about ten; every one costs a pass over all pixels

Size = tuple[int, int]  # width, height


def decode_picture(data: bytes, limits: Limits) -> BgrFrame:
    """JPEG, PNG or WebP -> uint8 (H, W, 3) BGR, turned upright as its EXIF orientation says.

    Raises:
        Problem: 413 more pixels than allowed, 415 another format, 422 it cannot be decoded.
    """
    if not data:
        raise Problem(400, "the body is empty; send a picture: curl --data-binary @cat.jpg")
    wh = picture_wh(data)
    if wh is None:
        raise Problem(422, "the header of the picture cannot be read; it is broken")
    if wh[0] * wh[1] > limits.max_pixels:
        raise Problem(
            413, f"the picture has {wh[0]}x{wh[1]} pixels, {limits.max_pixels:,} are the limit here; make it smaller"
        )
    if data.startswith(_JPEG):
        _require_decent_jpeg(data)
    elif data.startswith(_PNG) and not png_is_whole(data):
        raise Problem(422, f"the PNG is cut off after {len(data):,} bytes; send it again")
    frame = decode(data, cv2.IMREAD_COLOR)
    if frame is None:
        raise Problem(422, f"the picture cannot be decoded ({len(data):,} bytes); it is broken")
    return frame


def picture_wh(data: bytes) -> Size | None:
    """Width and height of a JPEG, PNG or WebP by its header; None where it is broken, or holds no pixel.

    Raises:
        Problem: 415 it is of another format.
    """
    try:
        if data.startswith(_JPEG):
            wh = _jpeg_wh(data)
        elif data.startswith(_PNG):
            wh = _png_wh(data)
        elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            wh = _webp_wh(data)
        else:
            raise Problem(415, f"the body is no JPEG, PNG or WebP, it begins with {data[:8]!r}")
    except (struct.error, IndexError):
        return None
    return wh if wh is not None and min(wh) > 0 else None


def _require_decent_jpeg(data: bytes) -> None:
    if not jpeg_is_whole(data):
        raise Problem(422, f"the JPEG is cut off after {len(data):,} bytes; send it again")
    first = data.index(_START_OF_SCAN)
    if data.count(_START_OF_SCAN, first, data.find(_END, first)) > _MOST_SCANS:
        raise Problem(422, f"the JPEG has more than {_MOST_SCANS} scans; save it again")


def _jpeg_wh(data: bytes) -> Size | None:
    """The first frame header (ITU T.81, B.2.2). Bytes between segments, which decoders skip, count as broken."""
    at = 2
    while data[at] == 0xFF:
        kind = data[at + 1]
        if kind == 0xFF:  # fill byte
            at += 1
        elif kind in _STANDALONE:
            at += 2
        elif kind in _FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        else:
            at += 2 + max(2, int(struct.unpack_from(">H", data, at + 2)[0]))
    return None


def _png_wh(data: bytes) -> Size | None:
    """The header chunk comes first (PNG specification, 11.2.1)."""
    if data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _webp_wh(data: bytes) -> Size | None:
    """VP8X: the canvas; VP8L, VP8: the picture (RFC 9649, 2.7, 3.4; RFC 6386, 9.1)."""
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None

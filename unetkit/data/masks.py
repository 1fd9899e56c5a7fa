"""Mask PNG -> the samples as they are stored: grey values, or palette indices, never colours."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np

from unetkit.contract.arrays import AnyArray, BgrFrame, Labels
from unetkit.data.pictures import decode, read_file
from unetkit.errors import DataError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_GREY, _PALETTE = 0, 3  # colour types, PNG specification 11.2.1
_HEADER = slice(12, 29)  # "IHDR" and its 13 bytes; the CRC follows
_BIT_DEPTH, _COLOR_TYPE = 24, 25


def read_mask(path: Path) -> Labels:
    """Decode a mask to its stored samples.

    A grey sample or palette index is the value, at 1, 2, 4 and 8 bits; 16-bit grey is taken when every value fits
    8 bits, a colour PNG when its three channels are equal. Alpha is dropped.

    Returns:
        uint8 (H, W).

    Raises:
        DataError: not a PNG, cut off, coloured, or a value above 255.
    """
    data = _png_bytes(path)
    depth, color_type = data[_BIT_DEPTH], data[_COLOR_TYPE]
    if color_type == _PALETTE:
        data = _indices_as_grey(data)
    pixels = decode(data, cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise DataError(f"mask {path} is a broken PNG; copy it again or leave it out")
    samples = _one_channel(pixels, path)
    if color_type in (_GREY, _PALETTE) and depth < 8:
        samples = samples // np.uint8(255 // (2**depth - 1))  # decoders spread few bits over 0..255
    if samples.dtype != np.uint8 and int(samples.max()) > 255:
        raise DataError(
            f"mask {path} holds value {int(samples.max())}, above 255; save it with 8 bits, one value a class"
        )
    return np.ascontiguousarray(samples, np.uint8)


def read_mask_colors(path: Path) -> BgrFrame:
    """Decode a mask to its colours, those of a palette looked up; alpha is dropped.

    Returns:
        uint8 (H, W, 3) BGR.

    Raises:
        DataError: not a PNG, or cut off.
    """
    pixels = decode(_png_bytes(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise DataError(f"mask {path} is a broken PNG; copy it again or leave it out")
    return pixels


def _png_bytes(path: Path) -> bytes:
    data = read_file(path)
    if not data.startswith(_SIGNATURE):
        kind = "a JPEG, which changes mask values" if data.startswith(b"\xff\xd8") else "not a PNG"
        raise DataError(f"mask {path} is {kind}; save masks as PNG")
    if len(data) < 33 or _END not in data:
        raise DataError(
            f"mask {path} is a broken PNG, cut off after {len(data):,} bytes; copy it again or leave it out"
        )
    return data


def _indices_as_grey(png: bytes) -> bytes:
    """The same PNG declared grey, so that a decoder returns indices and not colours.

    An index and a grey sample are stored alike (PNG specification 7.2), so only the colour type and the header's CRC
    change. The palette and transparency chunks mean nothing to a grey picture and are cut out.
    """
    header = bytearray(png[_HEADER])
    header[_COLOR_TYPE - _HEADER.start] = _GREY
    parts = [png[: _HEADER.start], bytes(header), struct.pack(">I", zlib.crc32(header))]
    at = _HEADER.stop + 4
    while at + 12 <= len(png):
        size = 12 + int.from_bytes(png[at : at + 4], "big")
        if png[at + 4 : at + 8] not in (b"PLTE", b"tRNS", b"bKGD", b"hIST", b"sPLT"):
            parts.append(png[at : at + size])
        at += size
    return b"".join(parts)


def _one_channel(pixels: AnyArray, path: Path) -> AnyArray:
    if pixels.ndim == 2:
        return pixels
    blue, green, red = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    if not (np.array_equal(blue, green) and np.array_equal(green, red)):
        raise DataError(
            f"mask {path} is in colour; save one value a class (grey PNG 0..C-1 or 0/255, or a palette PNG), "
            'or give each class its color in classes.toml, with masks = "colors"'
        )
    return blue

"""The size in a header must be the one that a decoder would make: else a bomb goes by."""

import random
import struct

import cv2
import numpy as np
import pytest

from unetkit.contract.arrays import BgrFrame
from unetkit.serving.limits import Limits
from unetkit.serving.picture import decode_picture, picture_wh
from unetkit.serving.problem import Problem

LIMITS = Limits()
NOISE = np.random.default_rng(0).integers(0, 256, (37, 61, 3), np.uint8)


def encoded(suffix: str, *options: int) -> bytes:
    return cv2.imencode(suffix, NOISE, options)[1].tobytes()


PICTURES = {
    "JPEG": encoded(".jpg"),
    "progressive JPEG": encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    "JPEG with restarts": encoded(".jpg", cv2.IMWRITE_JPEG_RST_INTERVAL, 2),
    "PNG": encoded(".png"),
    "WebP": encoded(".webp", cv2.IMWRITE_WEBP_QUALITY, 80),
    "lossless WebP": encoded(".webp", cv2.IMWRITE_WEBP_QUALITY, 101),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_header_says_what_the_decoder_makes(name: str) -> None:
    assert picture_wh(PICTURES[name]) == (61, 37)
    assert decode_picture(PICTURES[name], LIMITS).shape == (37, 61, 3)


def test_the_canvas_of_an_extended_webp_counts() -> None:
    header = b"RIFF\0\0\0\0WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + (999).to_bytes(3, "little")
    assert picture_wh(header + (16_383).to_bytes(3, "little")) == (1000, 16_384)


def test_a_thumbnail_in_front_is_not_taken_for_the_picture() -> None:
    jpeg, thumbnail = PICTURES["JPEG"], cv2.imencode(".jpg", NOISE[:8, :8])[1].tobytes()
    inside = b"Exif\0\0" + thumbnail
    assert picture_wh(jpeg[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(inside)) + inside + jpeg[2:]) == (61, 37)


@pytest.mark.parametrize("name", PICTURES)
def test_whatever_is_cut_off_or_changed_a_picture_is_as_large_as_its_header_says(name: str) -> None:
    whole = PICTURES[name]
    draw = random.Random(0)
    damaged = [whole[:length] for length in range(0, min(len(whole), 80), 3)]
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            data[draw.randrange(min(len(data), 200))] = draw.randrange(256)
        damaged.append(bytes(data))
    frames = {data: _decoded(data) for data in damaged}
    assert None in frames.values()
    for data_of_frame, frame in frames.items():
        if frame is not None:
            wh = picture_wh(data_of_frame)
            assert wh is not None
            assert sorted(wh) == sorted(frame.shape[:2])  # it may have been turned


def _decoded(data: bytes) -> BgrFrame | None:
    """None for what was refused, by whichever line; any other error fails the test."""
    try:
        return decode_picture(data, Limits(max_pixels=100_000))
    except Problem as problem:
        return None if problem.status in {400, 413, 415, 422} else NOISE

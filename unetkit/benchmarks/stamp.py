"""A time written into a picture as black and white squares: it survives JPEG, and tells how old the picture is."""

import zlib

import numpy as np

from unetkit.contract.arrays import BgrFrame

_SQUARE = 16  # pixels: two of JPEG's blocks
_COLUMNS = 16
_TIME_BITS, _CHECK_BITS = 56, 8  # 2 ** 56 microseconds are 2000 years
_UNIT_NS = 1000
_DARK, _BRIGHT, _MIDDLE = 16, 235, 128


def write_stamp(picture: BgrFrame, time_ns: int) -> None:
    """Put a time into the upper left corner, 256 x 64 pixels of it.

    Args:
        picture: uint8 (H, W, 3), at least that large; written into.
        time_ns: of any clock, 0 or more; kept to the microsecond.
    """
    value = time_ns // _UNIT_NS
    bits = _bits(value, _TIME_BITS) + _bits(_check(value), _CHECK_BITS)
    squares = np.where(np.reshape(bits, (-1, _COLUMNS)), _BRIGHT, _DARK).astype(np.uint8)
    corner = np.kron(squares, np.ones((_SQUARE, _SQUARE), np.uint8))
    picture[: corner.shape[0], : corner.shape[1]] = corner[..., np.newaxis]


def read_stamp(picture: BgrFrame) -> int | None:
    """The time in a picture, uint8 (H, W, 3), in nanoseconds; None where none can be read."""
    half, rows = _SQUARE // 2, (_TIME_BITS + _CHECK_BITS) // _COLUMNS
    if picture.shape[0] < rows * _SQUARE or picture.shape[1] < _COLUMNS * _SQUARE:
        return None
    middles = picture[half : rows * _SQUARE : _SQUARE, half : _COLUMNS * _SQUARE : _SQUARE, 1]
    number = int("".join("1" if each > _MIDDLE else "0" for each in middles.ravel()), 2)
    value, check = number >> _CHECK_BITS, number & ((1 << _CHECK_BITS) - 1)
    return value * _UNIT_NS if check == _check(value) else None


def _bits(value: int, count: int) -> list[bool]:
    return [bool(value >> (count - 1 - place) & 1) for place in range(count)]


def _check(value: int) -> int:
    """So that neither all black nor all white is a time, and one square that was misread shows."""
    return zlib.crc32(value.to_bytes(_TIME_BITS // 8, "big")) & 0xFF

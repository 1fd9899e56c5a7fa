"""Pictures and masks that a check finds nothing wrong with, and files that OpenCV does not write."""

import base64
from pathlib import Path

import cv2
import numpy as np

from tests.unit.data.sets import png, write
from unetkit.contract.arrays import AnyArray, BgrFrame, Labels

HW = (48, 64)

CMYK_JPEG = base64.b64decode(
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAUDg8SDw0UEhASFxUUGB4yIR4cHB49LC4kMklATEtHQEZFUFpzYlBVbVZFRmSIZW13e4GCgU5gjZeMfZZz"
    "foF8/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EABcAAAMBAAAAAAAAAAAAAAAAAAMEBQb/xAAaEAABBQEAAAAAAAAAAAAAAAAAAwZEgsJB/9oADgRD"
    "AE0AWQBLAAA/AAO+JfJAS6LM6ZTRsz//2Q=="
)  # 8x8, two colours, four components in an Adobe JPEG


def photo(seed: int, hw: tuple[int, int] = HW) -> BgrFrame:
    """A scene of soft coloured patches; another seed is another scene."""
    patches = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return np.asarray(cv2.resize(patches, hw[::-1], interpolation=cv2.INTER_CUBIC), np.uint8)


def mask(seed: int, hw: tuple[int, int] = HW) -> Labels:
    """A rectangle of 255 on 0, elsewhere for another seed."""
    samples = np.zeros(hw, np.uint8)
    top, left = divmod(7 * seed, 20)
    samples[top + 2 : top + 20, left + 3 : left + 31] = 255
    return samples


def encoded(frame: AnyArray, suffix: str = ".jpg", *settings: int) -> bytes:
    return cv2.imencode(suffix, frame, settings)[1].tobytes()


def write_good(folder: Path, names: str | tuple[str, ...] = "abcdef", *, first_seed: int = 0) -> Path:
    """A folder without a fault: a JPEG and a mask of 0 and 255 for each name."""
    for seed, name in enumerate(names, first_seed):
        write(folder / "images" / f"{name}.jpg", encoded(photo(seed)))
        write(folder / "masks" / f"{name}.png", png(mask(seed).tolist()))
    return folder


def exif(orientation: int) -> bytes:
    """An APP1 segment with the one tag 0x0112 (Exif 2.32, 4.5.4 and 4.6.4), little-endian."""
    entry = b"\x12\x01\x03\x00\x01\x00\x00\x00" + orientation.to_bytes(2, "little") + b"\0\0"
    tiff = b"II\x2a\x00\x08\x00\x00\x00" + b"\x01\x00" + entry + b"\0\0\0\0"
    return b"\xff\xe1" + (len(tiff) + 8).to_bytes(2, "big") + b"Exif\0\0" + tiff

"""A mask file, opened: whether the reader takes it, which of its rules it breaks, and the values it holds."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import Labels
from unetkit.data.checking.finding import Finding
from unetkit.data.checking.header import read_header
from unetkit.data.checking.picturefile import reason_of
from unetkit.data.masks import read_mask
from unetkit.data.pictures import decode, read_file
from unetkit.errors import DataError


@dataclass(frozen=True, slots=True)
class MaskValues:
    """What is kept of a mask.

    Attributes:
        hw: height and width in pixels.
        values: uint8 (V,), the different values, ascending.
        pixels: int64 (V,), how many pixels hold each.
        digest: of the samples, 16 bytes.
    """

    hw: tuple[int, int]
    values: NDArray[np.uint8]
    pixels: NDArray[np.int64]
    digest: bytes

    @classmethod
    def of(cls, samples: Labels) -> "MaskValues":
        """What uint8 (H, W) holds."""
        pixels = np.bincount(samples.ravel(), minlength=256)
        values = np.flatnonzero(pixels)
        height, width = samples.shape
        digest = blake2b(np.ascontiguousarray(samples).data, digest_size=16).digest()
        return cls((height, width), values.astype(np.uint8), pixels[values].astype(np.int64), digest)

    def count(self, value: int) -> int:
        """Pixels of a value."""
        return int(self.pixels[self.values == value].sum())


def open_mask(
    path: Path, name: str, reader: Callable[[Path], Labels] = read_mask
) -> tuple[MaskValues | None, list[Finding]]:
    """Open a mask as a training does.

    Args:
        path: the file.
        name: what findings call it.
        reader: of its samples, or of its labels where it stores colours.

    Returns:
        None where the reader refuses it, with the reader's reason.
    """
    try:
        samples = reader(path)
    except DataError as error:
        return None, [Finding(code=_broken_rule(path, reader), file=name, reason=reason_of(error, path))]
    return MaskValues.of(samples), []


def _broken_rule(path: Path, reader: Callable[[Path], Labels]) -> str:
    try:
        data = read_file(path)
    except DataError:
        return "file-unreadable"
    kind = read_header(data).format
    if kind != "PNG":
        return "mask-jpeg" if kind == "JPEG" else "mask-not-png"
    pixels = decode(data, cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION) if b"IEND" in data else None
    if pixels is None:
        return "mask-broken"
    if reader is not read_mask:
        return "value-no-class"  # a whole PNG whose colours the reader does not know
    channels = pixels[..., :3] if pixels.ndim == 3 else pixels[..., None]
    return "mask-colour" if (channels != channels[..., :1]).any() else "mask-too-deep"

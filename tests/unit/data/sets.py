"""Small data sets on disk, written by hand so that no reader is tested by its own writer."""

import struct
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.spec import ClassSpec
from unetkit.errors import DataError

Bytes8 = NDArray[np.uint8]

GREY, RGB, PALETTE = 0, 2, 3


def png(samples: Iterable[Iterable[int]], *, color_type: int = GREY, depth: int = 8) -> bytes:
    """A PNG that stores the samples as they are (PNG specification, chapters 5, 7 and 11)."""
    rows = [list(row) for row in samples]
    width = len(rows[0]) // (3 if color_type == RGB else 1)
    packed = b""
    for row in rows:
        bits = "".join(f"{value:0{depth}b}" for value in row)
        bits += "0" * (-len(bits) % 8)
        packed += b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    header = struct.pack(">IIBBBBB", width, len(rows), depth, color_type, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(packed)), (b"IEND", b"")]
    if color_type == PALETTE:
        colors = bytes(value for index in range(2**depth) for value in (255 - index, 7, index))
        parts[1:1] = [(b"PLTE", colors), (b"tRNS", b"\0")]
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def jpeg(frame: BgrFrame) -> bytes:
    return cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def noise(hw: tuple[int, int], seed: int = 0) -> BgrFrame:
    return np.random.default_rng(seed).integers(0, 256, (*hw, 3), np.uint8)


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def write_folder(folder: Path, masks: Mapping[str, Iterable[Iterable[int]]]) -> Path:
    """`images/` and `masks/` with a noise picture for each named mask."""
    for name, samples in masks.items():
        rows = [list(row) for row in samples]
        write(folder / "masks" / f"{name}.png", png(rows))
        write(folder / "images" / f"{name}.jpg", jpeg(noise((len(rows), len(rows[0])))))
    return folder


def write_oxford(folder: Path, trainval: Iterable[str], test: Iterable[str] = ()) -> Path:
    """The publisher's layout; every trimap is [[1, 2], [3, 2]] blown up to 8x8."""
    trimap = np.kron(np.array([[1, 2], [3, 2]]), np.ones((4, 4), int)).tolist()
    lists = {"trainval": list(trainval), "test": list(test)}
    for split, names in lists.items():
        write(folder / "annotations" / f"{split}.txt", "".join(f"{name} 1 1 1\n" for name in names).encode())
        for name in names:
            write(folder / "images" / f"{name}.jpg", jpeg(noise((8, 8), len(name))))
            write(folder / "annotations" / "trimaps" / f"{name}.png", png(trimap))
    return folder


class TableDataset:
    """A data set in memory: picture `i` is full of grey `i`, its mask of `i % 2`; listed faults are raised."""

    reference = "table"
    classes = (ClassSpec(name="even", bgr=(0, 0, 0)), ClassSpec(name="odd", bgr=(255, 255, 255)))

    def __init__(
        self, splits: Mapping[str, tuple[str, ...]], *, hw: tuple[int, int] = (4, 6), broken: set[str] | None = None
    ) -> None:
        self.splits = splits
        self.hw = hw
        self.broken = broken or set()
        self.reads = 0
        self._order = [name for names in splits.values() for name in names]

    def read(self, name: str) -> tuple[BgrFrame, Labels]:
        self.reads += 1
        if name in self.broken:
            raise DataError(f"{name} is broken")
        index = self._order.index(name)
        return np.full((*self.hw, 3), index, np.uint8), np.full(self.hw, index % 2, np.uint8)

    def digest(self) -> str:
        return "ab" * 32


def names(count: int) -> tuple[str, ...]:
    return tuple(f"picture-{index}" for index in range(count))

"""What every data set offers, and a picture with its mask."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.spec import ClassSpec
from unetkit.data.masks import read_mask
from unetkit.data.pictures import read_file, read_picture
from unetkit.errors import DataError
from unetkit.processors import usable_cores

Progress = Callable[[int, int], None]  # (done, total), from the thread that started the work

READERS = min(8, usable_cores())


class Dataset(Protocol):
    """Named pictures with their truth.

    Attributes:
        reference: what `open_dataset` opens it again by: an absolute folder or a built-in name.
        classes: the index of a class is its label.
        splits: sample names of each split; a name stands in one split only.
    """

    @property
    def reference(self) -> str: ...

    @property
    def classes(self) -> tuple[ClassSpec, ...]: ...

    @property
    def splits(self) -> Mapping[str, tuple[str, ...]]: ...

    def read(self, name: str) -> tuple[BgrFrame, Labels]:
        """Decode one sample at its own size.

        Returns:
            uint8 (H, W, 3) BGR and uint8 (H, W) labels, 0-based, 255 = ignore.

        Raises:
            DataError: naming the file and what is wrong with it.
        """
        ...

    def digest(self) -> str:
        """SHA-256 of the content, 64 hex digits: names, pictures, masks, classes."""
        ...


@runtime_checkable
class FiledDataset(Dataset, Protocol):
    """A data set whose pictures are files.

    Attributes:
        names: of all samples, those that stand in no split among them.
    """

    @property
    def names(self) -> tuple[str, ...]: ...

    def picture_file(self, name: str) -> Path: ...


@dataclass(frozen=True)
class Sample:
    """A picture file and its mask file."""

    picture: Path
    mask: Path

    def read(self, mask_reader: Callable[[Path], Labels] = read_mask) -> tuple[BgrFrame, Labels]:
        """Decode both.

        The picture's pixels are taken as stored. Some annotation tools turn the picture by its EXIF orientation
        first: where the stored sizes differ and the turned picture fits the mask, the turned one is taken.

        Args:
            mask_reader: gives a mask file's uint8 (H, W), by default its stored samples, which are not yet labels.

        Returns:
            uint8 (H, W, 3) BGR and uint8 (H, W).

        Raises:
            DataError: one of them is broken, or the sizes differ.
        """
        frame, values = read_picture(self.picture), mask_reader(self.mask)
        if frame.shape[:2] != values.shape and frame.shape[1::-1] == values.shape:
            frame = read_picture(self.picture, upright=True)
        if frame.shape[:2] != values.shape:
            raise DataError(
                f"{self.picture} is {frame.shape[1]}x{frame.shape[0]} and its mask {self.mask} "
                f"{values.shape[1]}x{values.shape[0]} (width x height): they must have one size"
            )
        return frame, values


def content_digest(samples: Mapping[str, Sample], classes: Iterable[ClassSpec], told: bytes = b"") -> str:
    """SHA-256 over class names and, in name order, each sample's name, picture bytes and mask bytes.

    Args:
        samples: by name.
        classes: of the set.
        told: what else decides the labels of a mask, where a file says it.
    """
    return digest_of(samples, lambda name: _sample_digest(samples[name]), classes, told)


def digest_of(
    names: Iterable[str], content: Callable[[str], bytes], classes: Iterable[ClassSpec], told: bytes = b""
) -> str:
    """SHA-256 over class names, `told`, and each name with its content, in name order."""
    whole = hashlib.sha256("\n".join(item.name for item in classes).encode() + told)
    ordered = sorted(names)
    with ThreadPoolExecutor(READERS) as pool:
        for name, part in zip(ordered, pool.map(content, ordered), strict=True):
            whole.update(name.encode() + b"\0" + part)
    return whole.hexdigest()


def _sample_digest(sample: Sample) -> bytes:
    return hashlib.sha256(read_file(sample.picture)).digest() + hashlib.sha256(read_file(sample.mask)).digest()

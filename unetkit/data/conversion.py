"""Any data set as a folder of `images/`, `masks/`, `classes.toml` and split lists."""

import contextlib
import secrets
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.publish import publish_bytes, publish_text
from unetkit.data.classfile import CLASS_FILE, class_file_text
from unetkit.data.dataset import READERS, Dataset, FiledDataset, Progress, Sample
from unetkit.data.division import every_name
from unetkit.data.folderlayout import IMAGES, MASKS
from unetkit.data.splitlists import LIST_OF_SPLIT, write_split_lists
from unetkit.errors import DataError, OutputError

_AHEAD = 64  # samples decoded at a time: memory stays flat however large the data set
_LISTED_AS = {"trainval": "train", "all": "train"}


@dataclass(frozen=True, kw_only=True)
class Converted:
    """What was written.

    Attributes:
        pictures: how many.
        rewritten: how many of them are new PNGs: generated, or drawn on as turned by EXIF where the sizes do not tell.
        lists: number of names in each list, by its file name.
        unlisted: how many stand in no list, because their split has none.
    """

    pictures: int
    rewritten: int
    lists: Mapping[str, int]
    unlisted: int


def convert_dataset(dataset: Dataset, out: Path, *, progress: Progress | None = None) -> Converted:
    """Write a data set as pictures and masks, sample by sample; the folder appears when it is whole.

    Picture files are copied as they are. Masks are PNGs of the labels, 255 = ignore. Every picture is read back, and
    one that would come back with other pixels (its EXIF orientation is not decided by the sizes) becomes a PNG.
    A set of one split "all" gets no lists.

    Args:
        dataset: any.
        out: must not exist yet.
        progress: called with (done, total).

    Raises:
        DataError: a sample that cannot be read.
        OutputError: `out` exists, or cannot be written.
    """
    if out.exists():
        raise OutputError(f"{out} is there already; remove it or choose another folder")
    names = every_name(dataset)
    splits: dict[str, list[str]] = {split: [] for split in LIST_OF_SPLIT}
    for split, members in dataset.splits.items() if set(dataset.splits) != {"all"} else ():
        splits.get(_LISTED_AS.get(split, split), []).extend(members)
    listed = sum(map(len, splits.values()))
    rewritten = 0
    with _published_folder(out) as folder, ThreadPoolExecutor(READERS) as pool:
        for start in range(0, len(names), _AHEAD):
            chunk = names[start : start + _AHEAD]
            rewritten += sum(pool.map(lambda name: _write(dataset, name, folder), chunk))
            if progress is not None:
                progress(start + len(chunk), len(names))
        publish_text(folder / CLASS_FILE, class_file_text(dataset.classes))
        write_split_lists(folder, splits)
    return Converted(
        pictures=len(names),
        rewritten=rewritten,
        lists={LIST_OF_SPLIT[split]: len(members) for split, members in splits.items() if members},
        unlisted=len(names) - listed if listed else 0,
    )


def _write(dataset: Dataset, name: str, folder: Path) -> bool:
    """Write one sample; whether its picture had to be encoded anew."""
    frame, labels = dataset.read(name)
    mask = folder / MASKS / f"{name}.png"
    publish_bytes(mask, _png(labels), durable=False)
    if isinstance(dataset, FiledDataset):
        source = dataset.picture_file(name)
        target = folder / IMAGES / f"{name}{source.suffix.lower()}"
        _copy(source, target)
        if _reads_as(Sample(target, mask), frame):
            return False
        target.unlink()
    publish_bytes(folder / IMAGES / f"{name}.png", _png(frame), durable=False)
    return True


def _reads_as(sample: Sample, frame: BgrFrame) -> bool:
    try:
        return np.array_equal(sample.read()[0], frame)
    except DataError:  # the sizes differ
        return False


def _copy(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    except OSError as error:
        raise OutputError(f"cannot copy {source} to {target}: {error.strerror or error}") from error


def _png(pixels: BgrFrame) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()


@contextlib.contextmanager
def _published_folder(final: Path) -> Iterator[Path]:
    """Give a temporary neighbour to fill; leaving it renames it, an error removes it."""
    temporary = final.absolute().with_name(f".{final.name}-{secrets.token_hex(4)}")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        temporary.rename(final)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot write {final}: {reason}; choose another place or make room") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)

"""Where the Oxford-IIIT Pet set lies on this machine: found, or fetched from its publisher."""

import contextlib
import logging
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from unetkit.data.dataset import Progress
from unetkit.data.download import Archive, fetch
from unetkit.data.oxford import OFFICIAL_SPLITS, has_oxford_layout, listed_names
from unetkit.data.unpacking import unpack
from unetkit.errors import DataError, OutputError

log = logging.getLogger(__name__)

DATA_VARIABLE = "UNETKIT_DATA"
HOME = "oxford-iiit-pet"
OXFORD_ARCHIVES = (
    Archive(
        url="https://www.robots.ox.ac.uk/~vgg/data/pets/data/images.tar.gz",
        size_bytes=791_918_971,
        sha256="67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d",
    ),
    Archive(
        url="https://www.robots.ox.ac.uk/~vgg/data/pets/data/annotations.tar.gz",
        size_bytes=19_173_078,
        sha256="52425fb6de5c424942b7626b428656fcbd798db970a937df61750c0f1d358e91",
    ),
)


def oxford_folder(
    data_dir: Path | None, *, progress: Progress | None = None, archives: Sequence[Archive] = OXFORD_ARCHIVES
) -> Path:
    """A folder with the Oxford layout.

    Looked for in `data_dir` alone where it is given, else in $UNETKIT_DATA and the user's cache: the place itself, then
    its folders, the one that lists the most pictures. Where none has it, it is downloaded into `data_dir` or the cache.

    Args:
        data_dir: an existing folder, or None.
        progress: called with (done, total) bytes of the download.
        archives: what to download.

    Raises:
        DataError: no such `data_dir`, no network, or a download that is not the publisher's.
        OutputError: the download cannot be written.
    """
    if data_dir is not None and not data_dir.is_dir():
        raise DataError(f"no such folder: {data_dir.absolute()}; make it, or leave it out to use the user's cache")
    cache = Path(platformdirs.user_cache_dir("unetkit"))
    variable = os.environ.get(DATA_VARIABLE)
    places = [data_dir] if data_dir is not None else [*([Path(variable)] if variable else []), cache]
    for place in places:
        found = find_oxford(place)
        if found is not None:
            return found
        log.info("no Oxford-IIIT Pet set in %s", place)
    return _download(places[-1] / HOME, archives, progress)


def find_oxford(place: Path) -> Path | None:
    """`place` or one of its folders with the Oxford layout; of several, the one that lists the most pictures."""
    if not place.is_dir():
        return None
    children = sorted(folder for folder in place.iterdir() if not folder.name.startswith("."))
    sizes = {
        folder: sum(len(listed_names(folder, split)) for split in OFFICIAL_SPLITS)
        for folder in (place, *children)
        if has_oxford_layout(folder)
    }
    if not sizes:
        return None
    best = max(sizes, key=lambda folder: sizes[folder])
    others = f", the most of {len(sizes)} copies in {place}" if len(sizes) > 1 else ""
    log.info("Oxford-IIIT Pet set: %s, %d listed pictures%s", best, sizes[best], others)
    return best


def _download(home: Path, archives: Sequence[Archive], progress: Progress | None) -> Path:
    """Fetch beside `home`, unpack into a hidden neighbour, and rename it: `home` is whole or not there."""
    total = sum(archive.size_bytes for archive in archives)
    downloads = home.with_name(f"{home.name}-archives")
    log.info("downloading the Oxford-IIIT Pet set, %.0f MB, into %s", total / 1e6, home.parent)
    files, before = [], 0
    for archive in archives:
        shown = _shifted(progress, before, total)
        files.append(fetch(archive, downloads, progress=shown))
        before += archive.size_bytes
    temporary = home.with_name(f".{home.name}-{secrets.token_hex(4)}")
    try:
        temporary.mkdir()
        for file in files:
            log.info("unpacking %s", file)
            unpack(file, temporary)
        if not has_oxford_layout(temporary):
            raise DataError(
                f"the archives in {downloads} do not hold images/ and annotations/; remove them, run it again"
            )
        with contextlib.suppress(FileExistsError):  # another process was first
            temporary.rename(home)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot unpack into {home}: {reason}; choose another place or make room") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    shutil.rmtree(downloads, ignore_errors=True)
    return home


def _shifted(progress: Progress | None, before: int, total: int) -> Progress | None:
    return None if progress is None else lambda done, _size: progress(before + done, total)

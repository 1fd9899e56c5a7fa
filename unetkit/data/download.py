"""The Oxford-IIIT Pet set on this machine: found, or fetched from its publisher."""

import logging
import os
from pathlib import Path

import platformdirs

from unetkit.data.dataset import Progress
from unetkit.data.oxford import OFFICIAL_SPLITS, has_oxford_layout, listed_names
from unetkit.errors import DataError

log = logging.getLogger(__name__)

DATA_VARIABLE = "UNETKIT_DATA"


def oxford_folder(data_dir: Path | None, *, progress: Progress | None = None) -> Path:
    """Folder with the Oxford layout: in `data_dir`, else in $UNETKIT_DATA or the user's cache."""
    places = [data_dir] if data_dir else [Path(os.environ[DATA_VARIABLE])] if DATA_VARIABLE in os.environ else []
    for place in (*places, Path(platformdirs.user_cache_dir("unetkit"))):
        found = find_oxford(place)
        if found is not None:
            return found
    raise DataError("the Oxford-IIIT Pet set is not on this machine; name its folder or use `--data synthetic`")


def find_oxford(place: Path) -> Path | None:
    """`place` itself or a child with the Oxford layout; of several, the one that lists the most pictures."""
    if not place.is_dir():
        return None
    folders = [folder for folder in (place, *sorted(place.iterdir())) if has_oxford_layout(folder)]
    if not folders:
        return None
    sizes = {folder: sum(len(listed_names(folder, split)) for split in OFFICIAL_SPLITS) for folder in folders}
    best = max(folders, key=lambda folder: sizes[folder])
    log.info("Oxford-IIIT Pet: %s, the largest of %d with %d listed pictures", best, len(folders), sizes[best])
    return best

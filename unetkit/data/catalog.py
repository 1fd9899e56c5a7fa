"""From what the user typed to a data set."""

from pathlib import Path

from unetkit.data.dataset import Dataset, Progress
from unetkit.data.folders import ImageFolder
from unetkit.data.oxford import OxfordPets, has_oxford_layout
from unetkit.data.oxfordhome import oxford_folder
from unetkit.data.synthetic import SYNTHETIC, SyntheticDataset
from unetkit.errors import DataError

OXFORD_PETS = "oxford-pets"


def open_dataset(reference: str | None, data_dir: Path | None = None, *, progress: Progress | None = None) -> Dataset:
    """Open a data set by name or folder.

    Args:
        reference: None or "oxford-pets": the Oxford-IIIT Pet set, found or downloaded; "synthetic": the built-in one;
            else a folder, in the Oxford layout or with `images/` and `masks/`.
        data_dir: where the Oxford set is looked for and downloaded to.
        progress: called with (done, total) bytes of a download.

    Raises:
        DataError: no such folder, a layout that is none of these, or files that do not pair.
    """
    if reference == SYNTHETIC:
        return SyntheticDataset()
    if reference is None or reference == OXFORD_PETS:
        return OxfordPets(oxford_folder(data_dir, progress=progress))
    folder = Path(reference).expanduser()
    if not folder.is_dir():
        raise DataError(
            f"no such folder: {folder.absolute()}; give a folder of pictures and masks, {OXFORD_PETS} or {SYNTHETIC}"
        )
    if has_oxford_layout(folder):
        return OxfordPets(folder)
    return ImageFolder(folder)

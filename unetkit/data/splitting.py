"""Split lists for a data set, written where its reader looks for them."""

from pathlib import Path

from unetkit.data.catalog import open_dataset
from unetkit.data.dataset import Progress
from unetkit.data.division import Division, divide
from unetkit.data.oxford import OxfordPets
from unetkit.data.splitlists import require_no_lists, write_split_lists
from unetkit.errors import UsageError


def split_dataset(
    reference: str,
    out: Path | None = None,
    *,
    data_dir: Path | None = None,
    data_format: str,
    validation: float,
    test: float,
    group_by: str | None = None,
    seed: int = 0,
    force: bool = False,
    progress: Progress | None = None,
) -> tuple[Division, list[Path]]:
    """Draw splits with `divide` and write them as lists.

    Args:
        reference: of the data set, as `open_dataset` takes it.
        out: folder for the lists; None for the data set's own, where they count from then on.
        data_dir: as `open_dataset` takes it.
        data_format: as `open_dataset` takes it.
        validation: share of the pictures.
        test: share of the pictures.
        group_by: regular expression on names.
        seed: of the draw.
        force: replace lists that are there.
        progress: called with (done, total) samples.

    Returns:
        What was drawn, and the lists.

    Raises:
        UsageError: shares or expression that are none, or no folder where the lists would count.
        DataError: a sample that cannot be read, a name without group, an empty split.
        OutputError: there are lists already, or they cannot be written.
    """
    dataset = open_dataset(reference, data_dir, data_format=data_format)
    folder = out if out is not None else Path(dataset.reference)
    if out is None and (not folder.is_dir() or isinstance(dataset, OxfordPets)):
        raise UsageError(f"{reference} is no folder that lists would count in; say where to write them with --out")
    if not force:
        require_no_lists(folder)
    division = divide(dataset, validation=validation, test=test, seed=seed, group_by=group_by, progress=progress)
    return division, write_split_lists(folder, division.splits, force=force)

"""Which file belongs to which, and to which split, in a folder of `images/` and `masks/`."""

from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path

from unetkit.data.dataset import Sample
from unetkit.data.pictures import PICTURE_SUFFIXES
from unetkit.data.splitlists import SPLIT_OF_NAME, listed_splits
from unetkit.errors import DataError

IMAGES, MASKS = "images", "masks"


def pair_files(folder: Path) -> dict[str, Sample]:
    """Pair `images/NAME.*` with `masks/NAME.png`; NAME is the path below `images/` without its suffix, with `/`.

    Raises:
        DataError: a folder is missing or empty, a picture without mask, a mask without picture, two pictures of one
            name, a mask that is not PNG: the first file, and how many.
    """
    pictures, masks = _files(folder, IMAGES), _files(folder, MASKS)
    _refuse(
        [path for path in masks if path.suffix.lower() != ".png"],
        "is no PNG: JPEG and the like change mask values, save masks as PNG",
    )
    twice = {name for name, count in Counter(_name(path, folder / IMAGES) for path in pictures).items() if count > 1}
    _refuse(
        [path for path in pictures if _name(path, folder / IMAGES) in twice], "shares its name with another picture"
    )
    picture_of = {_name(path, folder / IMAGES): path for path in pictures}
    mask_of = {_name(path, folder / MASKS): path for path in masks}
    _refuse(
        [path for name, path in picture_of.items() if name not in mask_of],
        f"has no mask of the same name in {folder / MASKS}; add the mask or take the picture out",
    )
    _refuse(
        [path for name, path in mask_of.items() if name not in picture_of],
        f"has no picture of the same name in {folder / IMAGES}; add the picture or take the mask out",
    )
    return {name: Sample(picture, mask_of[name]) for name, picture in picture_of.items()}


def folder_splits(folder: Path, names: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Splits by lists (`train.txt`, `val.txt`, `test.txt`), by folders (`images/train/...`), else one split, "all".

    Raises:
        DataError: a list is empty or names no picture, a name stands in two lists, or only some pictures lie in
            split folders.
    """
    splits = listed_splits(folder, names)
    if splits:
        return splits
    tops = {name: name.split("/")[0] if "/" in name else "" for name in names}
    if not set(tops.values()) & set(SPLIT_OF_NAME):
        return {"all": tuple(names)}
    outside = [name for name, top in tops.items() if top not in SPLIT_OF_NAME]
    if outside:
        raise DataError(
            f"{len(outside)} pictures lie outside the split folders of {folder / IMAGES}, the first is {outside[0]}"
        )
    split_of = {name: SPLIT_OF_NAME[top] for name, top in tops.items()}
    return {
        split: tuple(name for name in names if split_of[name] == split) for split in dict.fromkeys(split_of.values())
    }


def _files(folder: Path, part: str) -> list[Path]:
    """Pictures below a part of the folder, sorted; hidden files, macOS's `._NAME` among them, are nobody's picture."""
    if not (folder / part).is_dir():
        raise DataError(
            f"{folder} is no data set: it has no {part}/ folder; expected {IMAGES}/ and {MASKS}/ with files of the "
            "same names, or the Oxford-IIIT Pet layout"
        )
    files = sorted(path for path in (folder / part).rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES)
    files = [path for path in files if not path.name.startswith(".")]
    if not files:
        raise DataError(f"no picture in {folder / part}; expected {', '.join(sorted(PICTURE_SUFFIXES))} files")
    return files


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).with_suffix("").as_posix()


def _refuse(files: list[Path], fault: str) -> None:
    if files:
        more = f"; {len(files):,} files are like it, this is the first" if len(files) > 1 else ""
        raise DataError(f"{files[0]} {fault}{more}")

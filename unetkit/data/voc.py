"""PASCAL VOC segmentation (Everingham et al. 2010, IJCV 88), and CVAT's "Segmentation mask 1.1" in the same layout."""

from collections.abc import Sequence
from pathlib import Path

from unetkit.contract.spec import IGNORE_LABEL
from unetkit.data.categories import BACKGROUND, categories_of
from unetkit.data.classes import CLASSES_FILE, ClassScheme, class_lines, class_scheme
from unetkit.data.classfile import CLASS_FILE, read_class_file
from unetkit.data.dataset import Sample
from unetkit.data.folders import mask_values
from unetkit.data.maskcolors import ColorScheme, color_scheme
from unetkit.data.maskfiles import MaskFiles, MaskScheme
from unetkit.data.palette import Bgr
from unetkit.data.pictureindex import PictureIndex
from unetkit.data.pictures import read_file
from unetkit.data.splitlists import SPLIT_OF_NAME, listed_splits
from unetkit.errors import DataError

PICTURES, MASKS = "JPEGImages", "SegmentationClass"
LABEL_MAP = "labelmap.txt"  # CVAT's
LABELME_NAMES = "class_names.txt"  # of LabelMe's own conversion to this layout
_LISTS = Path("ImageSets") / "Segmentation"


def has_voc_layout(folder: Path) -> bool:
    """Whether a folder holds `SegmentationClass/`, and `JPEGImages/` or, in CVAT's export of masks only, the lists."""
    return (folder / MASKS).is_dir() and any((folder / part).is_dir() for part in (PICTURES, "ImageSets"))


class VocDataset(MaskFiles):
    """`JPEGImages/NAME.jpg` with `SegmentationClass/NAME.png`; the value 255 is ignored.

    The names come from `labelmap.txt` (masks are then read by its colours), from `class_names.txt` or `classes.txt` (a
    line a value), or from PASCAL's own lists `ImageSets/Main/NAME_trainval.txt`; without any, as for a folder of masks.
    With names, `classes.toml` works on them as for annotations; without, on the masks' values.

    The splits are the lists in `ImageSets/Segmentation/`: train, val and test, else trainval; without any, all masks.

    Raises:
        DataError: no mask, a mask without picture, a list that names a picture without mask.
    """

    def __init__(self, folder: Path) -> None:
        folder = folder.absolute()
        if not (folder / PICTURES).is_dir():
            raise DataError(f"{folder} has no {PICTURES}/ folder; export the set with its pictures")
        masks = PictureIndex(folder / MASKS)
        pictures = PictureIndex(folder / PICTURES)
        picture_of = {pictures.name(path): path for path in pictures.files}
        samples = {}
        for mask in masks.files:
            name = masks.name(mask)
            if name not in picture_of:
                raise DataError(f"mask {mask} has no picture of its name in {folder / PICTURES}; add it or take it out")
            samples[name] = Sample(picture_of[name], mask)
        if not samples:
            raise DataError(f"no mask in {folder / MASKS}; expected .png files")
        paths = [sample.mask for sample in samples.values()]
        splits = listed_splits(folder, samples) or _voc_splits(folder, samples)
        super().__init__(folder, samples, splits, lambda: _scheme(folder, paths))


def _voc_splits(folder: Path, samples: dict[str, Sample]) -> dict[str, tuple[str, ...]]:
    lists = {path.stem: path for path in sorted((folder / _LISTS).glob("*.txt"))}
    chosen = {split: lists[word] for word, split in SPLIT_OF_NAME.items() if word in lists}
    if "trainval" in lists and "train" not in chosen:
        chosen["trainval"] = lists["trainval"]
    splits = {}
    for split, path in chosen.items():
        names = tuple(dict.fromkeys(line.strip() for line in _lines(path) if line.strip()))
        strangers = [name for name in names if name not in samples]
        if strangers:
            raise DataError(
                f"{path} names {len(strangers)} pictures that have no mask in {folder / MASKS}, "
                f"the first is {strangers[0]!r}"
            )
        if names:
            splits[split] = names
    return splits or {"all": tuple(samples)}


def _scheme(folder: Path, masks: Sequence[Path]) -> MaskScheme:
    file = read_class_file(folder / CLASS_FILE)
    if file is not None and file.masks == "colors":
        return color_scheme(file)
    if (folder / LABEL_MAP).is_file():
        colors = label_map(folder / LABEL_MAP)
        categories = categories_of(folder, colors, colors=colors, dense=True)
        labels = {bgr: categories.label_of[name] for name, bgr in colors.items()}
        return ColorScheme(classes=categories.classes, label_of=labels, name=LABEL_MAP)
    names = _value_names(folder)
    if names:
        categories = categories_of(folder, names, dense=True)
        told = {value: categories.label_of[name] for value, name in enumerate(names)}
        return ClassScheme.of_values(categories.classes, {IGNORE_LABEL: IGNORE_LABEL, **told})
    return class_scheme(folder, mask_values(masks), may_be_binary=False)


def label_map(path: Path) -> dict[str, Bgr]:
    """Colours by name in CVAT's `labelmap.txt`: lines `name:red,green,blue:parts:actions`, after a comment.

    Raises:
        DataError: a line of another form, or a name or colour twice.
    """
    colors: dict[str, Bgr] = {}
    for number, line in enumerate(_lines(path), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.strip().partition(":")
        numbers = rest.partition(":")[0].split(",")
        if not name or len(numbers) != 3 or not all(word.strip().isdecimal() and int(word) < 256 for word in numbers):
            raise DataError(f"{path}: line {number} is {line.strip()!r}, expected name:red,green,blue:parts:actions")
        red, green, blue = (int(word) for word in numbers)
        if name in colors or (blue, green, red) in colors.values():
            raise DataError(f"{path}: line {number} gives a name or colour that stood before: {line.strip()!r}")
        colors[name] = (blue, green, red)
    return colors


def _value_names(folder: Path) -> tuple[str, ...]:
    """Names in the order of the masks' values; LabelMe's list starts with `__ignore__`, which is -1 and becomes 255."""
    for listed in (LABELME_NAMES, CLASSES_FILE):
        names = class_lines(folder / listed)
        if names:
            return names[1:] if names[0] == "__ignore__" else names
    suffix = "_trainval"  # PASCAL numbers its classes in the alphabet's order
    named = sorted(path.stem.removesuffix(suffix) for path in (folder / "ImageSets" / "Main").glob(f"*{suffix}.txt"))
    return (BACKGROUND, *named) if named else ()


def _lines(path: Path) -> list[str]:
    return read_file(path).decode("utf-8-sig", "replace").splitlines()

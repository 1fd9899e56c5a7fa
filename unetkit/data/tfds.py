"""TensorFlow Datasets by name (tensorflow.org/datasets), where that package is installed."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.spec import IGNORE_LABEL, ClassSpec
from unetkit.data.categories import categories_of
from unetkit.data.classes import ClassScheme, class_scheme
from unetkit.data.classfile import CLASS_FILE, read_class_file
from unetkit.errors import DataError, MissingDependencyError

log = logging.getLogger(__name__)

TFDS = "tfds:"  # before a name
_SPLITS = {"train": "train", "validation": "validation", "val": "validation", "test": "test"}
_RANDOM_ACCESS = "array_record"


class TensorFlowDataset:
    """A set of pictures and masks that `tfds.builder` knows, such as `oxford_iiit_pet` or `NAME/CONFIG:VERSION`.

    The picture is the feature of three channels, the mask the one of a single 8-bit channel; there must be one of each.
    A mask that names its labels gives the classes; otherwise its values do, as for a folder (see `classes.py`), and
    `classes.toml` in the prepared set's folder can say what they mean. Samples are read one by one.

    Args:
        reference: "tfds:NAME".
        data_dir: where sets are prepared; the package's own place without.

    Raises:
        MissingDependencyError: the package is not installed, or lacks a part that it needs.
        DataError: no such set, or one without one picture and one mask.
    """

    def __init__(self, reference: str, data_dir: Path | None = None) -> None:
        self.reference = reference
        name = reference.removeprefix(TFDS)
        try:
            import tensorflow_datasets
        except ImportError as error:
            raise MissingDependencyError(
                f"{reference} needs the package tensorflow-datasets ({error}): pip install tensorflow-datasets"
            ) from error
        place = str(data_dir.expanduser().absolute()) if data_dir else None
        self._builder: Any = _asked(
            lambda: tensorflow_datasets.builder(name, data_dir=place, file_format=_RANDOM_ACCESS), reference
        )
        self._picture_key, self._mask_key = _keys(self._builder.info.features, reference)
        _asked(self._builder.download_and_prepare, reference)
        self._sources: dict[str, Any] = {
            split: _asked(lambda key=key: self._builder.as_data_source(split=key), reference)  # type: ignore[misc]
            for key, split in _SPLITS.items()
            if key in self._builder.info.splits
        }
        if not self._sources:
            raise DataError(f"{reference} has the splits {', '.join(self._builder.info.splits)}, expected train, ...")
        self.splits: Mapping[str, tuple[str, ...]] = {
            split: tuple(f"{split}/{row:06d}" for row in range(len(source))) for split, source in self._sources.items()
        }
        self._scheme = self._read_scheme()

    @property
    def classes(self) -> tuple[ClassSpec, ...]:
        return self._scheme.classes

    def read(self, name: str) -> tuple[BgrFrame, Labels]:
        item = self._item(name)
        frame: BgrFrame = np.ascontiguousarray(cv2.cvtColor(np.asarray(item[self._picture_key]), cv2.COLOR_RGB2BGR))
        values = _values(item[self._mask_key])
        if frame.shape[:2] != values.shape:
            raise DataError(f"{self.reference}: {name} has a picture {frame.shape} and a mask {values.shape}")
        if not self._scheme.known[values].all():
            wrong = int(values[~self._scheme.known[values]][0])
            raise DataError(f"{self.reference}: the mask of {name} holds value {wrong}, which is no class")
        return frame, self._scheme.labels_of_value[values]

    def digest(self) -> str:
        """Of the set's name, version and sizes, not its bytes: the package checks those when it prepares the set."""
        counts = {split: len(names) for split, names in self.splits.items()}
        told = f"{self._builder.info.full_name} {counts} {[item.name for item in self.classes]}".encode()
        return hashlib.sha256(told + self._scheme.labels_of_value.tobytes() + self._scheme.known.tobytes()).hexdigest()

    def _item(self, name: str) -> Any:
        split, _, row = name.partition("/")
        return _asked(lambda: self._sources[split][int(row)], f"{self.reference}, sample {name},")

    def _read_scheme(self) -> ClassScheme:
        folder = Path(str(self._builder.data_dir))
        names = getattr(self._builder.info.features[self._mask_key], "names", None)
        if names:
            categories = categories_of(folder, [str(name) for name in names], dense=True)
            told = {value: categories.label_of[str(name)] for value, name in enumerate(names)}
            return ClassScheme.of_values(categories.classes, {IGNORE_LABEL: IGNORE_LABEL, **told})
        file = read_class_file(folder / CLASS_FILE)
        if file is not None and file.names_values:
            return class_scheme(folder, {})
        every = [name for names in self.splits.values() for name in names]
        log.info("%s: the masks of %d samples are read for their values", self.reference, len(every))
        return class_scheme(folder, {folder / name: self._held(name) for name in every})

    def _held(self, name: str) -> frozenset[int]:
        return frozenset(np.unique(_values(self._item(name)[self._mask_key])).tolist())


def _values(mask: Any) -> Labels:
    values: Labels = np.asarray(mask, np.uint8)
    return values[..., 0] if values.ndim == 3 else values


def _keys(features: Any, reference: str) -> tuple[str, str]:
    """The features that are picture and mask, by their shape and type."""
    pictures: list[str] = []
    masks: list[str] = []
    for key in features:
        shape, dtype = tuple(features[key].shape or ()), np.dtype(features[key].np_dtype or object)
        if len(shape) == 3 and shape[-1] in (1, 3) and dtype == np.uint8:
            (pictures if shape[-1] == 3 else masks).append(key)
    if len(pictures) != 1 or len(masks) != 1:
        raise DataError(
            f"{reference} has {len(pictures)} pictures of three channels and {len(masks)} masks of one in its features "
            f"({', '.join(features)}), expected one of each"
        )
    return pictures[0], masks[0]


def _asked(question: Callable[[], Any], what: str) -> Any:
    """The package's answer; its errors are of many kinds."""
    try:
        return question()
    except ImportError as error:
        raise MissingDependencyError(f"{what} needs a package that is not installed ({error})") from error
    except (ValueError, LookupError, RuntimeError, OSError, TypeError, AssertionError) as error:
        reason = " ".join(str(error).split())[:160]
        raise DataError(f"{what} cannot be opened: {type(error).__name__}: {reason}") from error

"""The built-in data set: generated scenes, no file needed."""

import hashlib
from collections.abc import Mapping

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.data.scene import SCENE_CLASSES, scene
from unetkit.errors import DataError

SYNTHETIC = "synthetic"
_GENERATOR = 3  # raise it when `scene` draws other pixels: caches and splits of the old ones must not be reused
_SEED_STRIDE = 100_000  # no two splits share a scene


class SyntheticDataset:
    """Scenes of three classes (background, disc, polygon), split into train, validation and test.

    Args:
        hw: height and width of every picture.
        train: number of training pictures, at most 100,000, as for the others.
        validation: number of validation pictures.
        test: number of test pictures.

    Raises:
        DataError: a side below 16 or a count outside 1..100,000.
    """

    classes = SCENE_CLASSES
    reference = SYNTHETIC

    def __init__(
        self, *, hw: tuple[int, int] = (128, 128), train: int = 400, validation: int = 80, test: int = 80
    ) -> None:
        counts = {"train": train, "validation": validation, "test": test}
        if min(hw) < 16 or not all(1 <= count <= _SEED_STRIDE for count in counts.values()):
            raise DataError(f"synthetic pictures {hw} in counts {counts}: sides from 16, counts 1..{_SEED_STRIDE:,}")
        self.hw = hw
        self.splits: Mapping[str, tuple[str, ...]] = {
            split: tuple(f"{split}-{index:05d}" for index in range(count)) for split, count in counts.items()
        }
        self._seeds = {
            name: first * _SEED_STRIDE + index
            for first, names in enumerate(self.splits.values())
            for index, name in enumerate(names)
        }

    def read(self, name: str) -> tuple[BgrFrame, Labels]:
        return scene(self._seeds[name], self.hw)

    def digest(self) -> str:
        counts = {split: len(names) for split, names in self.splits.items()}
        return hashlib.sha256(f"{SYNTHETIC} {_GENERATOR} {self.hw} {counts}".encode()).hexdigest()

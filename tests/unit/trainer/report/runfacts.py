"""A run without a network: pictures, truths, and scores that are right but where they are told to be wrong."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import Scores
from unetkit.contract.scoring import AccuracyReport
from unetkit.contract.spec import ClassSpec, InputSpec, ModelSpec
from unetkit.data.record import DataRecord
from unetkit.trainer.history import Epoch
from unetkit.trainer.report.page import RunFacts

SIDE = 16


def spec(names: tuple[str, ...] = ("background", "cat", "dog")) -> ModelSpec:
    classes = tuple(ClassSpec(name=name, bgr=(40 * index, 200, 9)) for index, name in enumerate(names))
    return ModelSpec(
        name="x", input=InputSpec(height=SIDE, width=SIDE), classes=classes, head="softmax", scores="probabilities"
    )


def epoch(number: int, miou: float, *, loss: float = 0.5, val_loss: float = 0.5, size: int = SIDE) -> Epoch:
    accuracy = AccuracyReport(
        class_names=("background", "cat", "dog"),
        split="validation",
        images=4,
        pixel_accuracy=0.9,
        miou=miou,
        iou=(miou,) * 3,
        dice=(2 * miou / (1 + miou),) * 3,
    )
    return Epoch(
        epoch=number, size=size, lr=0.001, loss=loss, val_loss=val_loss, accuracy=accuracy, images_per_s=9, seconds=60
    )


class Pictures:
    """Four pictures of three classes: rows 0 and 2 are answered right, 1 a quarter wrong, 3 all wrong.

    The left half of each truth is background, the right half cat (rows 0 and 1) or dog (rows 2 and 3).
    """

    names = ("first", "second", "third", "fourth")

    def __init__(self) -> None:
        generator = np.random.default_rng(0)
        self.frames: NDArray[np.uint8] = generator.integers(0, 256, (4, SIDE, SIDE, 3), np.uint8)
        self.labels: NDArray[np.uint8] = np.zeros((4, SIDE, SIDE), np.uint8)
        self.labels[:2, :, SIDE // 2 :] = 1
        self.labels[2:, :, SIDE // 2 :] = 2
        self.found = self.labels.copy()
        self.found[1, : SIDE // 2, SIDE // 2 :] = 0  # half of the cat is missed
        self.found[3] = 1

    def predict(self, row: int) -> Scores:
        """0.8 for the answer and 0.1 for each of the two others."""
        return np.where(np.arange(3) == self.found[row][..., np.newaxis], 0.8, 0.1).astype(np.float32)


def facts(record_names: tuple[str, ...] = Pictures.names, **changes: Any) -> RunFacts:
    values: dict[str, Any] = {
        "spec": spec(),
        "parameters": 12345,
        "history": [epoch(1, 0.3), epoch(2, 0.5), epoch(3, 0.4)],
        "seconds": 90.0,
        "interrupted": False,
        "config": {"network": "edge", "epochs": 3, "teacher": ""},
        "environment": {"host": {"cpu": "a cpu", "packages": {"numpy": "2.4"}}, "unetkit": "0.1"},
        "record": record(record_names),
    }
    return RunFacts(**{**values, **changes})


def record(names: tuple[str, ...] = Pictures.names) -> DataRecord:
    return DataRecord(
        reference=str(Path("/data/pets")), data_dir=None, digest="ab" * 32, train=("t",), validation=names, cache="c"
    )

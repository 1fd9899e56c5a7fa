"""A network that trains in a second, under the name of the real one, and data and settings that go with it."""

from typing import Any

import pytest

from unetkit.data.synthetic import SyntheticDataset
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.networks import NETWORKS, Network

DATA = SyntheticDataset(hw=(32, 32), train=7, validation=3, test=1)
CONFIG = TrainConfig(size=32, epochs=2, batch=4, half_size=0.5, seed=5)


def build_tiny(
    height: int | None, width: int | None, channels: int, activation: str | None, *, multiplier: float, depth: int
) -> Any:
    """Half the size and back, with a batch norm: 4 channels."""
    import keras
    from keras import layers

    frame = layers.Input((height, width, 3), name="frame")
    x = layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False, name="down")(frame)
    x = layers.ReLU(name="relu")(layers.BatchNormalization(name="norm")(x))
    x = layers.UpSampling2D(2, name="up")(x)
    scores = layers.Conv2D(channels, 1, activation=activation, dtype="float32", name="scores")(x)
    return keras.Model(frame, scores, name="tiny")


def use_tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train it wherever `edge` is named."""
    monkeypatch.setitem(NETWORKS, "edge", Network(name="edge", builder=build_tiny, depths=(4,)))

"""The checkpoint: a float32 Keras model of fixed size with its spec inside, written whole or not at all."""

import contextlib
from collections.abc import Iterator
from typing import Any

from unetkit.contract.artifact import write_spec
from unetkit.contract.publish import published
from unetkit.contract.runfolder import RunFolder
from unetkit.contract.spec import ModelSpec
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.networks import NETWORKS


def build_network(config: TrainConfig, spec: ModelSpec, *, fixed: bool) -> Any:
    """The Keras model of a config: of the spec's size, or of any size so that it can train at another."""
    height, width = spec.input.hw if fixed else (None, None)
    activation = spec.head if spec.scores == "probabilities" else None
    network = NETWORKS[config.network]
    return network.build(height, width, spec.channels, activation, multiplier=config.width, depth=config.depth)


@contextlib.contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Layers that are made inside get this Keras dtype policy; the one before comes back afterwards."""
    import keras

    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.mixed_precision.set_dtype_policy(before)


def save_checkpoint(run: RunFolder, config: TrainConfig, spec: ModelSpec, weights: list[Any]) -> None:
    """Rebuild the network in float32 at the spec's size, give it the weights, and publish it as the run's best."""
    with dtype_policy("float32"):
        model = build_network(config, spec, fixed=True)
    model.set_weights(weights)
    with published(run.checkpoint) as temporary:
        model.save(temporary)
        write_spec(temporary, spec)

"""Batch-norm statistics that are right: estimated over many batches with the weights as they are, then kept."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from unetkit.contract.preprocess import normalise
from unetkit.contract.spec import InputSpec


def batch_norms(network: Any) -> list[Any]:
    """The batch-norm layers of a network."""
    from keras import layers

    return [layer for layer in network.layers if isinstance(layer, layers.BatchNormalization)]


def synchronised(network: Any) -> Any:
    """The same network, whose batch norms see the whole batch where several devices share it."""
    import keras

    def clone(layer: Any) -> Any:
        config = layer.get_config()
        return type(layer).from_config(config | ({"synchronized": True} if "synchronized" in config else {}))

    twin = keras.models.clone_model(network, clone_function=clone)
    twin.set_weights(network.get_weights())
    return twin


def freeze(norms: Iterable[Any]) -> None:
    """From here on these norms use their statistics in training, too, and keep them, their scale and their offset."""
    for norm in norms:
        norm.trainable = False


def estimate(network: Any, batches: Iterable[Any], spec: InputSpec) -> None:
    """Set each live norm's mean and variance to their averages over batches, the weights held still.

    Moving averages lag behind weights that change (Wu and Johnson 2021, arXiv:2105.07576, "PreciseBN").

    Args:
        network: trained so far.
        batches: float32 or uint8 frames (N, H, W, 3), as the training sees them.
        spec: their scaling.
    """
    import tensorflow as tf

    norms = [norm for norm in batch_norms(network) if norm.trainable]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0  # the moving statistics become the batch's own

    @tf.function(reduce_retracing=True)
    def forward(frames: Any) -> None:
        network(normalise(tf.cast(frames, tf.float32), spec), training=True)

    sums: list[Any] = []
    count = 0
    for frames in batches:
        forward(frames)
        seen = [
            value.numpy().astype(np.float64) for norm in norms for value in (norm.moving_mean, norm.moving_variance)
        ]
        sums = [total + value for total, value in zip(sums, seen, strict=True)] if sums else seen
        count += 1
    for index, (norm, momentum) in enumerate(zip(norms, momenta, strict=True)):
        norm.momentum = momentum
        norm.moving_mean.assign(sums[2 * index] / count)
        norm.moving_variance.assign(sums[2 * index + 1] / count)

"""Weights from one network to another, layer by layer, by name."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

LayerWeights = dict[str, list[NDArray[np.float32]]]
"""By layer name, in the order of `layer.get_weights()`; layers without weights are not in it."""


def weights_of(model: Any) -> LayerWeights:
    """Every weight of a Keras model."""
    return {layer.name: layer.get_weights() for layer in model.layers if layer.weights}


def transfer(source: LayerWeights, model: Any) -> frozenset[str]:
    """Give a Keras model's layers the weights of the same name and shapes; the others keep their own.

    Returns:
        The names of the layers that were given weights.
    """
    fitting = {
        layer.name: layer
        for layer in model.layers
        if layer.weights and _shapes(source.get(layer.name, [])) == _shapes(layer.weights)
    }
    for name, layer in fitting.items():
        layer.set_weights(source[name])
    return frozenset(fitting)


def _shapes(weights: list[Any]) -> list[tuple[int, ...]]:
    return [tuple(value.shape) for value in weights]

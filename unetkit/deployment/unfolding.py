"""The way back from the folded network: its weights, in the layers of the network that it was made of."""

from typing import Any

import numpy as np

from unetkit.deployment.network import affine_of, foldable


def unfold(network: Any, model: Any) -> None:
    """Give a model the weights of its folded form, so that both compute the same.

    A norm that was folded into a convolution of kernel K by `y = s * (K x) + t` stood for the kernel `K' = s * K`. The
    convolution now gets K' itself and the norm passes its output on: `gamma = sqrt(variance + epsilon)`, with the mean
    and variance that the output of K' has, `s * mean` and `s^2 * variance`, for whoever trains on with batch norm.

    Args:
        network: folded, as `for_inference` gave it of the model, in the model's own colour order; trained since.
        model: changed in place.
    """
    folds = foldable(model)
    norms = {norm.name for norm in folds.values()}
    for layer in model.layers:
        if not layer.weights or layer.name in norms:
            continue
        weights = network.get_layer(layer.name).get_weights()
        if layer.name not in folds:
            layer.set_weights(weights)
            continue
        *kernels, bias = weights
        layer.set_weights([*kernels, np.zeros_like(bias)] if layer.use_bias else kernels)
        _pass_on(folds[layer.name], bias)


def _pass_on(norm: Any, bias: Any) -> None:
    """Let a norm add the bias and do nothing else."""
    scale = affine_of(norm).scale
    mean, variance = scale * norm.moving_mean.numpy(), scale**2 * norm.moving_variance.numpy()
    if norm.gamma is None:  # only its statistics can keep the scale at 1,
        variance = np.full_like(variance, 1 - norm.epsilon)
    else:
        norm.gamma.assign(np.sqrt(variance + norm.epsilon))
    if norm.beta is None:  # and only its mean can hold the bias
        mean = -bias
    else:
        norm.beta.assign(bias + mean)
    norm.moving_mean.assign(mean)
    norm.moving_variance.assign(variance)

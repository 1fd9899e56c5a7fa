"""One network in several versions, each with one kind of layer exchanged for another."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from unetkit.trainer.networks import NETWORKS, Network

Exchange = Callable[[Any], Any]
"""A layer of the network -> the layer that stands in its place; None leaves it as it is."""


def variant(base: str, name: str, exchange: Exchange) -> Network:
    """A network like `base` with layers exchanged, to train by its own name.

    Args:
        base: name of a network.
        name: of the variant.
        exchange: what becomes of each layer.
    """
    original = NETWORKS[base]
    return Network(
        name=name,
        builder=partial(_built, original, name, exchange),
        depths=original.depths,
        color_order=original.color_order,
        scale=original.scale,
        zero_point=original.zero_point,
        scores=original.scores,
    )


def _built(
    original: Network,
    name: str,
    exchange: Exchange,
    height: int | None,
    width: int | None,
    channels: int,
    activation: str | None,
    *,
    multiplier: float,
    depth: int,
) -> Any:
    import keras

    network = original.build(height, width, channels, activation, multiplier=multiplier, depth=depth)

    def clone(layer: Any) -> Any:
        return exchange(layer) or type(layer).from_config(layer.get_config())

    def call(layer: Any, *args: Any, mask: Any = None, **kwargs: Any) -> Any:  # noqa: ARG001
        return layer(*args, **kwargs)  # a batch norm is called with a mask, which nothing else here takes

    changed = keras.models.clone_model(network, clone_function=clone, call_function=call)
    for layer in changed.layers:
        weights = network.get_layer(layer.name).get_weights() if layer.weights else []
        if weights and [each.shape for each in weights] == [each.shape for each in layer.weights]:
            layer.set_weights(weights)  # all versions start alike
    return keras.Model(changed.inputs, changed.outputs, name=name)


def exchanges() -> Mapping[str, Exchange]:
    """The versions that were compared, by name; the first is the network as it is."""
    from keras import layers

    def upsampling(make: Callable[[Any], Any]) -> Exchange:
        return lambda layer: make(layer) if isinstance(layer, layers.UpSampling2D) else None

    def activation(make: Callable[[str], Any]) -> Exchange:
        return lambda layer: make(layer.name) if isinstance(layer, layers.ReLU) else None

    def transposed(layer: Any) -> Any:
        return layers.Conv2DTranspose(layer.output.shape[-1], 2, strides=2, use_bias=False, name=layer.name)

    def without_norm(layer: Any) -> Any:
        if isinstance(layer, layers.BatchNormalization):
            return layers.Identity(name=layer.name)
        if isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D):
            return type(layer).from_config({**layer.get_config(), "use_bias": True})
        return None

    return {
        "nearest, ReLU, batch norm": lambda layer: None,  # noqa: ARG005
        "bilinear": upsampling(lambda layer: layers.UpSampling2D(2, interpolation="bilinear", name=layer.name)),
        "transposed convolution": upsampling(transposed),
        "ReLU6": activation(lambda name: layers.ReLU(6.0, name=name)),
        "hard swish": activation(lambda name: layers.Activation("hard_swish", name=name)),
        "SiLU": activation(lambda name: layers.Activation("silu", name=name)),
        "no norm": without_norm,
    }

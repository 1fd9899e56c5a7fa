"""The trained network, rebuilt for inference: the same function in layers that every engine runs and quantises well.

- batch norm behind a linear convolution is folded into it: tf2onnx leaves a Mul and an Add behind depthwise ones;
- an RGB network takes BGR: the input channels of its first convolutions are reversed;
- nearest upsampling becomes one resize: Keras' own is Reshape and Tile, which neither quantiser understands;
- an activation inside a convolution that no engine fuses (all but ReLU) becomes a layer, so that its input has a name;
- dropout is gone, and every layer computes in float32, whatever policy it was trained with.
"""

from typing import Any

from unetkit.contract.spec import InputSpec
from unetkit.deployment.folding import ChannelAffine, KernelLayout, with_input_channels_reversed
from unetkit.deployment.topology import Topology
from unetkit.errors import ArtifactError

_LAYOUTS: dict[str, KernelLayout] = {
    "Conv2D": "conv",
    "SeparableConv2D": "conv",  # its pointwise kernel
    "DepthwiseConv2D": "depthwise",
    "Conv2DTranspose": "transpose",
}
_GONE = {"Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout"}


def for_inference(model: Any, spec: InputSpec) -> Any:
    """Rebuild a Keras functional model for export.

    Args:
        model: normalised float32 (N, H, W, 3), in the spec's colour order -> scores (N, H, W, C); H and W may be open.
        spec: the model's input.

    Returns:
        A Keras model of fixed H and W from normalised float32 BGR to the same scores, up to float32 rounding.

    Raises:
        ArtifactError: an RGB model whose input feeds a layer that cannot take the colour order over.
    """
    import keras

    # A Sequential has no topology, and a name that Keras counts up would make each export's bytes differ.
    model = keras.Model(model.inputs, model.outputs, name="network")
    topology = Topology.of(model)
    folds = foldable(model)
    activated = {layer.name: layer.activation for layer in model.layers if _has_own_activation(layer)}
    skipped = {norm.name for norm in folds.values()} | {
        layer.name for layer in model.layers if type(layer).__name__ in _GONE
    }

    def clone(layer: Any) -> Any:
        config = layer.get_config()
        if isinstance(layer, keras.Layer):  # else a bare operation, which has no policy
            config["dtype"] = "float32"
        if layer.name in folds:
            config["use_bias"] = True
        if layer.name in activated:
            config["activation"] = "linear"
        return type(layer).from_config(config)

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        if layer.name in skipped:
            return args[0]
        if type(layer).__name__ == "UpSampling2D" and layer.interpolation == "nearest":
            height, width = (side * factor for side, factor in zip(args[0].shape[1:3], layer.size, strict=True))
            return keras.ops.image.resize(args[0], (height, width), interpolation="nearest")
        given = layer(*args, **kwargs)
        if layer.name in activated:
            name = f"{layer.name}_{activated[layer.name].__name__}"
            return keras.layers.Activation(activated[layer.name], dtype="float32", name=name)(given)
        return given

    (entry,) = topology.inputs
    frame = keras.Input((*spec.hw, 3), name=entry)
    network = keras.models.clone_model(model, input_tensors=[frame], clone_function=clone, call_function=call)
    for layer in network.layers:
        if layer.weights:
            _copy_weights(model.get_layer(layer.name), folds.get(layer.name), layer)
    if spec.color_order == "rgb":
        for name in topology.consumers(entry):
            _take_bgr(network.get_layer(name))
    return network


def foldable(model: Any) -> dict[str, Any]:
    """Batch norms of a functional model, by the name of the convolution each can be folded into."""
    topology, folds = Topology.of(model), {}
    for norm in model.layers:
        if type(norm).__name__ != "BatchNormalization" or norm.axis not in {-1, 3}:
            continue
        source = topology.only_source(norm.name)
        if source is None or not topology.feeds_only(source, norm.name):
            continue
        producer = model.get_layer(source)
        if type(producer).__name__ in _LAYOUTS and producer.activation.__name__ == "linear":
            folds[source] = norm
    return folds


def affine_of(norm: Any) -> ChannelAffine:
    """What a Keras batch norm does at inference."""
    return ChannelAffine.of_batch_norm(
        gamma=None if norm.gamma is None else norm.gamma.numpy(),
        beta=None if norm.beta is None else norm.beta.numpy(),
        mean=norm.moving_mean.numpy(),
        variance=norm.moving_variance.numpy(),
        epsilon=norm.epsilon,
    )


def _has_own_activation(layer: Any) -> bool:
    return type(layer).__name__ in _LAYOUTS and layer.activation.__name__ not in {"linear", "relu", "relu6"}


def _copy_weights(source: Any, norm: Any | None, target: Any) -> None:
    weights = source.get_weights()
    if norm is None:
        target.set_weights(weights)
        return
    affine = affine_of(norm)
    *kernels, bias = weights if source.use_bias else (*weights, None)
    kernels[-1] = affine.into_kernel(kernels[-1], _LAYOUTS[type(source).__name__])
    target.set_weights([*kernels, affine.into_bias(bias)])


def _take_bgr(layer: Any) -> None:
    kernels = layer.get_weights()
    kind = type(layer).__name__
    if kind == "Conv2D" and layer.groups == 1:
        kernels[0] = with_input_channels_reversed(kernels[0])
    elif kind == "SeparableConv2D":
        kernels[0] = with_input_channels_reversed(kernels[0])
        kernels[1] = with_input_channels_reversed(kernels[1], multiplier=layer.depth_multiplier)
    else:
        raise ArtifactError(
            f"the RGB input feeds layer {layer.name} ({kind}); only Conv2D and SeparableConv2D can take BGR over"
        )
    layer.set_weights(kernels)

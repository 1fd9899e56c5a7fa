"""Encoders out of keras.applications: published classifiers without their top.

MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381), MobileNetV3 (Howard et al. 2019, arXiv:1905.02244) and
EfficientNetV2-B0 (Tan and Le 2021, arXiv:2104.00298), layer for layer and under Keras' own layer names, so that the
weights Keras publishes fit.
"""

from dataclasses import dataclass, field
from typing import Any

from unetkit.trainer.networks.blocks import BATCH_NORM_MOMENTUM

SMALLEST = 32  # pixels a side; Keras builds none of them for less
_TF_PIXELS = (127.5, 127.5, 127.5)


@dataclass(frozen=True, kw_only=True)
class Application:
    """One of Keras' classifiers.

    Attributes:
        factory: its name in keras.applications.
        entries: the layers that take in its maps at strides 2, 4, 8, 16 and 32, each the first of what comes next:
            the block that halves the map, at the end the widening in front of the classifier. What flows into them is
            narrow (a block widens inside), and holds all that the coarser maps are made of.
        stem: its first convolution and the batch norm behind it.
        pixel_mean: RGB, in bytes; it was trained on `(byte - pixel_mean) / pixel_deviation`.
        pixel_deviation: RGB, in bytes.
        options: of its factory.
    """

    factory: str
    entries: tuple[str, str, str, str, str]
    stem: tuple[str, str]
    pixel_mean: tuple[float, float, float] = _TF_PIXELS
    pixel_deviation: tuple[float, float, float] = _TF_PIXELS
    options: dict[str, Any] = field(default_factory=dict)

    def build(self, **options: Any) -> Any:
        """The Keras model from scaled RGB to its last map, of random weights unless `options` say otherwise."""
        import keras

        return getattr(keras.applications, self.factory)(
            **{"include_top": False, "weights": None} | self.options | options
        )


def application_pyramid(frame: Any, application: Application, depth: int) -> list[Any]:
    """Feature maps at strides 2, 4, ..., 2**depth.

    Args:
        frame: float32 (N, H, W, 3), RGB, `(byte - 127) / 128`; H and W may be open.
        application: whose maps.
        depth: 1 to 5.
    """
    encoder = application.build(input_tensor=frame)
    for layer in encoder.layers:
        if type(layer).__name__ == "BatchNormalization":
            layer.momentum = BATCH_NORM_MOMENTUM  # published ones are kept as they are; 0.999 never gets there
    return [encoder.get_layer(name).input for name in application.entries[:depth]]


_UNSCALED = {"include_preprocessing": False}  # else a Rescaling stands between the frame and the first convolution

APPLICATIONS = {
    "mobilenet_v2": Application(
        factory="MobileNetV2",
        entries=("block_1_expand", "block_3_expand", "block_6_expand", "block_13_expand", "Conv_1"),
        stem=("Conv1", "bn_Conv1"),
    ),
    "mobilenet_v3_small": Application(
        factory="MobileNetV3Small",
        entries=(
            "expanded_conv_depthwise_pad",
            "expanded_conv_1_expand",
            "expanded_conv_3_expand",
            "expanded_conv_8_expand",
            "conv_1",
        ),
        stem=("conv", "conv_bn"),
        options=_UNSCALED,
    ),
    "mobilenet_v3_large": Application(
        factory="MobileNetV3Large",
        entries=(
            "expanded_conv_1_expand",
            "expanded_conv_3_expand",
            "expanded_conv_6_expand",
            "expanded_conv_12_expand",
            "conv_1",
        ),
        stem=("conv", "conv_bn"),
        options=_UNSCALED,
    ),
    "efficientnet_v2_b0": Application(
        factory="EfficientNetV2B0",
        entries=(
            "block2a_expand_conv",
            "block3a_expand_conv",
            "block4a_expand_conv",
            "block6a_expand_conv",
            "top_conv",
        ),
        stem=("stem_conv", "stem_bn"),
        # ImageNet's own, where the other three take pixels from -1 to 1.
        pixel_mean=(123.675, 116.28, 103.53),
        pixel_deviation=(58.395, 57.12, 57.375),
        options=_UNSCALED,
    ),
}

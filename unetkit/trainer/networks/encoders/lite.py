"""EfficientNet-Lite (Tan and Le 2019, arXiv:1905.11946; Google's Lite variants of 2020): made to be quantised.

ReLU6 instead of swish and no squeeze-and-excitation, so every layer runs in int8. Layer for layer the published network
up to its last stage but one (192 channels in Lite0), so that its ImageNet weights fit; the last stage and the
classifier are left out here.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from unetkit.trainer.networks.blocks import rounded_filters

NORM_EPSILON = 1e-3
NORM_MOMENTUM = 0.99
STEM = 32
# of Lite0: repeats, kernel, stride of the first, expansion, filters
STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192))
MAX_DEPTH = 5


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """How much wider and deeper than Lite0 a network of the family is; its stem and first stage are not deeper.

    Attributes:
        width: of the filters, which are rounded to multiples of 8.
        depth: of the repeats, rounded up.
    """

    width: float = 1.0
    depth: float = 1.0

    def stages(self) -> Iterator[tuple[int, int, int, int, int]]:
        """As in `STAGES`."""
        for place, (repeats, kernel, stride, expand, filters) in enumerate(STAGES):
            deeper = math.ceil(self.depth * repeats) if place else repeats
            yield deeper, kernel, stride, expand, rounded_filters(self.width * filters)


LITES: Mapping[str, Scaling] = {"lite0": Scaling(), "lite2": Scaling(width=1.1, depth=1.2)}


def lite_pyramid(frame: Any, depth: int = MAX_DEPTH, scaling: Scaling = LITES["lite0"]) -> list[Any]:
    """Feature maps at strides 2, 4, ..., 2**depth.

    Args:
        frame: float32 (N, H, W, 3), RGB, `(byte - 127) / 128`.
        depth: 2 to 5; of Lite0 16, 24, 40, 112 and 192 channels.
        scaling: which of the family.
    """
    pyramid: list[Any] = []
    x = conv_norm_relu6(frame, STEM, kernel=3, stride=2, name="stem")
    block = 0
    for repeats, kernel, stride, expand, filters in scaling.stages():
        if stride == 2:
            pyramid.append(x)
            if len(pyramid) == depth:
                return pyramid
        for repeat in range(repeats):
            step = stride if repeat == 0 else 1
            x = mobile_block(x, filters, expand=expand, kernel=kernel, stride=step, name=f"block{block}")
            block += 1
    return [*pyramid, x]


def mobile_block(x: Any, filters: int, *, expand: int, kernel: int, stride: int, name: str) -> Any:
    """Expand, filter each channel, project; the input is added when shapes allow (Sandler et al. 2018)."""
    from keras import layers

    y = conv_norm_relu6(x, x.shape[-1] * expand, kernel=1, stride=1, name=f"{name}_expand") if expand > 1 else x
    y = layers.DepthwiseConv2D(kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise_conv")(y)
    y = _norm(f"{name}_depthwise_norm")(y)
    y = layers.ReLU(6.0, name=f"{name}_depthwise_relu")(y)
    y = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project_conv")(y)
    y = _norm(f"{name}_project_norm")(y)
    return layers.Add(name=f"{name}_add")([x, y]) if stride == 1 and filters == x.shape[-1] else y


def conv_norm_relu6(x: Any, filters: int, *, kernel: int, stride: int, name: str) -> Any:
    """Convolution, batch norm, ReLU6."""
    from keras import layers

    x = layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_conv")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(_norm(f"{name}_norm")(x))


def _norm(name: str) -> Any:
    from keras import layers

    return layers.BatchNormalization(momentum=NORM_MOMENTUM, epsilon=NORM_EPSILON, name=name)

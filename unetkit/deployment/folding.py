"""Batch normalisation and colour order, folded into the weights of a convolution. Arithmetic only, no Keras.

At inference a batch norm is affine, one pair a channel: `y = (x - mean) / sqrt(variance + epsilon) * gamma + beta`
(Ioffe and Szegedy 2015, arXiv:1502.03167), so after a linear convolution it is the same convolution with scaled output
channels and another bias. Nothing is folded *before* a convolution: its padding would have to change too.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float32]
Exact = NDArray[np.float64]
KernelLayout = Literal["conv", "depthwise", "transpose"]  # HWIO, HWIM (M outputs an input channel), HWOI


@dataclass(frozen=True, kw_only=True)
class ChannelAffine:
    """`y = scale * x + shift`, a pair for each channel; float64 (C,), so that folding rounds only once."""

    scale: Exact
    shift: Exact

    @classmethod
    def of_batch_norm(
        cls, *, gamma: Weights | None, beta: Weights | None, mean: Weights, variance: Weights, epsilon: float
    ) -> "ChannelAffine":
        """The affine map of a trained batch norm; gamma None is 1, beta None is 0."""
        scale = 1 / np.sqrt(variance.astype(np.float64) + epsilon)
        if gamma is not None:
            scale = scale * gamma
        shift = -mean * scale
        return cls(scale=scale, shift=shift if beta is None else shift + beta)

    def into_kernel(self, kernel: Weights, layout: KernelLayout) -> Weights:
        """The kernel, float32 of rank 4, with its output channels scaled."""
        if layout == "transpose":
            factors = self.scale[:, np.newaxis]
        elif layout == "depthwise":
            factors = self.scale.reshape(kernel.shape[2:])
        else:
            factors = self.scale
        return np.asarray(kernel * factors, np.float32)

    def into_bias(self, bias: Weights | None) -> Weights:
        """The bias, float32 (C,), of the folded convolution; None is 0."""
        inner: Any = 0 if bias is None else bias
        return np.asarray(self.scale * inner + self.shift, np.float32)


def with_input_channels_reversed(kernel: Weights, *, multiplier: int = 1) -> Weights:
    """An HWIO kernel that answers to reversed input channels as the given one does to the originals.

    Args:
        kernel: float32 (kh, kw, channels * multiplier, outputs).
        multiplier: how many input planes come from each channel, as behind a depthwise step; 1 without one.
    """
    height, width, planes, outputs = kernel.shape
    grouped = kernel.reshape(height, width, planes // multiplier, multiplier, outputs)
    return np.ascontiguousarray(grouped[:, :, ::-1].reshape(kernel.shape))

"""Scales of int8 weights, and what rounding them does to a layer's mean.

x86 processors without VNNI multiply unsigned by signed bytes with `vpmaddubsw`: two neighbouring products are added in
16 bits, and past 32,767 the sum saturates, silently. Weights of 7 bits (ONNX Runtime's `reduce_range`) never get there
and lose a bit for it. But only neighbours that are both large do: with scales under which two neighbours of one sign
never exceed 128 together, nothing saturates (255 * 128 = 32,640), and a layer keeps most of the eighth bit. Depthwise
layers have a kernel of their own, which adds in 32 bits: they keep all of it.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Kernel = NDArray[np.float32]  # (outputs, inputs a group, kh, kw)
WeightScales = Callable[[Kernel, int], NDArray[np.float32]]  # kernel, groups -> a scale for each output
LARGEST = 127
LARGEST_PAIR = 127.5  # each of two weights may be rounded up by a half: 128.5, so 128 at most
SMALLEST_SCALE = 1e-12  # of a channel that is all zero


def plain_scales(kernel: Kernel) -> NDArray[np.float32]:
    """float32 (outputs,): the largest weight of each output channel becomes 127."""
    largest = np.abs(kernel.reshape(len(kernel), -1)).max(axis=1)
    return np.asarray(np.maximum(largest / LARGEST, SMALLEST_SCALE), np.float32)


def unsaturated_scales(kernel: Kernel, groups: int) -> NDArray[np.float32]:
    """The same, but where two neighbours would exceed 128 together, as much larger as it takes.

    Neighbours are neighbours in the order that ONNX Runtime multiplies in: rows, columns, then channels fastest.
    """
    scales = plain_scales(kernel)
    if kernel.shape[1] == 1 and groups == len(kernel):
        return scales
    ordered = kernel.transpose(0, 2, 3, 1).reshape(len(kernel), -1)
    left, right = ordered[:, :-1], ordered[:, 1:]
    pairs = np.where(left * right > 0, np.abs(left + right), 0)
    return np.asarray(np.maximum(scales, pairs.max(axis=1, initial=0) / LARGEST_PAIR), np.float32)


def rounded(kernel: Kernel, scales: NDArray[np.float32]) -> Kernel:
    """The kernel as it is read back: a scale for each output channel."""
    factors = scales.reshape(-1, 1, 1, 1)
    return np.asarray(np.clip(np.round(kernel / factors), -128, LARGEST) * factors, np.float32)


def corrected_bias(
    bias: NDArray[np.float32], kernel: Kernel, given: Kernel, input_means: NDArray[np.float64], *, groups: int
) -> NDArray[np.float32]:
    """The bias that keeps the layer's mean: `b - E[(given - kernel) * x]` (Nagel et al. 2019, arXiv:1906.04721).

    Args:
        bias: float32 (outputs,).
        kernel: as trained.
        given: as it is read back.
        input_means: float64 (inputs,), mean of each input channel; zeros at padded borders are not counted.
        groups: of the convolution.
    """
    error = (given.astype(np.float64) - kernel).sum(axis=(2, 3))  # (outputs, inputs a group)
    means = np.repeat(input_means.reshape(groups, -1), len(kernel) // groups, axis=0)
    return np.asarray(bias - (error * means).sum(axis=1), np.float32)

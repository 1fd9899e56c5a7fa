"""Folded weights against the definition of what they replace, written as plain loops."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from unetkit.deployment.folding import ChannelAffine, KernelLayout, with_input_channels_reversed

RANDOM = np.random.default_rng(7)


def normal(*shape: int) -> NDArray[np.float32]:
    return RANDOM.normal(size=shape).astype(np.float32)


def test_a_batch_norm_is_the_affine_map_of_its_definition() -> None:
    # y = (x - 3) / sqrt(3.99 + 0.01) * 10 + 1 = 5 x - 14
    affine = ChannelAffine.of_batch_norm(
        gamma=np.array([10], np.float32),
        beta=np.array([1], np.float32),
        mean=np.array([3], np.float32),
        variance=np.array([3.99], np.float32),
        epsilon=0.01,
    )
    assert affine.scale == pytest.approx([5])
    assert affine.shift == pytest.approx([-14])


def test_a_batch_norm_without_gamma_and_beta_has_one_and_zero_in_their_place() -> None:
    affine = ChannelAffine.of_batch_norm(
        gamma=None, beta=None, mean=np.array([3], np.float32), variance=np.array([4], np.float32), epsilon=0.0
    )
    assert affine.scale == pytest.approx([0.5])
    assert affine.shift == pytest.approx([-1.5])


@pytest.mark.parametrize(
    ("layout", "shape", "channel_of"),
    [
        ("conv", (2, 2, 3, 4), lambda index: index[3]),
        ("transpose", (2, 2, 4, 3), lambda index: index[2]),
        ("depthwise", (2, 2, 2, 2), lambda index: index[2] * 2 + index[3]),  # output = input * multiplier + m
        ("depthwise", (2, 2, 4, 1), lambda index: index[2]),
    ],
)
def test_each_weight_is_scaled_by_its_own_output_channel(
    layout: KernelLayout, shape: tuple[int, ...], channel_of: Callable[[tuple[int, ...]], int]
) -> None:
    kernel = normal(*shape)
    affine = ChannelAffine(scale=np.array([1.0, 2.0, 3.0, 4.0]), shift=np.zeros(4))
    folded = affine.into_kernel(kernel, layout)
    assert folded.dtype == np.float32
    for index in np.ndindex(*shape):
        assert folded[index] == pytest.approx(kernel[index] * (channel_of(index) + 1))


@pytest.mark.parametrize(("bias", "expected"), [(None, [7.0]), (np.array([2], np.float32), [13.0])])
def test_the_bias_goes_through_the_affine_map(bias: NDArray[np.float32] | None, expected: list[float]) -> None:
    folded = ChannelAffine(scale=np.array([3.0]), shift=np.array([7.0])).into_bias(bias)
    assert folded.dtype == np.float32
    assert folded == pytest.approx(expected)


def test_reversed_kernels_read_reversed_channels() -> None:
    kernel, pixel = normal(1, 1, 3, 5), normal(3)
    reversed_kernel = with_input_channels_reversed(kernel)
    assert pixel[::-1] @ reversed_kernel[0, 0] == pytest.approx(pixel @ kernel[0, 0], rel=1e-5)


def test_planes_behind_a_depthwise_step_are_reversed_a_channel_at_a_time() -> None:
    kernel = np.arange(6, dtype=np.float32).reshape(1, 1, 6, 1)  # planes: b b g g r r
    assert with_input_channels_reversed(kernel, multiplier=2).ravel().tolist() == [4, 5, 2, 3, 0, 1]

"""The guided filter, against He's formula worked out pixel by pixel in double precision."""

import numpy as np
import pytest
from numpy.typing import NDArray

from unetkit.contract.arrays import AnyArray, BgrFrame
from unetkit.contract.buffers import Buffers
from unetkit.contract.guide import Guide, apply_fit

Floats = NDArray[np.float64]


def _windows(array: AnyArray, radius: int) -> Floats:
    """Every pixel's square, mirrored at the borders: (H, W, side, side, ...)."""
    pad = [(radius, radius)] * 2 + [(0, 0)] * (array.ndim - 2)
    padded = np.pad(array.astype(np.float64), pad, mode="reflect")
    side = 2 * radius + 1
    height, width = array.shape[:2]
    return np.array([[padded[y : y + side, x : x + side] for x in range(width)] for y in range(height)])


def _filtered(picture: BgrFrame, plane: AnyArray, radius: int, epsilon: float) -> Floats:
    """He et al. 2013, equations 19 to 21, with numpy's own solver."""
    height, width = plane.shape
    colors, values = _windows(picture / 255, radius), _windows(plane, radius)
    slopes, constants = np.empty((height, width, 3)), np.empty((height, width))
    for y in range(height):
        for x in range(width):
            guide, value = colors[y, x].reshape(-1, 3), values[y, x].ravel()
            covariance = np.cov(guide.T, bias=True) + epsilon * np.eye(3)
            both = (guide * value[:, np.newaxis]).mean(0) - guide.mean(0) * value.mean()
            slopes[y, x] = np.linalg.solve(covariance, both)
            constants[y, x] = value.mean() - slopes[y, x] @ guide.mean(0)
    mean_slopes, mean_constants = _windows(slopes, radius).mean((2, 3)), _windows(constants, radius).mean((2, 3))
    return np.asarray((mean_slopes * picture / 255).sum(2) + mean_constants)


def _ours(picture: BgrFrame, plane: AnyArray, radius: int, epsilon: float) -> AnyArray:
    out = np.empty(plane.shape, np.float32)
    colors = picture.astype(np.float32)
    apply_fit(Guide(picture, radius_px=radius, epsilon=epsilon).fit(plane), colors, out, Buffers())
    return out


@pytest.mark.parametrize("epsilon", [1e-4, 1e-2])
@pytest.mark.parametrize("kind", ["colours", "grey", "flat"])
def test_a_plane_is_filtered_as_the_formula_says(kind: str, epsilon: float) -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (14, 17, 3), np.uint8)
    if kind == "grey":  # the colours' covariances have rank 1: only epsilon keeps them solvable
        picture[...] = picture[..., :1]
    elif kind == "flat":
        picture[...] = 90
    plane = rng.random((14, 17)).astype(np.float32)
    # float32 sums of bytes squared, and a condition number of up to 1 / epsilon
    np.testing.assert_allclose(_ours(picture, plane, 2, epsilon), _filtered(picture, plane, 2, epsilon), atol=2e-3)


def test_a_plane_that_is_linear_in_the_colours_stays_as_it_is() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (20, 20, 3), np.uint8)
    plane = (picture @ np.array([0.001, -0.002, 0.003]) + 0.25).astype(np.float32)
    np.testing.assert_allclose(_ours(picture, plane, 3, 1e-9), plane, atol=2e-3)


def test_a_blurred_outline_moves_to_the_picture_s_edge() -> None:
    picture = np.full((40, 40, 3), 60, np.uint8)
    picture[:, 20:] = (90, 160, 200)
    plane = np.tile(np.linspace(0, 1, 40, dtype=np.float32).clip(0.3, 0.7), (40, 1))  # half at 19.5, but flat
    found = _ours(picture, plane, 8, 1e-4)
    assert np.diff(found[20])[19] > 5 * np.abs(np.delete(np.diff(found[20]), 19)).max()

"""The guided filter: a plane made to follow the edges of a picture.

He, Sun, Tang 2013, "Guided Image Filtering" (TPAMI), section 5.2, with a colour guide: around each pixel the plane is
taken for a linear function of the picture's three colours, `p = a . I + b`, fitted by least squares over a square, with
`epsilon |a|^2` against overfitting. He and Sun 2015, "Fast Guided Filter" (arXiv:1505.00996): the fits are made on a
small copy, and only `a` and `b`, which vary slowly, are enlarged.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from unetkit.contract.arrays import AnyArray, BgrFrame
from unetkit.contract.buffers import Buffers

_FULL = 255.0
_SUM = np.ones((1, 3), np.float32)  # of three channels
Planes = Sequence[AnyArray]


class Guide:
    """A small picture, made ready to fit planes of its size to.

    Args:
        picture: uint8 (h, w, 3).
        radius_px: half the side of the square, in the picture's pixels.
        epsilon: of colours in 0..1: where the local variance is well below it, the plane is only smoothed.
    """

    def __init__(self, picture: BgrFrame, *, radius_px: int, epsilon: float) -> None:
        self._kernel_wh = 2 * radius_px + 1, 2 * radius_px + 1
        self._colors = cv2.split(picture.astype(np.float32))
        self._means = [self._mean(color) for color in self._colors]
        self._factor(epsilon * _FULL**2)

    def fit(self, plane: AnyArray) -> list[AnyArray]:
        """The coefficients of blue, green and red (of bytes) and the constant, each float32 (h, w), averaged.

        Args:
            plane: float32 (h, w).
        """
        mean, product = self._mean(plane), np.empty_like(plane)
        covariances = []
        for color, color_mean in zip(self._colors, self._means, strict=True):
            covariance = self._mean(np.multiply(color, plane, out=product))
            covariance -= np.multiply(color_mean, mean, out=product)
            covariances.append(covariance)
        slopes = self._solve(covariances)
        for slope, color_mean in zip(slopes, self._means, strict=True):
            mean -= np.multiply(slope, color_mean, out=product)
        return [cv2.blur(each, self._kernel_wh, dst=each) for each in (*slopes, mean)]

    def _factor(self, epsilon: float) -> None:
        """The colours' covariances + epsilon as L D L^T, pixel by pixel: stable also where a picture is grey."""
        cov = {}
        for row in range(3):
            for column in range(row + 1):
                product = self._colors[row] * self._colors[column]
                cov[row, column] = self._mean(product)
                cov[row, column] -= np.multiply(self._means[row], self._means[column], out=product)
            cov[row, row] += np.float32(epsilon)
        d0, s10, s20, s21 = cov[0, 0], cov[1, 0], cov[2, 0], cov[2, 1]
        l10, l20 = s10 / d0, s20 / d0
        d1 = cov[1, 1] - l10 * s10
        l21 = (s21 - l20 * s10) / d1
        d2 = cov[2, 2] - l20 * s20 - l21 * l21 * d1
        self._lower, self._diagonal = (l10, l20, l21), (d0, d1, d2)

    def _solve(self, right: list[AnyArray]) -> list[AnyArray]:
        """Solve for the three slopes, in place."""
        x0, x1, x2 = right
        (l10, l20, l21), (d0, d1, d2) = self._lower, self._diagonal
        x1 -= l10 * x0
        x2 -= l20 * x0
        x2 -= l21 * x1
        x2 /= d2
        x1 /= d1
        x1 -= l21 * x2
        x0 /= d0
        x0 -= l10 * x1
        x0 -= l20 * x2
        return right

    def _mean(self, plane: AnyArray) -> AnyArray:
        return np.asarray(cv2.blur(plane, self._kernel_wh))


def apply_fit(coefficients: Planes, colors: AnyArray, out: AnyArray, buffers: Buffers) -> None:
    """Write `a . I + b` at the size of `colors` into `out`.

    Args:
        coefficients: of `Guide.fit`, of any size.
        colors: the picture, float32 (H, W, 3) BGR, 0..255.
        out: float32 (H, W).
        buffers: memory to work in.
    """
    size_wh = out.shape[1], out.shape[0]
    *slopes, constant = coefficients
    slope = cv2.resize(cv2.merge(slopes), size_wh, dst=buffers.empty(colors.shape, np.float32))
    cv2.multiply(slope, colors, dst=slope)
    cv2.transform(slope, _SUM, dst=out)
    cv2.add(out, cv2.resize(constant, size_wh, dst=buffers.empty(out.shape, np.float32)), dst=out)

"""Outlines in picture coordinates -> the pixels whose centres they enclose."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import Labels

Points = NDArray[np.float64]  # (P, 2) x, y in pixels; (0, 0) is the upper left corner of the first pixel

_CIRCLE_CORNERS = 72


@dataclass(frozen=True, slots=True)
class Polygon:
    """One object: the union of closed outlines, each filled by the even-odd rule.

    Pixel (row r, column c) belongs to it where its centre (c + 0.5, r + 0.5) lies inside, so the area is kept and
    outlines that share an edge share no pixel. `cv2.fillPoly` also draws the outline itself, which makes blobs of
    radius 2, 8 and 40 pixels larger by 77, 17 and 3 per cent; pycocotools keeps the area, as here.
    """

    rings: tuple[Points, ...]

    @property
    def area(self) -> float:
        """Sum of the outlines' areas in square pixels, by the shoelace formula."""
        return sum(_area(ring) for ring in self.rings)

    def paint(self, labels: Labels, value: int) -> int:
        """Write `value` where it covers `labels`, uint8 (H, W).

        Returns:
            Number of pixels; 0 where it is thinner than the distance of the centres.

        Raises:
            ValueError: it lies outside of the picture.
        """
        height, width = labels.shape
        everything = np.concatenate(self.rings)
        first, last = everything.min(0), everything.max(0)
        if last[0] < 0 or last[1] < 0 or first[0] > width or first[1] > height:
            raise ValueError(
                f"lies outside of the picture: x {first[0]:g}..{last[0]:g}, y {first[1]:g}..{last[1]:g} "
                f"in {width}x{height} pixels (width x height)"
            )
        return sum(_fill(labels, ring, value) for ring in self.rings)

    def content(self) -> bytes:
        """Bytes that change with it."""
        return b"".join(len(ring).to_bytes(4, "big") + ring.astype("<f8").tobytes() for ring in self.rings)


def ring_of(numbers: Sequence[float]) -> Points:
    """x, y, x, y, ... as points.

    Raises:
        ValueError: an odd count, or a value that is no finite number.
    """
    flat = np.array(numbers, dtype=np.float64)
    if flat.ndim != 1 or len(flat) % 2 or not np.isfinite(flat).all():
        raise ValueError("expected finite numbers x, y, x, y, ...")
    return flat.reshape(-1, 2)


def rectangle(corner: Points, opposite: Points) -> Points:
    """The outline between two opposite corners, each (2,)."""
    (left, top), (right, bottom) = corner, opposite
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def circle(centre: Points, edge: Points) -> Points:
    """The outline around a centre through a point, each (2,), as a polygon of 72 corners (0.13 % less area)."""
    angles = 2 * np.pi * np.arange(_CIRCLE_CORNERS) / _CIRCLE_CORNERS
    radius = float(np.hypot(*(edge - centre)))
    return np.asarray(centre + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1))


def _area(ring: Points) -> float:
    x, y = (ring - ring.mean(0)).T if len(ring) else (np.zeros(0), np.zeros(0))
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def _fill(labels: Labels, ring: Points, value: int) -> int:
    """Even-odd: along each row of centres, every edge that is crossed toggles all pixels to its right."""
    height, width = labels.shape
    start, end = ring, np.roll(ring, -1, axis=0)
    upwards = start[:, 1:] > end[:, 1:]
    (x0, y0), (x1, y1) = np.where(upwards, end, start).T, np.where(upwards, start, end).T
    top, bottom = (np.ceil(y - 0.5).clip(0, height).astype(np.intp) for y in (y0, y1))  # rows with y0 <= r + 0.5 < y1
    crossings = bottom - top
    if not crossings.any():
        return 0
    edge = np.repeat(np.arange(len(ring)), crossings)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(crossings) - crossings, crossings) + top[edge]
    x = x0[edge] + (row + 0.5 - y0[edge]) * (x1 - x0)[edge] / (y1 - y0)[edge]
    column = np.ceil(x - 0.5).clip(0, width).astype(np.intp)
    first_row, first_column = int(row.min()), int(column.min())
    rows, columns = int(row.max()) + 1 - first_row, int(column.max()) - first_column
    toggles = np.bincount(
        (row - first_row) * (columns + 1) + column - first_column, minlength=rows * (columns + 1)
    ).reshape(rows, columns + 1)
    inside = (np.cumsum(toggles, axis=1)[:, :-1] & 1).astype(bool)
    labels[first_row : first_row + rows, first_column : first_column + columns][inside] = value
    return int(inside.sum())

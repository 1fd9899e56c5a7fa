import math

import numpy as np
import pytest

from unetkit.contract.arrays import Labels
from unetkit.data.polygons import Polygon, circle, rectangle, ring_of

HW = (6, 8)


def painted(*rings: list[float]) -> Labels:
    labels = np.zeros(HW, np.uint8)
    Polygon(tuple(ring_of(ring) for ring in rings)).paint(labels, 1)
    return labels


@pytest.mark.parametrize(
    ("ring", "pixels"),
    [
        ([2, 1, 5, 1, 5, 4, 2, 4], {(r, c) for r in (1, 2, 3) for c in (2, 3, 4)}),  # 3 x 3 and not 4 x 4
        ([2, 4, 5, 4, 5, 1, 2, 1], {(r, c) for r in (1, 2, 3) for c in (2, 3, 4)}),  # the other way round
        ([2.4, 1, 3.4, 1, 3.4, 2, 2.4, 2], {(1, 2)}),  # of the centres 2.5 and 3.5 it holds the first
        ([2.6, 1, 3.6, 1, 3.6, 2, 2.6, 2], {(1, 3)}),
        ([2.6, 1, 3.4, 1, 3.4, 2, 2.6, 2], set()),  # between two centres
        ([0, 0, 4, 0, 0, 4], {(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0)}),  # x + y < 4 at the centres
        ([-5, -5, 2, -5, 2, 1, -5, 1], {(0, 0), (0, 1)}),  # what lies outside of the picture is cut
        ([7, 5, 99, 5, 99, 99, 7, 99], {(5, 7)}),
        ([1, 1, 4, 1, 4, 1, 1, 1], set()),  # no area
        ([3, 3, 3, 3, 3, 3], set()),
        # a bow tie: left of 0.4, 1.4, 1.6 and 0.6 and right of what mirrors them, in the rows 0.5, 1.5, 2.5 and 3.5
        ([0, 0.1, 4, 4.1, 4, 0.1, 0, 4.1], {(1, 0), (1, 3), (2, 0), (2, 1), (2, 2), (2, 3), (3, 0), (3, 3)}),
    ],
)
def test_a_pixel_belongs_to_a_polygon_if_its_centre_does(ring: list[float], pixels: set[tuple[int, int]]) -> None:
    expected = np.zeros(HW, np.uint8)
    for row, column in pixels:
        expected[row, column] = 1
    np.testing.assert_array_equal(painted(ring), expected)


def test_neighbours_share_no_pixel_and_leave_none() -> None:
    cut = [(3.7, 0.0), (2.2, 6.0)]
    left = painted([0, 0, *cut[0], *cut[1], 0, 6])
    right = painted([*cut[0], 8, 0, 8, 6, *cut[1]])
    np.testing.assert_array_equal(left + right, np.ones(HW))


def test_the_rings_of_an_object_are_united() -> None:
    whole = painted([1, 1, 4, 1, 4, 4, 1, 4], [3, 1, 6, 1, 6, 4, 3, 4])
    assert whole[1:4, 1:6].all()
    assert whole.sum() == 15


@pytest.mark.parametrize("radius", [2.0, 5.0, 20.0])
def test_a_disc_keeps_its_area(radius: float) -> None:
    shape = Polygon((circle(np.array([32.3, 31.8]), np.array([32.3 + radius, 31.8])),))
    assert shape.area == pytest.approx(math.pi * radius**2, rel=2e-3)  # 72 corners: sin(5 deg) / (5 deg) = 0.9987
    labels = np.zeros((64, 64), np.uint8)
    count = shape.paint(labels, 9)
    assert count == int((labels == 9).sum())
    # the number of lattice points in a disc differs from its area by less than its perimeter
    assert abs(count - shape.area) < 2 * math.pi * radius / 2


def test_a_point_in_polygon_test_of_every_centre_agrees() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        ring = np.vstack([rng.uniform(-2, 10, (int(rng.integers(2, 8)), 2)), [[4.2, 3.1]]])
        expected = [[_inside(column + 0.5, row + 0.5, ring.tolist()) for column in range(8)] for row in range(6)]
        labels = np.zeros(HW, np.uint8)
        Polygon((ring,)).paint(labels, 1)
        np.testing.assert_array_equal(labels, expected)


def _inside(x: float, y: float, ring: list[list[float]]) -> bool:
    """Ray casting to the right, W. R. Franklin's pnpoly."""
    inside = False
    for (x0, y0), (x1, y1) in zip(ring, [ring[-1], *ring[:-1]], strict=True):
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            inside = not inside
    return inside


def test_the_area_is_the_shoelace_formula() -> None:
    assert Polygon((ring_of([0, 0, 4, 0, 0, 3]),)).area == 6
    assert Polygon((rectangle(np.array([5.0, 4.0]), np.array([1.0, 2.0])),)).area == 8


@pytest.mark.parametrize(
    "ring", [[9, 1, 12, 1, 12, 3], [-4, 1, -1, 1, -1, 3], [1, 7, 2, 7, 2, 9], [1, -3, 2, -3, 2, -1]]
)
def test_a_polygon_outside_of_the_picture_is_refused(ring: list[float]) -> None:
    with pytest.raises(ValueError, match=r"outside of the picture: x .* in 8x6 pixels"):
        painted(ring)


@pytest.mark.parametrize("numbers", [[1, 2, 3], [1, float("nan"), 2, 2], [1, float("inf")], ["a", "b"]])
def test_what_are_no_coordinates_is_refused(numbers: list[float]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (numpy's own message for texts)
        ring_of(numbers)


def test_the_content_follows_points_and_rings() -> None:
    one, two = ring_of([0, 0, 4, 0, 0, 3]), ring_of([0, 0, 4, 0, 0, 4])
    contents = {Polygon(rings).content() for rings in ((one,), (two,), (one, two), (two, one))}
    assert len(contents) == 4

import numpy as np
import pytest

from tests.unit.runtime.fakes import SPEC
from unetkit.contract.arrays import Labels
from unetkit.data.polygons import Polygon, ring_of
from unetkit.errors import UsageError
from unetkit.runtime.maskjson import describe_mask

# background 0, cat 1: a frame of 2x3 with a hole, dog 2: nowhere
LABELS = np.array([[0, 1, 1, 1], [0, 1, 0, 1], [0, 1, 1, 1]], np.uint8)


def test_a_class_has_its_share_and_the_box_around_its_pixels() -> None:
    ground, cat, dog = describe_mask(LABELS, SPEC)
    assert ground == {"label": 0, "name": "background", "share": 4 / 12, "box": [0, 0, 3, 3]}
    assert cat == {"label": 1, "name": "cat", "share": 8 / 12, "box": [1, 0, 3, 3]}
    assert dog == {"label": 2, "name": "dog", "share": 0.0, "box": None}


def test_run_lengths_are_cocos() -> None:
    cat = describe_mask(LABELS, SPEC, "rle")[1]
    # outside 3; inside the column of 3 and the first of the next; outside 1; inside 4; written 3, 4, 1, 4 - 4
    assert cat["rle"] == {"size": [3, 4], "counts": "3410"}


@pytest.mark.parametrize("seed", range(5))
def test_exact_rings_enclose_the_very_pixels_by_the_even_odd_rule(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = (rng.random((23, 31)) < rng.random()).astype(np.uint8)
    for entry in describe_mask(labels, SPEC, "polygons", tolerance_px=0)[:2]:
        np.testing.assert_array_equal(even_odd(entry["polygons"], labels.shape), labels == entry["label"])


def test_simpler_rings_stay_within_the_tolerance() -> None:
    rows, columns = np.mgrid[:120, :120]
    labels = (np.hypot(rows - 60, columns - 60) < 40).astype(np.uint8)
    exact, simple = (describe_mask(labels, SPEC, "polygons", tolerance_px=px)[1]["polygons"] for px in (0.0, 1.0))
    assert len(simple[0]) < len(exact[0]) / 4
    wrong = even_odd(simple, (120, 120)) != labels
    distance = np.abs(np.hypot(rows - 60, columns - 60) - 40)
    assert distance[wrong].max() < 2.0  # the tolerance, and half a pixel's diagonal


def test_unknown_shapes_are_refused() -> None:
    with pytest.raises(UsageError, match="unknown shapes 'boxes'; choose one of none, rle, polygons"):
        describe_mask(LABELS, SPEC, "boxes")  # type: ignore[arg-type]


def even_odd(rings: list[list[float]], hw: tuple[int, ...]) -> Labels:
    inside = np.zeros(hw, np.uint8)
    for ring in rings:
        one = np.zeros(hw, np.uint8)
        Polygon((ring_of(ring),)).paint(one, 1)
        inside ^= one
    return inside

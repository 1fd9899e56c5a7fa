import cv2
import numpy as np
import pytest

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.data.scene import scene
from unetkit.studies.flicker import Flicker, ghost_rows


def _shifted(picture: BgrFrame, columns: int) -> BgrFrame:
    return np.roll(picture, columns, axis=1)


def _square(column: int) -> Labels:
    labels = np.zeros((120, 160), np.uint8)
    labels[40:80, column : column + 40] = 1
    return labels


def test_a_mask_that_moves_with_its_picture_does_not_flicker_and_one_that_stays_does() -> None:
    picture = scene(5, (120, 160))[0]
    flicker = Flicker(2, 2)
    for step in range(4):
        flicker.update(_shifted(picture, 4 * step), (_square(40 + 4 * step), _square(40)))
    moving, _ = flicker.figures(0)
    staying, _ = flicker.figures(1)
    # Moved 4 of its 40 columns: IoU 36/44 of the square, nearly 1 of the rest.
    assert staying == pytest.approx(100 * (1 - (36 / 44 + 17440 / 17760) / 2), abs=3)
    assert moving < staying / 4


def test_flips_are_counted_where_the_picture_is_still() -> None:
    picture = np.full((120, 160, 3), 90, np.uint8)
    changed = picture.copy()
    cv2.rectangle(changed, (0, 0), (79, 119), (200, 200, 200), cv2.FILLED)
    flicker = Flicker(1, 2)
    labels = np.zeros((120, 160), np.uint8)
    flicker.update(picture, (labels,))
    other = labels.copy()
    other[:, :79] = 1  # where the picture changes: no flip
    other[:12, 100:] = 1
    flicker.update(changed, (other,))
    # 12 x 60 pixels of what is still: columns from 80 + 2 on, for changes are looked for in squares of 5 pixels
    assert flicker.figures(0)[1] == pytest.approx(100 * 12 * 60 / (120 * 78), rel=0.02)


def test_moving_scenes_lose_by_a_plain_mean_and_not_by_steadying() -> None:
    exact, mean, steady = (
        [float(value) for value in row[1:4]] for row in ghost_rows(strength=1.0, seeds=(100,), frames=12)
    )
    assert min(exact) > 0.99  # what the softened outline costs
    assert max(mean) < 0.97
    assert min(steady) > min(exact) - 0.003

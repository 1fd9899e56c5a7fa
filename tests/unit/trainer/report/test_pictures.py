"""Tiles: the colours of the error map, and what a page shows is what went in."""

import base64

import cv2
import numpy as np

from tests.unit.trainer.report.runfacts import spec
from unetkit.contract.arrays import BgrFrame
from unetkit.contract.spec import IGNORE_LABEL
from unetkit.trainer.report.pictures import CONFUSED, FALSE, MISSED, TileMaker


def _decoded(uri: str) -> BgrFrame:
    data = base64.b64decode(uri.partition("base64,")[2])
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image.astype(np.uint8)


def test_the_error_map_tells_missed_false_and_confused_apart() -> None:
    frame = np.full((1, 6, 3), 200, np.uint8)
    truth = np.array([[0, 1, 0, 1, 2, IGNORE_LABEL]], np.uint8)
    found = np.array([[0, 0, 2, 2, 2, 1]], np.uint8)
    drawn = TileMaker(spec()).error_map(frame, truth, found)
    assert [tuple(pixel) for pixel in drawn[0].tolist()] == [(90,) * 3, MISSED, FALSE, CONFUSED, (90,) * 3, (90,) * 3]


def test_without_a_background_every_error_is_a_confusion() -> None:
    truth, found = np.array([[0, 1]], np.uint8), np.array([[1, 0]], np.uint8)
    drawn = TileMaker(spec(("cat", "dog", "fish"))).error_map(np.zeros((1, 2, 3), np.uint8), truth, found)
    assert (drawn == CONFUSED).all()


def test_masks_have_the_colours_of_the_classes_and_ignored_pixels_are_striped() -> None:
    truth = np.zeros((16, 16), np.uint8)
    truth[:, 8:], truth[8:] = 2, IGNORE_LABEL
    tiles = TileMaker(spec()).tiles("n", 0.5, np.zeros((16, 16, 3), np.uint8), truth, np.ones((16, 16), np.uint8))
    drawn = _decoded(tiles.truth)
    assert (drawn[:8, :8] == (0, 200, 9)).all()
    assert (drawn[:8, 8:] == (80, 200, 9)).all()
    assert {tuple(pixel) for pixel in drawn[8:].reshape(-1, 3).tolist()} == {(110,) * 3, (170,) * 3}
    assert (_decoded(tiles.prediction) == (40, 200, 9)).all()


def test_large_pictures_are_shrunk_with_their_aspect() -> None:
    labels = np.ones((200, 512), np.uint8)
    tiles = TileMaker(spec()).tiles("n", 0.5, np.full((200, 512, 3), 90, np.uint8), labels, labels)
    for uri in (tiles.frame, tiles.truth, tiles.prediction, tiles.errors):
        assert _decoded(uri).shape == (100, 256, 3)
    assert abs(int(_decoded(tiles.frame).mean()) - 90) <= 1  # JPEG

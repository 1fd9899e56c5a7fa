"""Background replacement: what is behind changes, what is in front does not."""

from typing import Any

import numpy as np
import pytest

from unetkit.contract.spec import IGNORE_LABEL
from unetkit.trainer.augmentation import backgrounds as module
from unetkit.trainer.augmentation.backgrounds import Paint, replace_backgrounds

pytestmark = pytest.mark.tf

COUNT, HW = 12, (48, 64)
INNER = np.s_[:, 13:35, 21:47]  # the foreground without its outermost pixel


def _batch() -> tuple[Any, Any]:
    """Noise with a rectangle of label 1, in it some unlabelled pixels."""
    frames = np.random.default_rng(0).integers(0, 256, (COUNT, *HW, 3), dtype=np.uint8)
    labels = np.zeros((COUNT, *HW), np.uint8)
    labels[:, 12:36, 20:48] = 1
    labels[:, 20:24, 30:34] = IGNORE_LABEL
    return frames, labels


def _replaced(frames: Any, labels: Any, soft: Any = None, *, share: float = 1.0, seed: int = 0) -> tuple[Any, Any]:
    import tensorflow as tf

    generator = tf.random.Generator.from_seed(seed)
    soft = None if soft is None else tf.constant(soft)
    changed, moved = replace_backgrounds(
        tf.constant(frames), tf.constant(labels), soft, share=share, generator=generator
    )
    return changed.numpy(), None if moved is None else moved.numpy()


def test_the_foreground_stays_and_the_background_goes() -> None:
    frames, labels = _batch()
    changed, soft = _replaced(frames, labels)
    assert (changed.dtype, soft) == (np.uint8, None)
    np.testing.assert_array_equal(changed[INNER], frames[INNER])
    kept = (changed == frames).all(-1)[labels == 0].mean()
    assert kept < 0.01  # two unlike pictures agree in a pixel by chance


def test_the_outermost_pixel_of_the_foreground_is_mixed_with_what_is_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BORROWED_SHARE", 0.0)
    plain, none = np.full((1, 1, 1, 3), 30, np.float32), np.zeros((1, 1, 1, 1), np.float32)
    paint = Paint(start=plain, end=plain, angle=none[0], grain=none, field=np.zeros((1, *HW, 3), np.float32))
    monkeypatch.setattr(module, "random_paint", lambda shape, generator: paint)
    changed, _ = _replaced(np.full((1, *HW, 3), 210, np.uint8), _batch()[1][:1])
    row = changed[0, 15, :, 0]
    # On a straight outline six of the nine pixels around are foreground: 30 + 180 * 6 / 9; in a corner four.
    np.testing.assert_array_equal(row[18:23], [30, 30, 150, 210, 210])
    assert changed[0, 12, 20, 0] == 110


def test_the_share_decides_how_many_pictures_change() -> None:
    frames, labels = (np.repeat(part, 20, 0) for part in _batch())
    for share, low, high in ((0.0, 0, 0), (0.3, 71, 73), (1.0, 240, 240)):  # of 240; a share is rounded by chance
        changed, _ = _replaced(frames, labels, share=share)
        assert low <= (changed != frames).any((1, 2, 3)).sum() <= high


def test_a_borrowed_background_is_another_pictures_without_its_foreground(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two plain pictures with a red thing each: their backgrounds change places and nothing red is left there."""
    monkeypatch.setattr(module, "BORROWED_SHARE", 1.0)
    labels = np.zeros((2, *HW), np.uint8)
    labels[0, 8:40, 4:30] = 1
    labels[1, 8:40, 34:60] = 1
    frames = np.empty((2, *HW, 3), np.uint8)
    frames[0], frames[1] = (90, 90, 90), (160, 160, 160)
    frames[labels == 1] = (0, 0, 255)
    changed, _ = _replaced(frames, labels)
    for picture, expected in ((0, 160), (1, 90)):
        behind = changed[picture][labels[picture] == 0].astype(int)
        assert np.abs(behind - expected).max() <= 6  # a coarse average is not wholly believed: 2 % of mid-grey
        assert (changed[picture][labels[picture] == 1][:, 2] > 160).all()  # 255 * 4 / 9 + 90 * 5 / 9 in a corner


def test_painted_backgrounds_are_plain_gradients_and_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BORROWED_SHARE", 0.0)
    frames = np.zeros((60, *HW, 3), np.uint8)
    changed, _ = _replaced(frames, np.zeros((60, *HW), np.uint8))
    changed = changed.astype(int)
    plain = (changed == changed[:, :1, :1]).all((1, 2, 3))
    step = np.abs(np.diff(changed, axis=2)).max((1, 2, 3))
    assert 8 < plain.sum() < 34  # 20 expected, deviation 4
    assert 8 < ((step <= 8) & ~plain).sum() < 34  # 255 steps over 45 pixels, the longest way being the diagonal
    assert len(np.unique(changed[plain][:, 0, 0], axis=0)) == plain.sum()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (np.array([200], np.uint8), [0]),
        (np.array([50, 205], np.uint8), [255, 0]),
        (np.array([0.75], np.float32), [0]),
        (np.array([0.25, 0.75], np.float32), [1, 0]),
    ],
    ids=["sigmoid bytes", "softmax bytes", "sigmoid", "softmax"],
)
def test_soft_scores_are_the_teachers_in_front_and_certain_behind(given: Any, expected: list[int]) -> None:
    frames, labels = _batch()
    _, soft = _replaced(frames, labels, np.broadcast_to(given, (COUNT, *HW, len(given))).copy())
    assert soft.dtype == given.dtype
    np.testing.assert_array_equal(soft[labels != 0], np.broadcast_to(given, soft[labels != 0].shape))
    np.testing.assert_array_equal(soft[labels == 0], np.broadcast_to(expected, soft[labels == 0].shape))


def test_a_batch_of_one_has_itself_to_borrow_from() -> None:
    frames, labels = _batch()
    changed, _ = _replaced(frames[:1], labels[:1])
    np.testing.assert_array_equal(changed[INNER], frames[:1][INNER])

import itertools

import numpy as np
import pytest

from unetkit.data.scene import SCENE_CLASSES, scene
from unetkit.data.synthetic import SyntheticDataset
from unetkit.errors import DataError


def test_the_same_arguments_give_the_same_bytes() -> None:
    frame, labels = scene(3, (48, 64), t=1.5)
    scene(4, (48, 64))
    again, labels_again = scene(3, (48, 64), t=1.5)
    np.testing.assert_array_equal(frame, again)
    np.testing.assert_array_equal(labels, labels_again)
    assert (frame.shape, labels.shape) == ((48, 64, 3), (48, 64))
    assert frame.dtype == labels.dtype == np.uint8


def test_drawing_does_not_change_the_scene() -> None:
    first = scene(5, (32, 32))[0]
    first[...] = 0
    assert scene(5, (32, 32))[0].any()


def test_scenes_hold_every_class_and_no_other() -> None:
    counts = np.bincount(np.concatenate([scene(seed, (64, 64))[1].ravel() for seed in range(30)]), minlength=3)
    assert counts.size == len(SCENE_CLASSES) == 3
    share = counts / counts.sum()
    assert share.min() > 0.1  # no class is a rarity
    assert share[0] > 0.4  # and most of a scene is backdrop


def test_objects_move_smoothly() -> None:
    still = [scene(7, (120, 160), t=t)[1] for t in np.arange(0, 3, 1 / 30)]
    changed = [float((a != b).mean()) for a, b in itertools.pairwise(still)]
    assert max(changed) < 0.05  # a thirtieth of a second moves outlines by pixels
    assert float((still[0] != still[-1]).mean()) > 0.05  # three seconds move objects


def test_a_scene_is_the_same_at_any_size() -> None:
    small, large = scene(9, (60, 80), t=2.0)[1], scene(9, (240, 320), t=2.0)[1]
    # only pixels on outlines may differ
    assert float((small != large[2::4, 2::4]).mean()) < 0.05


def test_one_threshold_on_color_does_not_tell_objects_from_backdrop() -> None:
    values = [
        (frame.mean(2).ravel(), labels.ravel() > 0) for frame, labels in (scene(seed, (48, 48)) for seed in range(60))
    ]
    gray, inside = np.concatenate([v for v, _ in values]), np.concatenate([o for _, o in values])
    majority = max(inside.mean(), 1 - inside.mean())
    best = max(max(((gray > cut) == inside).mean(), ((gray <= cut) == inside).mean()) for cut in range(0, 256, 8))
    assert best < majority + 0.05  # a threshold learns little more than the majority


def test_the_synthetic_set_has_three_splits_that_share_no_scene() -> None:
    dataset = SyntheticDataset(hw=(32, 32), train=4, validation=3, test=2)
    assert {split: len(names) for split, names in dataset.splits.items()} == {"train": 4, "validation": 3, "test": 2}
    pictures = [dataset.read(name)[0].tobytes() for names in dataset.splits.values() for name in names]
    assert len(set(pictures)) == 9


def test_the_synthetic_digest_follows_size_and_counts() -> None:
    digests = {
        SyntheticDataset().digest(),
        SyntheticDataset(hw=(64, 64)).digest(),
        SyntheticDataset(train=10).digest(),
    }
    assert len(digests) == 3
    assert SyntheticDataset().digest() in digests


def test_absurd_sizes_and_counts_are_refused() -> None:
    with pytest.raises(DataError, match="synthetic pictures"):
        SyntheticDataset(hw=(8, 128))
    with pytest.raises(DataError, match="synthetic pictures"):
        SyntheticDataset(train=0)

"""The calibration sample: seeded, from training frames only, and normalised by the contract."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from unetkit.contract.spec import InputSpec
from unetkit.data.framecache import FrameCache
from unetkit.data.synthetic import SyntheticDataset
from unetkit.errors import DataError, UsageError
from unetkit.export.calibration import CalibrationSet

SPEC = InputSpec(height=16, width=16)


@pytest.fixture
def cache(tmp_path: Path) -> FrameCache:
    dataset = SyntheticDataset(hw=(16, 16), train=10, validation=2, test=1)
    return FrameCache.build(dataset, (*dataset.splits["train"], *dataset.splits["validation"]), SPEC, tmp_path)


def test_the_same_seed_draws_the_same_frames_and_another_draws_others(cache: FrameCache) -> None:
    names = cache.names[:10]
    first, same, other = (CalibrationSet.draw(cache, names, count=4, seed=seed) for seed in (1, 1, 2))
    assert (first.names, first.sha256) == (same.names, same.sha256)
    assert first.names != other.names
    assert len(set(first.names)) == 4
    assert set(first.names) <= set(names)


def test_the_frames_are_those_of_the_names_and_the_digest_is_of_their_bytes(cache: FrameCache) -> None:
    drawn = CalibrationSet.draw(cache, cache.names[:10], count=3, seed=0)
    for name, frame in zip(drawn.names, drawn.frames, strict=True):
        np.testing.assert_array_equal(frame, cache.frames[cache.names.index(name)])
    assert drawn.sha256 == hashlib.sha256(drawn.frames.tobytes()).hexdigest()


def test_where_there_are_fewer_all_are_drawn(cache: FrameCache) -> None:
    drawn = CalibrationSet.draw(cache, cache.names[:10], count=200, seed=0)
    assert sorted(drawn.names) == sorted(cache.names[:10])


def test_no_frame_and_no_count_are_errors(cache: FrameCache) -> None:
    with pytest.raises(UsageError, match="received 0"):
        CalibrationSet.draw(cache, cache.names, count=0, seed=0)
    with pytest.raises(DataError, match="int8 needs training frames"):
        CalibrationSet.draw(cache, (), count=5, seed=0)


@pytest.mark.parametrize("order", ["bgr", "rgb"])
def test_tensors_are_normalised_and_stay_bgr(order: str) -> None:
    frames = np.array([10, 127, 255], np.uint8).reshape(1, 1, 1, 3)
    spec = InputSpec(height=1, width=1, color_order=order)  # type: ignore[arg-type]
    (tensor,) = CalibrationSet(names=("a",), frames=frames, seed=0, sha256="").normalised(spec)
    assert tensor.dtype == np.float32
    assert tensor.ravel().tolist() == [(10 - 127) / 128, 0, 1]


def test_the_full_range_is_that_of_all_bytes_and_the_frames_stay_as_they_are() -> None:
    frames = np.full((2, 4, 4, 3), 100, np.uint8)
    drawn = CalibrationSet(names=("a", "b"), frames=frames, seed=0, sha256="")
    *real, last = drawn.normalised(InputSpec(height=4, width=4), full_range=True)
    assert len(real) == 2
    assert (last.min(), last.max()) == (-127 / 128, 1)
    assert (frames == 100).all()

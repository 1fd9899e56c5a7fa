"""The calibration sample: seeded, from training frames only, and normalised by the contract."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from unetkit.contract.spec import InputSpec, ModelSpec
from unetkit.data.framecache import FrameCache
from unetkit.data.synthetic import SyntheticDataset
from unetkit.errors import DataError, UsageError
from unetkit.export.calibration import CalibrationSet, classes_in_turn

SPEC = InputSpec(height=16, width=16)
CLASSES = tuple(item.name for item in SyntheticDataset.classes)


@pytest.fixture
def cache(tmp_path: Path) -> FrameCache:
    dataset = SyntheticDataset(hw=(16, 16), train=10, validation=2, test=1)
    return FrameCache.build(dataset, (*dataset.splits["train"], *dataset.splits["validation"]), SPEC, tmp_path)


def test_the_same_seed_draws_the_same_frames_and_another_draws_others(cache: FrameCache) -> None:
    names = cache.names[:10]
    first, same, other = (
        CalibrationSet.draw(cache, names, class_names=CLASSES, count=4, seed=seed) for seed in (1, 1, 2)
    )
    assert (first.names, first.sha256) == (same.names, same.sha256)
    assert first.names != other.names
    assert len(set(first.names)) == 4
    assert set(first.names) <= set(names)


def test_the_frames_are_those_of_the_names_and_the_digest_is_of_their_bytes(cache: FrameCache) -> None:
    drawn = CalibrationSet.draw(cache, cache.names[:10], class_names=CLASSES, count=3, seed=0)
    for name, frame in zip(drawn.names, drawn.frames, strict=True):
        np.testing.assert_array_equal(frame, cache.frames[cache.names.index(name)])
    assert drawn.sha256 == hashlib.sha256(drawn.frames.tobytes()).hexdigest()


def test_where_there_are_fewer_all_are_drawn(cache: FrameCache) -> None:
    drawn = CalibrationSet.draw(cache, cache.names[:10], class_names=CLASSES, count=200, seed=0)
    assert sorted(drawn.names) == sorted(cache.names[:10])


def test_no_frame_and_no_count_are_errors(cache: FrameCache) -> None:
    with pytest.raises(UsageError, match="received 0"):
        CalibrationSet.draw(cache, cache.names, class_names=CLASSES, count=0, seed=0)
    with pytest.raises(DataError, match="int8 needs training frames"):
        CalibrationSet.draw(cache, (), class_names=CLASSES, count=5, seed=0)


@pytest.mark.parametrize("order", ["bgr", "rgb"])
def test_tensors_are_normalised_and_stay_bgr(order: str) -> None:
    frames = np.array([10, 127, 255], np.uint8).reshape(1, 1, 1, 3)
    spec = InputSpec(height=1, width=1, color_order=order)  # type: ignore[arg-type]
    (tensor,) = CalibrationSet(names=("a",), frames=frames, seed=0, sha256="").normalised(spec)
    assert tensor.dtype == np.float32
    assert tensor.ravel().tolist() == [(10 - 127) / 128, 0, 1]


@pytest.mark.parametrize(
    ("occurs", "count", "chosen"),
    [
        # Frame by frame, in which of three classes: 0 is everywhere, 2 is rare.
        (["100", "100", "110", "100", "101"], 2, [0, 2]),  # after 0 alone, the first that has class 1
        (["100", "100", "110", "100", "101"], 3, [0, 2, 4]),  # then class 2
        (["100", "100", "110", "100", "101"], 4, [0, 2, 4, 1]),  # classes 1 and 2 are used up
        (["100", "100"], 5, [0, 1]),
        (["000", "010", "001"], 2, [1, 2]),  # a frame without any class comes last
    ],
)
def test_the_class_that_was_chosen_least_often_comes_next(occurs: list[str], count: int, chosen: list[int]) -> None:
    table = np.array([[digit == "1" for digit in row] for row in occurs])
    assert classes_in_turn(table, count) == chosen


def test_it_counts_in_how_many_frames_each_class_occurs(cache: FrameCache) -> None:
    drawn = CalibrationSet.draw(cache, cache.names[:10], class_names=CLASSES, count=5, seed=0)
    labels = [cache.labels[cache.names.index(name)] for name in drawn.names]
    assert drawn.class_frames == {
        name: sum(bool((frame == index).any()) for frame in labels) for index, name in enumerate(CLASSES)
    }
    assert str(drawn).startswith("5 training frames, seed 0 (background in 5")


def test_an_artifact_says_which_frames_they_were(cache: FrameCache) -> None:
    drawn = CalibrationSet.draw(cache, cache.names[:10], class_names=CLASSES, count=3, seed=7)
    assert drawn.provenance() == {
        "calibration_frames": 3,
        "calibration_seed": 7,
        "calibration_sha256": drawn.sha256,
        "calibration_names_1": "|".join(drawn.names),
    }


def test_many_names_go_into_several_entries_that_a_spec_takes_and_too_many_into_the_report_alone() -> None:
    frames = np.zeros((300, 1, 1, 3), np.uint8)
    names = tuple(f"{index:04d}\x07{'a' * 45}" for index in range(300))  # 53 characters each when escaped
    many = CalibrationSet.of(names, frames, seed=0)
    spec = ModelSpec(name="a", input=SPEC, classes=SyntheticDataset.classes, provenance=many.provenance())
    lines = [str(value) for key, value in spec.provenance.items() if key.startswith("calibration_names_")]
    assert 1 < len(lines) <= 40
    assert "|".join(lines).split("|") == [ascii(name) for name in names]
    more = CalibrationSet.of(names * 4, np.concatenate([frames] * 4), seed=0).provenance()
    assert "1200 names are too long" in str(more["calibration_names_1"])
    assert "calibration_names_2" not in more

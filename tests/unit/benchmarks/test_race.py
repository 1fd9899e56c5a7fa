from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.benchmarks.fakes import MS, SPEC, HandClock, TimedBackend, TimedClip, segmenter
from unetkit.benchmarks.clip import UnetkitClip
from unetkit.benchmarks.race import race
from unetkit.contract.arrays import Labels
from unetkit.errors import SourceError
from unetkit.runtime.segmenter import Segmenter


def masks(*rows: list[int]) -> list[Labels]:
    return [np.array([row], np.uint8) for row in rows]


ZEROS = masks(*[[0, 0, 0, 0]] * 8)


def test_pipelines_take_turns_in_blocks_and_who_begins_changes_every_round() -> None:
    clock, calls = HandClock(), list[str]()
    first, second = (TimedClip(clock, MS, ZEROS, name=name, calls=calls) for name in "ab")
    race(first, second, rounds=3, frames_per_round=2, warmup=1, clock=clock)
    assert calls == [
        *["a rewinds", "a1", "b rewinds", "b1"],  # frame 0 is thrown away, frame 1 warms up
        *["a2", "a3", "b2", "b3"],
        *["b4", "b5", "a4", "a5"],
        *["a6", "a7", "b6", "b7"],
    ]


def test_only_steps_are_timed_and_the_clip_starts_over_with_the_same_frames_for_both() -> None:
    clock, calls = HandClock(), list[str]()
    first = TimedClip(clock, 6 * MS, ZEROS[:4], name="a", calls=calls)
    second = TimedClip(clock, 2 * MS, ZEROS[:4], name="b", calls=calls)
    result = race(first, second, rounds=2, frames_per_round=4, warmup=1, clock=clock)
    assert result.first_ns == (24 * MS, 24 * MS)  # four steps of 6 ms; starting over takes the fake a second
    assert result.second_ns == (8 * MS, 8 * MS)
    assert [call for call in calls if call.startswith("a")] == [
        *["a rewinds", "a1"],
        *["a2", "a3", "a rewinds", "a1", "a2"],
        *["a3", "a rewinds", "a1", "a2", "a3"],
    ]
    assert [call.replace("b", "a") for call in calls if call.startswith("b")] == [
        call for call in calls if call.startswith("a")
    ]


def test_agreement_is_the_share_of_equal_pixels_frame_by_frame() -> None:
    clock = HandClock()
    first = TimedClip(clock, MS, masks([9, 9, 9, 9], [0, 0, 0, 0], [1, 1, 0, 0], [2, 0, 0, 0]))
    second = TimedClip(clock, MS, masks([0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]))
    result = race(first, second, rounds=1, frames_per_round=3, warmup=0, clock=clock)
    assert result.agreement == (1.0, 0.5, 0.75)


def test_a_clip_of_one_frame_is_an_error_and_not_an_endless_loop() -> None:
    clock = HandClock()
    clips = [TimedClip(clock, MS, ZEROS[:1]) for _ in range(2)]
    with pytest.raises(SourceError, match="fewer than two frames"):
        race(*clips, rounds=1, frames_per_round=1, warmup=1, clock=clock)


def write_clip(path: Path, greys: list[int], hw: tuple[int, int] = (32, 48)) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (hw[1], hw[0]))
    for grey in greys:
        writer.write(np.full((*hw, 3), grey, np.uint8))
    writer.release()
    return path


def test_the_unetkit_side_goes_through_the_clip_from_its_second_frame_and_again(tmp_path: Path) -> None:
    backend = TimedBackend(HandClock(), lambda _: 0)
    clip = UnetkitClip(segmenter(tmp_path, backend), write_clip(tmp_path / "clip.avi", [40, 80, 120]))
    assert clip.hw == (32, 48)
    clip.rewind()
    shapes = [labels.shape if labels is not None else None for labels in (clip.step(), clip.step(), clip.step())]
    assert shapes == [(32, 48), (32, 48), None]
    clip.rewind()
    clip.step()
    clip.close()
    greys = [int(tensor[0, 0, 0, 0]) for tensor in backend.tensors]
    np.testing.assert_allclose(greys, [80, 120, 80], atol=3)  # JPEG moves a flat grey by a step or two


def test_a_clip_that_does_not_open_is_an_error(tmp_path: Path) -> None:
    opened = Segmenter(tmp_path / "a.onnx", SPEC, TimedBackend(HandClock(), lambda _: 0))
    with pytest.raises(SourceError, match="no video file"):
        UnetkitClip(opened, tmp_path / "missing.mp4")

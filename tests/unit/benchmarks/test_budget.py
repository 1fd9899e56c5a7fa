import json
import os

import numpy as np
import pytest

from unetkit.benchmarks.allocations import bytes_taken
from unetkit.benchmarks.budget import budget
from unetkit.benchmarks.frames import FrameSet
from unetkit.benchmarks.onecore import one_core
from unetkit.runtime.segmenter import Segmenter

HW = (720, 1280)


@pytest.fixture(scope="module")
def frames() -> FrameSet:
    return FrameSet.generated(count=2, hw=HW)


@pytest.mark.parametrize("model", ["person", "pets"])  # a threshold; the largest of three
def test_no_stage_takes_memory_of_a_frames_size_for_a_frame(model: str, frames: FrameSet) -> None:
    with Segmenter.open(model, engine="onnx", device="cpu", threads=1) as segmenter:
        taken = bytes_taken(segmenter, frames.frames[0], frames=3)
        scores_bytes = 4 * segmenter.spec.input.height * segmenter.spec.input.width * segmenter.spec.channels
    smallest = HW[0] * HW[1]  # a plane of a byte a pixel
    line_of_text = 150_000  # the heads-up line changes each frame: 40 by 1280 pixels at most
    assert taken["preprocess"] < smallest / 50
    assert taken["postprocess"] < smallest / 50
    assert taken["overlay"] < line_of_text
    assert taken["infer"] < 2 * scores_bytes + smallest / 50  # the engine's own answer


def test_the_count_of_memory_sees_what_is_taken(frames: FrameSet) -> None:
    class Wasteful(Segmenter):
        def preprocess(self, frame, *, out=None):  # type: ignore[no-untyped-def]
            frame.copy()
            return super().preprocess(frame, out=out)

    with Wasteful.open("person", engine="onnx", device="cpu", threads=1) as segmenter:
        taken = bytes_taken(segmenter, frames.frames[0], frames=1)
    assert taken["preprocess"] >= frames.frames[0].nbytes


def test_the_budget_has_every_stage_and_its_limits(frames: FrameSet) -> None:
    report = budget("person", frames, rounds=3, sizes_wh=((320, 240),))
    size = report.sizes[0]
    assert {stage.name for stage in size.ours} == {"preprocess", "infer", "postprocess", "overlay", "around"}
    for way in (size.copy, size.plain, size.tutorial):
        assert {stage.name for stage in way} == {"preprocess", "postprocess", "overlay", "around"}
        assert all(stage.n == 3 for stage in way)
    parts = [stage.mean_ms for stage in size.ours if stage.name in {"preprocess", "postprocess", "overlay"}]
    assert next(stage.mean_ms for stage in size.ours if stage.name == "around") == pytest.approx(sum(parts))
    table = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert table["sizes"][0]["frame_bytes"] == 320 * 240 * 3
    lines = report.lines()
    assert sum(line.startswith("| preprocess |") for line in lines) == 1
    assert len({line.count("|") for line in lines if line.startswith("|")}) == 1


def test_noise_leaves_nothing_settled(frames: FrameSet) -> None:
    report = budget("person", frames, rounds=3, worst=True, sizes_wh=((320, 240),))
    assert report.sizes[0].shown_share == pytest.approx(0.5, abs=0.1)  # of normal scores half are above the threshold


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not bind")
def test_one_core_is_one_core_and_given_back() -> None:
    before = os.sched_getaffinity(0)
    with one_core() as core:
        assert os.sched_getaffinity(0) == {core}
        np.ones(3)
    assert os.sched_getaffinity(0) == before

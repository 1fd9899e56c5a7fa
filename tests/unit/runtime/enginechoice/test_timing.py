"""Who is let into the race, and what is kept of it; engines and their times are made up."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_models import write_onnx
from tests.unit.runtime.enginechoice.fakes import MS, Opener
from unetkit.runtime.enginechoice.candidate import Candidate
from unetkit.runtime.enginechoice.lane import BackendLane, FileLane
from unetkit.runtime.enginechoice.race import Lane, Outcome, Standing, race
from unetkit.runtime.enginechoice.timing import Timing, time_candidates


@pytest.fixture
def first(tmp_path: Path) -> Candidate:
    return Candidate(path=write_onnx(tmp_path / "model.onnx"), engine="onnx", device="cpu", threads=4)


def outcome(opener: Opener, candidates: Sequence[Candidate], *, any_threads: bool = True) -> Timing:
    return time_candidates(
        candidates, seconds=10, flow="network", any_threads=any_threads, cores=4, opener=opener, clock=opener.clock
    )


def test_good_engines_are_tried_with_other_numbers_of_threads_and_bad_ones_are_not(first: Candidate) -> None:
    times = {("onnx", 4): 5.0, ("onnx", 2): 3.0, ("onnx", 1): 4.0, ("opencv", 4): 50.0}
    opener = Opener(times)
    found = outcome(opener, [first, replace(first, engine="opencv")])
    assert [(row.candidate.engine, row.candidate.threads, row.infer_ms) for row in found.timed] == [
        ("onnx", 2, 3.0),
        ("onnx", 1, 4.0),
        ("onnx", 4, 5.0),
        ("opencv", 4, 50.0),
    ]
    assert [(each.engine, each.threads) for each in opener.opened] == [
        ("onnx", 4),
        ("opencv", 4),
        ("onnx", 1),
        ("onnx", 2),
    ]
    assert found.within == 1.0  # the others were shown to be slower


def test_threads_that_the_user_fixed_stay(first: Candidate) -> None:
    opener = Opener({("onnx", 4): 5.0, ("openvino", 4): 4.0})
    found = outcome(opener, [first, replace(first, engine="openvino")], any_threads=False)
    assert [row.candidate.engine for row in found.timed] == ["openvino", "onnx"]
    assert {each.threads for each in opener.opened} == {4}


def test_what_does_not_open_is_left_out_with_its_reason(first: Candidate) -> None:
    opener = Opener({("onnx", count): 5.0 for count in (1, 2, 4)}, refuse=["openvino"])
    found = outcome(opener, [first, replace(first, engine="openvino")])
    assert {row.candidate.engine for row in found.timed} == {"onnx"}
    assert found.refused == (("OpenVINO, 4 threads", "openvino cannot"),)


def test_an_engine_that_gives_another_mask_does_not_win_however_fast_it_is(first: Candidate) -> None:
    times = {("onnx", count): 5.0 for count in (1, 2, 4)} | {("openvino", 4): 1.0}
    opener = Opener(times, wrong=["openvino"])
    found = outcome(opener, [first, replace(first, engine="openvino")])
    assert {row.candidate.engine for row in found.timed} == {"onnx"}
    assert found.refused == (("OpenVINO, 4 threads", "its mask differs from the first engine's at 100% of the pixels"),)


def test_where_nothing_opens_nothing_is_timed(first: Candidate) -> None:
    assert outcome(Opener({}, refuse=["onnx"]), [first]).timed == ()


def test_real_backends_take_turns_beside_the_work_of_a_live_run(first: Candidate) -> None:
    found = time_candidates([replace(first, threads=1)], seconds=0.01, flow="live", any_threads=False)
    (row,) = found.timed
    assert row.infer_ms > 0
    assert row.beside_ms > 0


def test_real_backends_run_a_file_frame_by_frame_and_no_thread_is_left(
    first: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    raced: list[set[type[Lane]]] = []

    def noted(given: Sequence[Lane], threads: Sequence[int | None], **more: Any) -> Outcome:
        raced.append({type(lane) for lane in given})
        return race(given, threads, **more)

    monkeypatch.setattr("unetkit.runtime.enginechoice.timing.race", noted)
    monkeypatch.setattr("unetkit.runtime.enginechoice.timing.near", lambda standings, _: range(len(standings)))
    pair = [replace(first, threads=1), replace(first, engine="opencv", threads=None)]
    found = time_candidates(pair, seconds=0.01, flow="file", any_threads=False)
    assert raced[0] == {FileLane}
    assert all(row.infer_ms > 0 and row.beside_ms == 0 for row in found.timed)
    assert not [thread for thread in threading.enumerate() if thread.name in {"decoder", "network"}]
    raced.clear()
    monkeypatch.setattr("unetkit.runtime.enginechoice.timing._SLOW_NS", 0)  # as a slow network has it
    time_candidates(pair, seconds=0.01, flow="file", any_threads=False)
    assert raced == [{BackendLane}]


def test_what_whole_frames_do_not_decide_an_inference_beside_decoding_does(
    first: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[list[type[Lane]], float]] = []

    def played(lanes: Sequence[Lane], threads: Sequence[int | None], *, seconds: float, **_: Any) -> Outcome:
        seen.append(([type(lane) for lane in lanes], seconds))
        standings = tuple(Standing(infer_ns=[MS], beside_ns=[0]) for _ in lanes)
        if len(seen) == 2:
            return Outcome(standings=standings, order=(1, 0), within=1.0)
        return Outcome(standings=standings, order=(0, 1, 2), within=1.08, undecided={0: 1.08, 2: 1.11})

    monkeypatch.setattr("unetkit.runtime.enginechoice.timing.race", played)
    monkeypatch.setattr("unetkit.runtime.enginechoice.timing.near", lambda standings, _: range(len(standings)))
    engines = [replace(first, threads=1), replace(first, threads=2), replace(first, engine="opencv", threads=None)]
    found = time_candidates(engines, seconds=10, flow="file", any_threads=False)
    assert seen == [([FileLane] * 3, 6.0), ([BackendLane] * 2, 4.0)]
    assert [row.candidate for row in found.timed] == [engines[2], engines[0], engines[1]]
    assert found.within == 1.11


def test_a_timing_goes_through_json(first: Candidate) -> None:
    found = time_candidates([replace(first, threads=1)], seconds=0.01, flow="network", any_threads=False)
    paths = [Path("other"), first.path]
    assert Timing.from_dict(found.to_dict(paths), paths) == found


@pytest.mark.parametrize(
    "table",
    [
        *(None, [], {}, {"timed": [], "refused": []}, {"timed": [], "refused": [], "within": "near"}),
        {"within": None, "timed": 3, "refused": []},
        {"within": None, "timed": [{}], "refused": []},
        {"within": None, "timed": [], "refused": [1]},
        {"within": None, "timed": [{"path": 7, "infer_ms": 1, "beside_ms": 0, "engine": "onnx"}], "refused": []},
    ],
    ids=str,
)
def test_what_is_no_timing_is_told_so(table: object) -> None:
    with pytest.raises(ValueError, match="not a timing"):
        Timing.from_dict(table, [Path("a")])

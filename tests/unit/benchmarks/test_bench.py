import functools
import hashlib
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.benchmarks.fakes import MS, HandClock, TimedBackend, grey_frames, segmenter
from unetkit.benchmarks.bench import STAGES, BenchReport
from unetkit.benchmarks.bench import measure as measure_with
from unetkit.benchmarks.report import Warmup
from unetkit.benchmarks.steadiness import WINDOW
from unetkit.benchmarks.textforms import markdown_of
from unetkit.errors import UsageError
from unetkit.runtime.latency import StageStats

FRAMES = grey_frames(10, 20, 30)


measure = functools.partial(measure_with, yardstick=None)
WARM = 2 * WINDOW  # rounds, of an engine that takes the same time from the first on


def stats(report: BenchReport, artifact: int = 0) -> dict[str, StageStats]:
    return {stage.name: stage for stage in report.artifacts[artifact].stages}


def no_json_constant(name: str) -> float:
    raise AssertionError(f"{name} is not JSON")


def test_what_an_engine_takes_is_seen_in_infer_and_in_no_other_stage(tmp_path: Path) -> None:
    clock = HandClock()
    backend = TimedBackend(clock, lambda _: 5 * MS)
    report = measure([segmenter(tmp_path, backend)], frames=FRAMES, rounds=7, seconds=1, clock=clock)
    found = stats(report)
    assert tuple(found) == STAGES
    assert {name: stage.mean_ms for name, stage in found.items()} == {
        "preprocess": 0.0,
        "infer": 5.0,
        "postprocess": 0.0,
        "overlay": 0.0,
        "end_to_end": 5.0,
    }
    assert {stage.n for stage in found.values()} == {7}


def test_the_first_inference_and_the_rest_of_the_warm_up_are_in_no_figure(tmp_path: Path) -> None:
    clock = HandClock()
    slow_start = TimedBackend(clock, lambda call: (900 - 50 * call) * MS if call < 17 else 2 * MS)
    report = measure([segmenter(tmp_path, slow_start)], frames=FRAMES, rounds=5, seconds=600, clock=clock)
    assert len(slow_start.tensors) == report.artifacts[0].warmup.rounds + 5  # type: ignore[union-attr]
    assert report.artifacts[0].warmup == Warmup(rounds=30, steady=True)  # 5 of the 8 before the last 8 took 2 ms
    assert (report.rounds, report.ended) == (5, "rounds")
    assert stats(report)["infer"].max_ms == 2.0
    assert stats(report)["end_to_end"].max_ms == 2.0


def test_the_warm_up_ends_without_steadiness_when_its_quarter_of_the_time_is_up_and_the_report_says_so(
    tmp_path: Path,
) -> None:
    clock = HandClock()
    backend = TimedBackend(clock, lambda call: (1000 - call) * MS // 10)  # 1 % faster at every tenth call, for ever
    report = measure([segmenter(tmp_path, backend)], frames=FRAMES, rounds=3, seconds=4, clock=clock)
    assert report.artifacts[0].warmup == Warmup(rounds=11, steady=False)
    assert any("still changing its pace" in note for note in report.notes)


def test_percentiles_are_numpy_s(tmp_path: Path) -> None:
    clock = HandClock()
    costs = np.r_[np.full(WARM, 5 * MS), np.random.default_rng(4).integers(1, 90 * MS, 40)]
    backend = TimedBackend(clock, lambda call: int(costs[call]))
    report = measure([segmenter(tmp_path, backend)], frames=FRAMES, rounds=40, seconds=60, clock=clock)
    found = stats(report)["infer"]
    expected = np.percentile(costs[WARM:] / 1e6, (50, 90, 95, 99))
    # the same sum in another order: a few units in the last place
    np.testing.assert_allclose((found.p50_ms, found.p90_ms, found.p95_ms, found.p99_ms), expected, rtol=1e-12)
    np.testing.assert_allclose((found.mean_ms, found.max_ms), (costs[WARM:].mean() / 1e6, costs[WARM:].max() / 1e6))


def test_artifacts_take_turns_frame_by_frame_and_who_begins_changes_every_round(tmp_path: Path) -> None:
    clock = HandClock()
    turns: list[str] = []
    backends = [TimedBackend(clock, lambda _: MS, name=name, turns=turns) for name in "abc"]
    lanes = [segmenter(tmp_path, backend, name) for backend, name in zip(backends, "abc", strict=True)]
    measure(lanes, frames=FRAMES, rounds=4, seconds=60, clock=clock)
    assert "".join(turns[3 * WARM :]) == "abc" + "bca" + "cab" + "abc"
    for backend in backends:  # all see the same frames in the same rounds
        assert [int(tensor[0, 0, 0, 0]) for tensor in backend.tensors[WARM:]] == [10, 20, 30, 10]


def test_ratios_are_medians_of_pairs_of_the_same_round(tmp_path: Path) -> None:
    clock = HandClock()
    first, second = [9] * WARM + [10, 20, 40, 10, 20], [9] * WARM + [5, 40, 4, 10, 15]
    lanes = [
        segmenter(tmp_path, TimedBackend(clock, lambda call: first[call] * MS), "first"),
        segmenter(tmp_path, TimedBackend(clock, lambda call: second[call] * MS), "second"),
    ]
    report = measure(lanes, frames=FRAMES, rounds=5, seconds=60, clock=clock)
    # pairs: 5/10, 40/20, 4/40, 10/10, 15/20 = .5 2 .1 1 .75; sorted .1 .5 .75 1 2; the medians' ratio would be 10/20
    assert [(ratio.path, ratio.stage, ratio.n) for ratio in report.ratios] == [
        (str(tmp_path / "second.onnx"), "end_to_end", 5),
        (str(tmp_path / "second.onnx"), "infer", 5),
    ]
    for ratio in report.ratios:
        assert (ratio.q1, ratio.median, ratio.q3) == (0.5, 0.75, 1.0)


def test_an_artifact_against_itself_has_ratio_one(tmp_path: Path) -> None:
    clock = HandClock()
    costs = np.r_[np.full(WARM, 5), np.random.default_rng(1).integers(1, 9, 19)]
    lanes = [segmenter(tmp_path, TimedBackend(clock, lambda call: int(costs[call])), name) for name in "aa"]
    report = measure(lanes, frames=FRAMES, rounds=19, seconds=60, clock=clock)
    assert {(ratio.low, ratio.median, ratio.high) for ratio in report.ratios} == {(1.0, 1.0, 1.0)}
    assert {ratio.verdict for ratio in report.ratios} == {"no difference shown"}


@pytest.mark.parametrize(
    ("cost_ms", "seconds", "artifacts", "warmup", "rounds", "ended"),
    [
        (100, 4.0, 1, 10, 30, "seconds"),  # 1 s of warm-up is a quarter; 3 s are left
        (100, 4.0, 2, 10, 30, "seconds"),  # twice the time for twice the work
        (1000, 4.0, 1, 1, 3, "seconds"),  # the warm-up's quarter is up after one
        (9000, 4.0, 1, 1, 1, "seconds"),  # slower than all its time: still one of each
        (1, 4.0, 1, 16, 50, "rounds"),
    ],
)
def test_the_time_is_kept_and_the_warm_up_takes_a_quarter_of_it_at_most(
    tmp_path: Path, cost_ms: int, seconds: float, artifacts: int, warmup: int, rounds: int, ended: str
) -> None:
    clock = HandClock()
    lanes = [segmenter(tmp_path, TimedBackend(clock, lambda _: cost_ms * MS), str(each)) for each in range(artifacts)]
    report = measure(lanes, frames=FRAMES, rounds=50, seconds=seconds, clock=clock)
    assert {times.warmup.rounds for times in report.artifacts if times.warmup} == {warmup}
    assert (report.rounds, report.ended) == (rounds, ended)
    assert {stage.n for times in report.artifacts for stage in times.stages} == {rounds}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"rounds": 0}, "expected at least 1, and above 0"),
        ({"seconds": 0.0}, "expected at least 1, and above 0"),
        ({"seconds": math.nan}, "expected at least 1, and above 0"),
        ({"batches": (2, 0)}, r"a batch has 1 frame or more, received \[2, 0\]"),
        ({"batches": ()}, "a batch has 1 frame or more"),
    ],
)
def test_nothing_is_measured_without_rounds_time_or_frames(
    tmp_path: Path, arguments: dict[str, Any], words: str
) -> None:
    backend = TimedBackend(HandClock(), lambda _: 1)
    with pytest.raises(UsageError, match=words):
        measure([segmenter(tmp_path, backend)], frames=FRAMES, **{"rounds": 1, "seconds": 1.0} | arguments)
    assert backend.turns == []


def interrupting(clock: HandClock, at: int) -> TimedBackend:
    def cost_ns(call: int) -> int:
        if call == at:
            raise KeyboardInterrupt
        return (max(0, call - WARM) + 1) * MS

    return TimedBackend(clock, cost_ns)


def test_ctrl_c_ends_with_the_whole_rounds_that_were_done(tmp_path: Path) -> None:
    clock = HandClock()
    lanes = [
        segmenter(tmp_path, TimedBackend(clock, lambda call: (max(0, call - WARM) + 1) * MS), "a"),
        segmenter(tmp_path, interrupting(clock, at=WARM + 2), "b"),  # third timed round, in which a goes first again
    ]
    report = measure(lanes, frames=FRAMES, rounds=9, seconds=60, clock=clock)
    assert (report.rounds, report.ended, report.interrupted) == (2, "interrupted", True)
    for artifact in (0, 1):
        assert stats(report, artifact)["infer"].n == 2
        assert stats(report, artifact)["infer"].mean_ms == 1.5  # 1 and 2 ms
        assert report.artifacts[artifact].samples_ns["infer"] == (1 * MS, 2 * MS)
    assert {ratio.n for ratio in report.ratios} == {2}


@pytest.mark.parametrize("call", [0, 1, WARM])
def test_ctrl_c_before_a_round_was_timed_has_nothing_to_report(tmp_path: Path, call: int) -> None:
    clock = HandClock()
    with pytest.raises(KeyboardInterrupt):
        measure(
            [segmenter(tmp_path, interrupting(clock, at=call))],
            frames=FRAMES,
            rounds=9,
            seconds=60,
            clock=clock,
        )


def test_the_report_is_json_also_where_a_clock_saw_nothing(tmp_path: Path) -> None:
    clock = HandClock()
    lanes = [segmenter(tmp_path, TimedBackend(clock, lambda _: 0), name) for name in "ab"]
    report = measure(lanes, frames=FRAMES, rounds=3, seconds=60, clock=clock)
    assert all(math.isnan(ratio.median) and ratio.n == 0 for ratio in report.ratios)
    table = json.loads(json.dumps(report.to_dict(), allow_nan=False), parse_constant=no_json_constant)
    assert [ratio["median"] for ratio in table["ratios"]] == [None, None]
    assert table["frame_sizes_hw"] == [[8, 12]]
    assert table["host"]["usable_cores"] >= 1
    # NaN equals nothing, itself included: the texts are compared
    assert str(BenchReport.from_dict(table)) == str(report)


def test_a_batch_is_its_frames_one_after_the_other_and_threads_and_batches_are_lanes_of_their_own(
    tmp_path: Path,
) -> None:
    clock = HandClock()
    backend = TimedBackend(clock, lambda _: 5 * MS)
    report = measure([segmenter(tmp_path, backend)], frames=FRAMES, rounds=2, seconds=60, batches=(1, 4), clock=clock)
    assert [(times.batch, times.stage("infer").p50_ms) for times in report.artifacts] == [(1, 5.0), (4, 20.0)]
    assert report.ratios[1].median == 1  # a frame takes as long in a batch


def test_processor_time_is_this_process_s_a_turn_each(tmp_path: Path) -> None:
    def work(call: int) -> int:
        end_ns = time.process_time_ns() + 3 * MS
        while time.process_time_ns() < end_ns:
            pass
        return 6 * MS

    clock = HandClock()
    report = measure([segmenter(tmp_path, TimedBackend(clock, work))], frames=FRAMES, rounds=3, seconds=1, clock=clock)
    usage = report.artifacts[0].usage
    assert usage is not None
    assert usage.cpu_ms >= 3
    assert usage.cores >= 0.5  # 3 of the fake clock's 6 ms, at least


def test_energy_is_that_of_each_artifact_s_turn_by_a_counter_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandClock()

    class Watts:
        """Three of them, all the time."""

        name = "a played counter"

        def read_uj(self) -> float:
            return 3.0 * clock() / 1e3

    monkeypatch.setattr("unetkit.benchmarks.bench.energy_counter", lambda _: Watts())
    lanes = [
        segmenter(tmp_path, TimedBackend(clock, lambda _, cost=cost: cost * MS), name)  # type: ignore[misc]
        for name, cost in (("slow", 8), ("fast", 2))
    ]
    report = measure(lanes, frames=FRAMES, rounds=4, seconds=60, clock=clock)
    usages = [artifact.usage for artifact in report.artifacts if artifact.usage]
    assert [usage.energy_mj for usage in usages] == pytest.approx([24.0, 6.0])  # 8 ms and 2 ms at 3 W
    assert {usage.energy_counter for usage in usages} == {"a played counter"}
    assert "energy mJ" in markdown_of(report)


def test_the_report_says_what_ran_on_what(tmp_path: Path) -> None:
    clock = HandClock()
    report = measure(
        [segmenter(tmp_path, TimedBackend(clock, lambda _: 1))],
        frames=FRAMES,
        rounds=1,
        seconds=60,
        clock=clock,
    )
    (times,) = report.artifacts
    assert (times.engine, times.device, times.precision, times.threads) == ("onnx", "CPU", "int8", 2)
    assert (times.path, times.size_bytes, times.input_hw) == (str(tmp_path / "a.onnx"), 3, (4, 6))
    assert (times.channels, times.provenance) == (2, {})
    assert times.sha256 == hashlib.sha256(b"abc").hexdigest()
    assert (report.frames, report.frame_count, report.frame_sizes_hw) == ("grey frames", 3, ((8, 12),))
    assert report.ratios == ()

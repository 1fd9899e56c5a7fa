"""What a benchmark must never do: hide time, move it to another stage, count the first inference, break on a clock."""

import json
import math
import time
from pathlib import Path

import numpy as np
import pytest

from tests.tiny_models import write_onnx
from tests.unit.benchmarks.fakes import MS, HandClock, TimedBackend, grey_frames, segmenter
from tests.unit.runtime.fakes import BrightnessBackend, ListSink, ListSource, fake_segmenter
from unetkit.benchmarks.bench import STAGES, BenchReport, measure
from unetkit.benchmarks.lanes import ArtifactLane
from unetkit.benchmarks.steadiness import WINDOW
from unetkit.benchmarks.turns import take_turns
from unetkit.contract.arrays import InputTensor, Scores
from unetkit.errors import DeviceError
from unetkit.runtime.backends.backend import Backend
from unetkit.runtime.running.pipeline import run_pipeline
from unetkit.runtime.segmenter import Segmenter

FRAMES = grey_frames(10, 20, 30)
WARM = 2 * WINDOW


class SleepingBackend:
    """A real engine that sleeps before each inference, and notes how often it was asked."""

    def __init__(self, backend: Backend, seconds: float) -> None:
        self._backend, self._seconds = backend, seconds
        self.engine, self.device, self.precision = backend.engine, backend.device, backend.precision
        self.threads = backend.threads
        self.calls = 0

    def infer(self, tensor: InputTensor) -> Scores:
        self.calls += 1
        time.sleep(self._seconds if self.calls > 1 else 0.25)
        return self._backend.infer(tensor)

    def close(self) -> None:
        self._backend.close()


@pytest.fixture
def real(tmp_path: Path) -> Segmenter:
    return Segmenter.open(write_onnx(tmp_path / "model.onnx"), device="cpu", threads=1)


def test_a_real_engine_that_sleeps_five_milliseconds_shows_them_in_infer_and_in_no_other_stage(real: Segmenter) -> None:
    sleeping = SleepingBackend(real.backend, 0.005)
    report = measure([Segmenter(real.path, real.spec, sleeping)], frames=FRAMES, rounds=20, seconds=20, yardstick=None)
    samples = report.artifacts[0].samples_ns
    assert min(samples["infer"]) >= 5 * MS  # sleep(3) never ends early
    assert np.median(samples["infer"]) < np.median(samples["end_to_end"])
    for stage in ("preprocess", "postprocess", "overlay"):
        assert min(samples[stage]) < 5 * MS
    for turn in range(20):  # nothing between the stages is lost: the whole is the parts and a little
        assert sum(samples[stage][turn] for stage in STAGES[:-1]) <= samples["end_to_end"][turn]


def test_the_video_loop_shows_the_same_five_milliseconds_in_infer_and_counts_every_frame_it_did_not_see(
    tmp_path: Path,
) -> None:
    source = ListSource([10, 20, 30, 40, 50], live=True)  # which drops two frames before each one that it gives
    report = run_pipeline(source, fake_segmenter(tmp_path, BrightnessBackend(delay_s=0.005)), ListSink())
    stages = {stage.name: stage for stage in report.stages}
    assert stages["infer"].p50_ms >= 5
    assert stages["end_to_end"].p50_ms >= stages["infer"].p50_ms
    assert min(stages["preprocess"].p50_ms, stages["postprocess"].p50_ms) < 5
    assert (report.frames, stages["infer"].n) == (4, 4)  # the first one warmed the model up
    assert report.dropped == 4 * 2


def test_the_first_inference_of_a_real_engine_is_in_no_figure(real: Segmenter) -> None:
    sleeping = SleepingBackend(real.backend, 0.0)  # but a quarter of a second the first time
    report = measure([Segmenter(real.path, real.spec, sleeping)], frames=FRAMES, rounds=5, seconds=20, yardstick=None)
    warmup = report.artifacts[0].warmup
    assert warmup is not None
    assert sleeping.calls == warmup.rounds + 5 >= WARM + 5
    assert report.artifacts[0].stage("infer").n == 5


def test_every_sample_is_in_the_report_and_its_percentiles_are_numpy_s(tmp_path: Path) -> None:
    clock = HandClock()
    costs = np.r_[np.full(WARM, 5 * MS), np.random.default_rng(4).integers(1, 90 * MS, 101)]
    backend = TimedBackend(clock, lambda call: int(costs[call]))
    report = measure([segmenter(tmp_path, backend)], frames=FRAMES, rounds=101, seconds=60, clock=clock, yardstick=None)
    infer = report.artifacts[0].stage("infer")
    assert report.artifacts[0].samples_ns["infer"] == tuple(costs[WARM:])
    in_ms = costs[WARM:] / 1e6
    for percent, found in ((50, infer.p50_ms), (90, infer.p90_ms), (95, infer.p95_ms), (99, infer.p99_ms)):
        assert found == np.percentile(in_ms, percent)
    assert infer.jitter_ms == pytest.approx(np.mean(np.abs(in_ms[1:] - in_ms[:-1])))


def jumping(tmp_path: Path, jump_ns: int, *, rounds: int = 40) -> BenchReport:
    """Inferences of 5 ms, in the tenth timed one of which the clock jumps."""
    clock = HandClock()
    lanes = [
        segmenter(tmp_path, TimedBackend(clock, lambda call: 5 * MS + (jump_ns if call == WARM + 9 else 0)), "a"),
        segmenter(tmp_path, TimedBackend(clock, lambda _: 10 * MS), "b"),
    ]
    return measure(lanes, frames=FRAMES, rounds=rounds, seconds=60, clock=clock, yardstick=None)


@pytest.mark.parametrize("back_ms", [6, 1000, 10**9])
def test_a_clock_that_is_set_back_costs_a_round_and_corrupts_no_figure(tmp_path: Path, back_ms: int) -> None:
    report = jumping(tmp_path, -back_ms * MS)
    assert (report.rounds, report.discarded, report.ended) == (40, 1, "rounds")
    for times, cost_ms in zip(report.artifacts, (5.0, 10.0), strict=True):
        infer = times.stage("infer")
        assert (infer.n, infer.p50_ms, infer.max_ms, infer.jitter_ms) == (40, cost_ms, cost_ms, 0.0)
    assert {ratio.median for ratio in report.ratios} == {2.0}
    assert "the clock was set back during 1 rounds" in " ".join(report.notes)
    json.dumps(report.to_dict(), allow_nan=False)


def test_a_machine_that_sleeps_for_a_day_stays_in_the_figures_but_does_not_use_up_the_time(tmp_path: Path) -> None:
    report = jumping(tmp_path, 86_400_000 * MS)
    assert (report.rounds, report.long, report.ended) == (40, 1, "rounds")
    infer = report.artifacts[0].stage("infer")
    assert (infer.n, infer.p50_ms, infer.p95_ms) == (40, 5.0, 5.0)
    assert infer.max_ms == 86_400_005  # never clipped
    assert "1 rounds took over a hundred times as long as usual" in " ".join(report.notes)
    assert report.ratios[0].median == 2.0


def test_a_clock_that_runs_backwards_all_the_time_still_lets_the_run_end(tmp_path: Path) -> None:
    clock = HandClock()
    backend = TimedBackend(clock, lambda _: -MS)
    with pytest.raises(DeviceError, match="the clock was set back in each of"):
        take_turns([ArtifactLane(segmenter(tmp_path, backend))], FRAMES, rounds=5, seconds=1, clock=clock)


def test_no_figure_is_negative_or_infinite(tmp_path: Path) -> None:
    for stage in jumping(tmp_path, -7 * MS).artifacts[0].stages:
        figures = [value for name, value in vars(stage).items() if name.endswith("_ms")]
        assert all(math.isfinite(value) and value >= 0 for value in figures)

"""A machine that is slower today must pass; a model that became slower must not."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.unit.benchmarks.fakes import MS, HandClock, TimedBackend, TimedYardstick, grey_frames, segmenter
from unetkit.benchmarks.bench import BenchReport, measure
from unetkit.benchmarks.comparison import Comparison, compare
from unetkit.errors import UsageError, VerificationError

FRAMES = grey_frames(10, 20, 30)
Cost = Callable[[int], float]


def timed(folder: Path, model_ms: Cost, yardstick_ms: Cost, *, rounds: int = 150, name: str = "model") -> BenchReport:
    """A run in which the model's and the yardstick's turn number i take so long."""
    clock = HandClock()
    backend = TimedBackend(clock, lambda call: int(model_ms(call) * MS))
    return measure(
        [segmenter(folder, backend, name)],
        frames=FRAMES,
        rounds=rounds,
        seconds=600,
        clock=clock,
        yardstick=lambda _, threads: TimedYardstick(clock, lambda turn: int(yardstick_ms(turn) * MS), threads),
    )


def verdicts(comparison: Comparison) -> set[str]:
    return {change.verdict for change in comparison.changes}


def noise(seed: int, share: float = 0.1) -> Cost:
    values = np.random.default_rng(seed).normal(1, share, 1000)
    return lambda turn: float(values[turn])


def times(base: float, noisy: Cost, factor: float = 1.0) -> Cost:
    return lambda turn: base * factor * noisy(turn)


@pytest.fixture
def base(tmp_path: Path) -> BenchReport:
    return timed(tmp_path, times(5, noise(1)), times(1, noise(2)))


@pytest.mark.parametrize("pace", [0.5, 1.0, 2.0, 7.0])
def test_a_machine_that_is_so_many_times_as_slow_today_passes(tmp_path: Path, base: BenchReport, pace: float) -> None:
    now = timed(tmp_path, times(5, noise(3), pace), times(1, noise(4), pace))
    comparison = compare(now, base, baseline="base.json")
    assert verdicts(comparison) == {"no difference shown"}
    assert comparison.changes[0].machine == pytest.approx(pace, rel=0.05)
    comparison.require_not_slower()


def test_a_machine_that_is_busy_now_and_then_passes(tmp_path: Path, base: BenchReport) -> None:
    def busy(turn: int) -> float:
        return 3.0 if turn // 10 % 2 else 1.0

    model, yardstick = noise(3), noise(4)
    now = timed(tmp_path, lambda turn: 5 * model(turn) * busy(turn - 16), lambda turn: yardstick(turn) * busy(turn))
    assert verdicts(compare(now, base, baseline="base.json")) == {"no difference shown"}


@pytest.mark.parametrize("pace", [0.5, 1.0, 2.0])
def test_a_model_that_became_slower_fails_whatever_the_machine_does(
    tmp_path: Path, base: BenchReport, pace: float
) -> None:
    now = timed(tmp_path, times(5, noise(3), 1.25 * pace), times(1, noise(4), pace))
    comparison = compare(now, base, baseline="base.json")
    assert verdicts(comparison) == {"slower"}
    assert comparison.changes[1].ratio == pytest.approx(1.25, rel=0.03)
    with pytest.raises(
        VerificationError, match=r"slower than in base\.json by more than 10%.*model\.onnx infer 1\.2"
    ) as error:
        comparison.require_not_slower()
    assert error.value.exit_code == 5


def test_a_model_that_became_faster_is_said_to_be_and_passes(tmp_path: Path, base: BenchReport) -> None:
    comparison = compare(timed(tmp_path, times(4, noise(3)), times(1, noise(4))), base, baseline="base.json")
    assert verdicts(comparison) == {"faster"}
    comparison.require_not_slower()


def test_what_is_within_the_tolerance_or_not_certain_is_no_difference(tmp_path: Path, base: BenchReport) -> None:
    slightly = timed(tmp_path, times(5, noise(3), 1.07), times(1, noise(4)))
    assert verdicts(compare(slightly, base, baseline="base.json")) == {"no difference shown"}
    assert verdicts(compare(slightly, base, baseline="base.json", tolerance=0.01)) == {"slower"}
    wild = timed(tmp_path, times(5, noise(3, 0.3), 1.15), times(1, noise(4, 0.3)), rounds=12)
    assert verdicts(compare(wild, base, baseline="base.json", tolerance=0.05)) == {"no difference shown"}


def test_what_was_slower_once_and_not_again_passes(tmp_path: Path, base: BenchReport) -> None:
    disturbed = timed(tmp_path, times(5, noise(3), 1.5), times(1, noise(4)))  # the yardstick was spared
    calm = timed(tmp_path, times(5, noise(5)), times(1, noise(6)))
    first = compare(disturbed, base, baseline="base.json")
    assert {change.stage for change in first.slower} == {"infer", "end_to_end"}
    second = first.confirmed(lambda: compare(calm, base, baseline="base.json"))
    assert verdicts(second) == {"no difference shown"}
    second.require_not_slower()
    assert first.confirmed(lambda: first).slower == first.slower  # a model that became slower is so every time


def test_nothing_is_measured_again_where_nothing_was_slower(tmp_path: Path, base: BenchReport) -> None:
    now = timed(tmp_path, times(5, noise(3)), times(1, noise(4)))
    comparison = compare(now, base, baseline="base.json")
    assert comparison.confirmed(lambda: pytest.fail("measured again")) is comparison


def test_without_a_yardstick_for_the_device_the_pace_is_not_taken_out(tmp_path: Path, base: BenchReport) -> None:
    def on_gpu(report: BenchReport) -> BenchReport:
        return replace(report, artifacts=tuple(replace(item, device="CUDA") for item in report.artifacts))

    now = timed(tmp_path, times(5, noise(3), 2), times(1, noise(4), 2))
    comparison = compare(on_gpu(now), on_gpu(base), baseline="base.json")
    assert [(change.machine, change.verdict) for change in comparison.changes] == [(None, "slower")] * 2


def test_only_what_is_comparable_is_compared(tmp_path: Path, base: BenchReport) -> None:
    elsewhere = replace(base, host=replace(base.host, cpu="Cortex-A76"))
    with pytest.raises(UsageError, match=r"base\.json is from another machine \(Cortex-A76"):
        compare(base, elsewhere, baseline="base.json")
    older = replace(base, host=replace(base.host, instructions=("avx2",)))  # of the same name to a guest
    with pytest.raises(UsageError, match=r"from another machine \(.* avx2; this is .*\); make a baseline here"):
        compare(base, older, baseline="base.json")
    with pytest.raises(UsageError, match="taken on other frames or with another yardstick"):
        compare(base, replace(base, frame_sizes_hw=((720, 1280),)), baseline="base.json")
    other = timed(tmp_path, times(5, noise(1)), times(1, noise(2)), name="other")
    with pytest.raises(UsageError, match=r"nothing that was measured is in base\.json .*; it has model\.onnx"):
        compare(other, base, baseline="base.json")
    both = replace(base, artifacts=(*base.artifacts, *other.artifacts))
    assert compare(both, base, baseline="base.json").new == ("other.onnx",)

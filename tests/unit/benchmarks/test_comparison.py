"""A machine that is slower today must pass, beside whatever runs on it; a model that became slower must not."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.unit.benchmarks.fakes import (
    MS,
    HandClock,
    PlayedMachine,
    TimedBackend,
    TimedYardstick,
    grey_frames,
    segmenter,
)
from unetkit.benchmarks.bench import BenchReport, measure
from unetkit.benchmarks.comparison import RUNS, Comparison, compare, compare_until_settled
from unetkit.errors import UsageError, VerificationError

FRAMES = grey_frames(10, 20, 30)
LONG = 3  # seconds for which the other program comes, and for which it goes
Cost = Callable[[int], float]
Load = Callable[[float], float]


def timed(
    folder: Path,
    model_ms: Cost,
    yardstick_ms: Cost,
    *,
    rounds: int = 1000,
    name: str = "model",
    load: Load = lambda _: 0.0,
    harm: tuple[float, float] = (0.0, 0.0),
    threads: int = 2,
) -> BenchReport:
    """A run in which the model's and the yardstick's turn number i take so long.

    Args:
        folder: for the model's file.
        model_ms: by the turn.
        yardstick_ms: by the turn.
        rounds: that are timed.
        name: of the model.
        load: processors that another program keeps busy, by the second.
        harm: share by which a processor that is kept busy makes each of the two longer.
        threads: of the model.
    """
    clock = HandClock()

    def cost_ns(usual_ms: Cost, share: float) -> Callable[[int], int]:
        return lambda turn: int(usual_ms(turn) * MS * (1 + share * load(clock.ns / 1e9)))

    backend = TimedBackend(clock, cost_ns(model_ms, harm[0]))
    backend.threads = threads
    return measure(
        [segmenter(folder, backend, name)],
        frames=FRAMES,
        rounds=rounds,
        seconds=600,
        clock=clock,
        yardstick=lambda _, threads: TimedYardstick(clock, cost_ns(yardstick_ms, harm[1]), threads),
        watch=PlayedMachine(clock, load).watch,
    )


def held(now: Sequence[BenchReport], base: BenchReport, tolerance: float = 0.1) -> Comparison:
    return compare(now, base, baseline="base.json", tolerance=tolerance)


def verdicts(comparison: Comparison) -> set[str]:
    return {change.verdict for change in comparison.changes}


def noise(seed: int, share: float = 0.1) -> Cost:
    values = np.random.default_rng(seed).normal(1, share, 4000)
    return lambda turn: float(values[turn])


def times(base: float, noisy: Cost, factor: float = 1.0) -> Cost:
    return lambda turn: base * factor * noisy(turn)


def comes_and_goes(seconds: float) -> float:
    return 1.0 if seconds // LONG % 2 == 0 else 0.0


def stays(_: float) -> float:
    return 1.0


@pytest.fixture
def base(tmp_path: Path) -> BenchReport:
    return timed(tmp_path, times(5, noise(1)), times(1, noise(2)))


@pytest.mark.parametrize("pace", [0.5, 1.0, 2.0, 7.0])
def test_a_machine_that_is_so_many_times_as_slow_today_passes(tmp_path: Path, base: BenchReport, pace: float) -> None:
    now = timed(tmp_path, times(5, noise(3), pace), times(1, noise(4), pace))
    comparison = held([now], base)
    assert verdicts(comparison) == {"no difference shown"}
    assert comparison.changes[0].machine == pytest.approx(pace, rel=0.05)
    comparison.require_not_slower()


@pytest.mark.parametrize("pace", [0.5, 1.0, 2.0])
def test_a_model_that_became_slower_fails_whatever_the_machine_does(
    tmp_path: Path, base: BenchReport, pace: float
) -> None:
    now = timed(tmp_path, times(5, noise(3), 1.25 * pace), times(1, noise(4), pace))
    comparison = held([now], base)
    assert verdicts(comparison) == {"slower"}
    assert comparison.changes[1].ratio == pytest.approx(1.25, rel=0.03)
    with pytest.raises(
        VerificationError, match=r"slower than in base\.json by more than 10%.*model\.onnx infer 1\.2"
    ) as error:
        comparison.require_not_slower()
    assert error.value.exit_code == 5


@pytest.mark.parametrize("harm", [(0.5, 0.5), (0.6, 0.1), (0.1, 0.9)])
@pytest.mark.parametrize(("factor", "verdict"), [(1.0, "no difference shown"), (1.25, "slower"), (0.7, "faster")])
def test_a_program_that_comes_and_goes_decides_nothing_whichever_it_harms_more(
    tmp_path: Path, base: BenchReport, harm: tuple[float, float], factor: float, verdict: str
) -> None:
    now = timed(tmp_path, times(5, noise(3), factor), times(1, noise(4)), load=comes_and_goes, harm=harm)
    comparison = held([now], base)
    assert verdicts(comparison) == {verdict}
    assert comparison.calm[0] < comparison.calm[1]
    assert verdicts(held([base], now)) == ({"no difference shown"} if factor == 1 else {"slower", "faster"} - {verdict})


@pytest.mark.parametrize("harm", [(0.4, 0.0), (0.0, 0.4)])
def test_a_program_that_stays_leaves_small_differences_open_and_large_ones_not(
    tmp_path: Path, base: BenchReport, harm: tuple[float, float]
) -> None:
    same = held([timed(tmp_path, times(5, noise(3)), times(1, noise(4)), load=stays, harm=harm)], base)
    assert verdicts(same) == {"cannot tell"}
    same.require_not_slower()
    assert same.doubt.startswith(
        "cannot tell whether it became slower: model.onnx end_to_end, model.onnx infer. "
        f"Other programs left 0 of {same.calm[1]} half seconds alone, of base.json's {base_calm(base)}; it takes 4"
    )


@pytest.mark.parametrize(
    ("threads", "factor", "verdict"),
    [(1, 1.4, "cannot tell"), (1, 1.8, "slower"), (2, 1.8, "cannot tell"), (2, 2.4, "slower"), (2, 0.4, "faster")],
)
def test_several_threads_beside_a_program_that_stays_are_in_doubt_for_longer(
    tmp_path: Path, threads: int, factor: float, verdict: str
) -> None:
    then, now = (
        timed(tmp_path, times(5, noise(3), share), times(1, noise(4)), load=load, threads=threads)
        for share, load in ((1.0, lambda _: 0.0), (factor, stays))
    )
    comparison = held([now], then)
    assert verdicts(comparison) == {verdict}
    assert bool(comparison.doubt) == (verdict == "cannot tell")


def base_calm(base: BenchReport) -> str:
    return f"{len(base.stretches)} of {len(base.stretches)}"


def test_a_baseline_taken_beside_a_program_that_stayed_cannot_be_mended_by_another_run(
    tmp_path: Path, base: BenchReport
) -> None:
    busy = timed(tmp_path, times(5, noise(3)), times(1, noise(4)), load=stays, harm=(0.4, 0.0))
    comparison = held([base], busy)
    assert (verdicts(comparison), comparison.unsettled) == ({"cannot tell"}, ())
    assert comparison.doubt.endswith(
        "it takes 4 of each: make the baseline anew when they rest, or with more --duration"
    )


def test_what_is_within_the_tolerance_or_not_certain_is_no_difference(tmp_path: Path, base: BenchReport) -> None:
    slightly = timed(tmp_path, times(5, noise(3), 1.07), times(1, noise(4)))
    assert verdicts(held([slightly], base)) == {"no difference shown"}
    assert verdicts(held([slightly], base, tolerance=0.01)) == {"slower"}

    def wild(seed: int) -> Cost:
        """Of another pace every half a second: what a neighbour on the same host does, whom nobody sees."""
        values = np.random.default_rng(seed).normal(1, 0.3, 40)
        return lambda turn: float(values[turn // 80])

    now = timed(tmp_path, times(5, wild(3), 1.15), times(1, noise(4)))
    assert verdicts(held([now], base, tolerance=0.05)) == {"no difference shown"}


def until_settled(runs: Sequence[BenchReport], base: BenchReport) -> tuple[Comparison, list[str]]:
    """The comparison, and what was told before each further run."""
    told: list[str] = []
    further = iter(runs[1:])
    comparison = compare_until_settled(
        runs[0], lambda: next(further), lambda found: held(found, base), lambda found: told.append(found.doubt)
    )
    assert next(further, None) is None, "fewer runs than expected"
    return comparison, told


def test_what_was_slower_once_and_not_again_passes(tmp_path: Path, base: BenchReport) -> None:
    disturbed = timed(tmp_path, times(5, noise(3), 1.5), times(1, noise(4)))  # nobody saw why
    calm = timed(tmp_path, times(5, noise(5)), times(1, noise(6)))
    comparison, told = until_settled([disturbed, calm], base)
    assert (verdicts(comparison), len(told)) == ({"no difference shown"}, 1)
    comparison, _ = until_settled([disturbed, disturbed], base)
    assert verdicts(comparison) == {"slower"}  # a model that became slower is so every time


def test_another_run_settles_what_other_programs_left_open(tmp_path: Path, base: BenchReport) -> None:
    def run(factor: float, load: Load) -> BenchReport:
        return timed(tmp_path, times(5, noise(3), factor), times(1, noise(4)), load=load, harm=(0.2, 0.0))

    for factor, verdict in ((1.0, "no difference shown"), (1.25, "slower")):
        comparison, told = until_settled([run(factor, stays), run(factor, comes_and_goes)], base)
        assert (verdicts(comparison), comparison.runs) == ({verdict}, 2)
        assert told[0].startswith("cannot tell")
    comparison, told = until_settled([run(1.0, stays)] * RUNS, base)
    assert (verdicts(comparison), len(told)) == ({"cannot tell"}, RUNS - 1)


def test_nothing_is_measured_again_where_nothing_was_slower(tmp_path: Path, base: BenchReport) -> None:
    comparison, told = until_settled([timed(tmp_path, times(5, noise(3)), times(1, noise(4)))], base)
    assert (comparison.runs, told) == (1, [])


def test_without_a_yardstick_for_the_device_the_pace_is_not_taken_out(tmp_path: Path, base: BenchReport) -> None:
    def on_gpu(report: BenchReport) -> BenchReport:
        return replace(report, artifacts=tuple(replace(item, device="CUDA") for item in report.artifacts))

    now = timed(tmp_path, times(5, noise(3), 2), times(1, noise(4), 2))
    comparison = held([on_gpu(now)], on_gpu(base))
    assert [(change.machine, change.verdict) for change in comparison.changes] == [(None, "slower")] * 2


def test_only_what_is_comparable_is_compared(tmp_path: Path, base: BenchReport) -> None:
    elsewhere = replace(base, host=replace(base.host, cpu="Cortex-A76"))
    with pytest.raises(UsageError, match=r"base\.json is from another machine \(Cortex-A76"):
        held([base], elsewhere)
    older = replace(base, host=replace(base.host, instructions=("avx2",)))  # of the same name to a guest
    with pytest.raises(UsageError, match=r"from another machine \(.* avx2; this is .*\); make a baseline here"):
        held([base], older)
    with pytest.raises(UsageError, match="taken on other frames or with another yardstick"):
        held([base], replace(base, frame_sizes_hw=((720, 1280),)))
    with pytest.raises(UsageError, match=r"base\.json does not tell what else ran meanwhile \(unetkit 0\..*\)"):
        held([base], replace(base, stretches=()))
    other = timed(tmp_path, times(5, noise(1)), times(1, noise(2)), name="other", rounds=10)
    with pytest.raises(UsageError, match=r"nothing that was measured is in base\.json .*; it has model\.onnx"):
        held([other], base)
    both = replace(base, artifacts=(*base.artifacts, *timed(tmp_path, noise(1), noise(2), name="other").artifacts))
    assert held([both], base).new == ("other.onnx",)

import json
import math
import random

import pytest

from unetkit.runtime.host import HostInfo
from unetkit.runtime.latency import LatencyReport, StageClock, StageStats, summarise

MS = 1_000_000


class FakeClock:
    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        return self.ns


def percentile(samples: list[float], percent: float) -> float:
    """Type 7 of Hyndman and Fan, written out."""
    ordered = sorted(samples)
    position = percent / 100 * (len(ordered) - 1)
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def host() -> HostInfo:
    return HostInfo(
        cpu="a", board=None, gpu=None, logical_cores=4, usable_cores=2, memory_bytes=1, os="b", python="3", packages={}
    )


def report(stages: tuple[StageStats, ...], fps: float) -> LatencyReport:
    return LatencyReport(
        stages=stages,
        frames=0,
        fps=fps,
        dropped=0,
        engine="onnx",
        device="CPU",
        precision="int8",
        threads=None,
        artifact="model.onnx",
        artifact_sha256="00",
        host=host(),
    )


def test_a_clock_keeps_every_sample_of_every_stage() -> None:
    clock = FakeClock()
    stages = StageClock(("read", "infer"), clock)
    for took in (5, 7):
        with stages.stage("infer"):
            clock.ns += took
    stages.record("read", 3)
    assert stages.samples_ns("infer") == (5, 7)
    assert stages.samples_ns("read") == (3,)


def test_a_stage_that_raises_leaves_no_sample() -> None:
    stages = StageClock(("infer",), FakeClock())
    with pytest.raises(ValueError, match="boom"), stages.stage("infer"):
        raise ValueError("boom")
    assert stages.samples_ns("infer") == ()


def test_a_clock_that_is_set_back_stands_still_and_goes_on_and_the_block_leaves_no_sample() -> None:
    clock = FakeClock()
    clock.ns = 1000
    stages = StageClock(("read", "infer"), clock)
    with stages.stage("infer"):
        clock.ns += 10
        clock.ns -= 500
    with stages.stage("infer"):
        clock.ns += 7
    with stages.stage("read"):
        clock.ns -= 1
    assert stages.samples_ns("infer") == (7,)
    assert stages.samples_ns("read") == ()
    assert stages.set_back == 2
    before = stages.now_ns()
    clock.ns += 3
    assert stages.now_ns() - before == 3


def test_time_that_was_set_back_between_two_blocks_costs_neither_its_sample() -> None:
    clock = FakeClock()
    clock.ns = 1000
    stages = StageClock(("infer",), clock)
    for took in (5, 6):
        with stages.stage("infer"):
            clock.ns += took
        clock.ns -= 300
    assert stages.samples_ns("infer") == (5, 6)


def test_only_the_first_samples_are_kept_of_each_stage() -> None:
    stages = StageClock(("read", "infer"), FakeClock())
    for ns in (1, 2, 3):
        stages.record("infer", ns)
    stages.record("read", 4)
    stages.keep(2)
    assert (stages.samples_ns("infer"), stages.samples_ns("read")) == ((1, 2), (4,))


def test_jitter_is_the_mean_step_from_one_sample_to_the_next() -> None:
    assert summarise("infer", [1 * MS, 4 * MS, 2 * MS, 2 * MS]).jitter_ms == pytest.approx((3 + 2 + 0) / 3)
    assert summarise("infer", [4 * MS] * 5).jitter_ms == 0.0
    assert math.isnan(summarise("infer", [MS]).jitter_ms)


def test_a_stage_nobody_announced_cannot_be_timed() -> None:
    with pytest.raises(KeyError):
        StageClock(("infer",)).record("overlay", 1)


def test_the_statistics_leave_out_stages_without_samples_and_keep_the_order() -> None:
    stages = StageClock(("read", "infer", "overlay"))
    stages.record("overlay", MS)
    stages.record("read", MS)
    assert [item.name for item in stages.stats()] == ["read", "overlay"]


def test_percentiles_of_one_to_five_are_the_hand_computed_ones() -> None:
    stats = summarise("infer", [5 * MS, 1 * MS, 3 * MS, 2 * MS, 4 * MS])
    assert (stats.n, stats.mean_ms, stats.p50_ms, stats.max_ms) == (5, 3.0, 3.0, 5.0)
    # positions 3.6, 3.8 and 3.96 of 1, 2, 3, 4, 5
    assert (stats.p90_ms, stats.p95_ms, stats.p99_ms) == pytest.approx((4.6, 4.8, 4.96))


@pytest.mark.parametrize("count", [1, 2, 10, 101, 1000])
def test_percentiles_equal_linear_interpolation_between_order_statistics(count: int) -> None:
    rng = random.Random(count)
    samples = [rng.randrange(1, 10**9) for _ in range(count)]
    stats = summarise("infer", samples)
    in_ms = [sample / 1e6 for sample in samples]
    assert stats.p50_ms == pytest.approx(percentile(in_ms, 50))
    assert stats.p90_ms == pytest.approx(percentile(in_ms, 90))
    assert stats.p95_ms == pytest.approx(percentile(in_ms, 95))
    assert stats.p99_ms == pytest.approx(percentile(in_ms, 99))


def test_an_outlier_is_never_clipped() -> None:
    stats = summarise("infer", [MS] * 999 + [60_000 * MS])
    assert stats.max_ms == 60_000
    assert stats.mean_ms == pytest.approx(60.999)


def test_no_samples_give_no_figures_rather_than_zeros() -> None:
    stats = summarise("infer", [])
    assert stats.n == 0
    assert all(math.isnan(value) for value in (stats.mean_ms, stats.p50_ms, stats.p99_ms, stats.max_ms))


def test_a_report_is_strict_json_even_without_figures() -> None:
    table = report((summarise("infer", []), summarise("read", [MS])), math.nan).to_dict()
    text = json.dumps(table, allow_nan=False)
    back = json.loads(text)
    assert back["fps"] is None
    assert back["stages"][0]["p50_ms"] is None
    assert back["stages"][1]["p50_ms"] == 1.0
    assert back["host"]["usable_cores"] == 2
    assert back["interrupted"] is False

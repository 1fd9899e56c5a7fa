import json
from collections.abc import Mapping

import pytest

from tests.unit.selection.reports import HOST, Timed, report_of
from unetkit.errors import UsageError
from unetkit.selection.budget import Budget
from unetkit.selection.choice import Selection, choose
from unetkit.selection.profile import timings_of

PI = (
    Timed("edge-nano", 128, "onnx", infer=8, end_to_end=12, work=24),
    Timed("edge-nano", 128, "tflite", infer=5, end_to_end=9, work=24),
    Timed("edge", 128, "onnx", infer=24, end_to_end=28, work=130),
    Timed("edge", 128, "tflite", infer=14, end_to_end=18, work=130),
    Timed("edge-nano", 256, "tflite", infer=20, end_to_end=25, work=96),
    Timed("lite0", 128, "tflite", infer=29, end_to_end=33, work=170),
    Timed("lite0", 256, "tflite", infer=116, end_to_end=121, work=680),
)
MIOU = {("edge-nano", 128): 0.70, ("edge", 128): 0.75, ("edge-nano", 256): 0.76, ("lite0", 128): 0.79}


def select(
    *models: Timed, fps: float | None = None, latency_ms: float | None = None, measured: Mapping[tuple[str, int], float]
) -> Selection:
    report = report_of(*models)
    budget = Budget.of(fps=fps, latency_ms=latency_ms)
    return choose(timings_of(report), budget, report, measured=measured)


@pytest.mark.parametrize(
    ("fps", "latency_ms", "chosen"),
    [
        (5.0, None, ("lite0", 256, "tflite")),
        (30.0, None, ("lite0", 128, "tflite")),  # 33 of 33.3 ms
        (31.0, None, ("edge", 128, "tflite")),  # 33 of 32.3 ms is too slow
        (50.0, None, ("edge", 128, "tflite")),  # in ONNX Runtime it would take 28 of 20 ms
        (100.0, None, ("edge-nano", 128, "tflite")),
        (None, 14.0, ("edge", 128, "tflite")),  # exactly
        (None, 13.9, ("edge-nano", 128, "tflite")),
        (30.0, 20.0, ("edge", 128, "tflite")),  # lite0 keeps the first and not the second
    ],
)
def test_the_most_work_that_fits_is_chosen_on_its_fastest_engine_until_all_were_measured(
    fps: float | None, latency_ms: float | None, chosen: tuple[str, int, str]
) -> None:
    selection = select(*PI, fps=fps, latency_ms=latency_ms, measured=MIOU)  # lite0 at 256 is not measured
    timing = selection.chosen
    assert (timing.candidate.network, timing.candidate.size, timing.engine) == chosen
    assert selection.order.startswith("multiply-adds")


@pytest.mark.parametrize(("fps", "chosen"), [(30.0, ("lite0", 128)), (35.0, ("edge-nano", 256)), (50.0, ("edge", 128))])
def test_where_all_were_measured_the_best_that_fits_is_chosen(fps: float, chosen: tuple[str, int]) -> None:
    selection = select(*PI[:-1], fps=fps, measured=MIOU)
    assert (selection.chosen.candidate.network, selection.chosen.candidate.size) == chosen
    assert selection.order.startswith("mIoU")


def test_the_table_goes_from_the_most_capable_down_and_within_a_candidate_from_the_fastest() -> None:
    selection = select(*PI, fps=50, measured={})
    assert [(row.timing.candidate.network, row.timing.candidate.size, row.timing.engine) for row in selection.rows] == [
        ("lite0", 256, "tflite"),
        ("lite0", 128, "tflite"),
        ("edge", 128, "tflite"),
        ("edge", 128, "onnx"),
        ("edge-nano", 256, "tflite"),
        ("edge-nano", 128, "tflite"),
        ("edge-nano", 128, "onnx"),
    ]
    assert [row.fits for row in selection.rows] == [False, False, True, False, False, True, True]


def test_of_equal_work_the_later_network_is_the_more_capable() -> None:
    models = [Timed(name, 128, "onnx", infer=1, end_to_end=2) for name in ("lite0", "classic", "edge-nano", "edge")]
    rows = select(*models, fps=30, measured={}).rows
    assert [row.timing.candidate.network for row in rows] == ["lite0", "edge", "edge-nano", "classic"]


def test_where_none_fits_the_error_names_the_fastest_and_its_time() -> None:
    selection = select(*PI, fps=200, measured={})
    assert selection.first_fitting is None
    with pytest.raises(UsageError) as error:
        _ = selection.chosen
    assert str(error.value) == (
        "no network keeps end to end p95 <= 5 ms on Raspberry Pi 5: the fastest is edge-nano at 128 on tflite, "
        "end to end 9 ms, infer 5 ms; allow more time, or give a smaller --size"
    )


@pytest.mark.parametrize(("steady", "unsteady"), [(0.6, False), (0.4, True)])
def test_slow_frames_over_twice_the_usual_ones_mean_that_the_device_was_busy(steady: float, unsteady: bool) -> None:
    selection = select(Timed("edge", 128, "onnx", infer=90, end_to_end=99, steady=steady), fps=30, measured={})
    assert selection.unsteady is unsteady
    with pytest.raises(UsageError, match="while nothing else runs there" if unsteady else "give a smaller --size"):
        _ = selection.chosen


def test_the_record_is_json_and_marks_the_one_that_was_chosen() -> None:
    selection = select(*PI, fps=30, measured=MIOU)
    record = json.loads(json.dumps(selection.to_dict(), allow_nan=False))
    (chosen,) = (row for row in record["rows"] if row["chosen"])
    assert chosen["timing"]["candidate"] == {"network": "lite0", "size": 128}
    assert (chosen["timing"]["end_to_end_ms"], chosen["miou"], chosen["fits"]) == (33, 0.79, True)
    assert record["budget"] == {"end_to_end_ms": pytest.approx(1000 / 30), "infer_ms": None}
    assert record["host"]["board"] == HOST.board
    assert len(record["rows"]) == len(PI)

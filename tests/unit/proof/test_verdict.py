"""int8 or fp32: by the fastest of each, the rounds compared in pairs, and the accuracy."""

from math import nan

import pytest

from unetkit.proof.timing import Lane
from unetkit.proof.verdict import Timed, decide, finalists

PAIR = "(model.int8 in onnx against model.fp32 in onnx)"


def timed(precision: str, *times: int, engine: str = "onnx", change: float = 0.0) -> Timed:
    return Timed(
        file=f"model.{precision}",
        engine=engine,
        precision=precision,
        miou_change=change,
        lane=Lane(samples_ns=times),
    )


@pytest.mark.parametrize(
    ("candidates", "choice", "sentence"),
    [
        (
            [timed("fp32", 240, 240, 240), timed("int8", 100, 100, 100, engine="tflite", change=-0.003)],
            "int8",
            "int8: 2.4x faster, -0.3 points: use it (model.int8 in tflite against model.fp32 in onnx)",
        ),
        (
            [timed("fp32", 105, 105, 105), timed("int8", 100, 100, 100, change=-0.004)],
            "fp32",
            f"keep fp32: int8 is 1.1x faster, -0.4 points, too little to feel {PAIR}",
        ),
        (
            [timed("fp32", 100, 100, 100), timed("int8", 200, 200, 200, change=0.002)],
            "fp32",
            f"keep fp32: int8 is 2.0x slower, +0.2 points {PAIR}",
        ),
        (
            [timed("fp32", 400, 400, 400), timed("int8", 100, 100, 100, change=-0.021)],
            "fp32",
            f"keep fp32: int8 is 4.0x faster, -2.1 points, over the 1 allowed {PAIR}",
        ),
        (
            [timed("fp32", 300, 300, 300), timed("int8", 100, 100, 100, change=nan)],
            "int8",
            f"int8: 3.0x faster: use it {PAIR}",
        ),
    ],
    ids=["worth it", "no faster", "slower", "too inaccurate", "accuracy unknown"],
)
def test_the_sentence(candidates: list[Timed], choice: str, sentence: str) -> None:
    verdict = decide(candidates, max_drop=1.0)
    assert verdict is not None
    assert (verdict.choice, verdict.sentence) == (choice, sentence)


def test_the_fastest_of_each_kind_are_compared_whichever_engine_runs_them() -> None:
    verdict = decide(
        [
            timed("fp32", 400, 400, 400),
            timed("fp16", 300, 300, 300, engine="openvino"),
            timed("int8", 200, 200, 200),
            timed("int8", 100, 100, 100, engine="tflite"),
            timed("dynamic", 10, 10, 10),  # neither
        ],
        max_drop=1.0,
    )
    assert verdict is not None
    assert verdict.speedup == pytest.approx(3.0)
    assert (verdict.int8, verdict.float) == ("model.int8 (tflite)", "model.fp16 (openvino)")


def test_a_gain_that_a_quarter_of_the_rounds_does_not_have_is_none() -> None:
    """Medians 200 and 100, but in a quarter of the rounds both took as long."""
    verdict = decide([timed("fp32", 200, 200, 200, 200, 200, 100, 100, 100), timed("int8", *[100] * 8)], max_drop=1.0)
    assert verdict is not None
    assert verdict.speedup == pytest.approx(2.0)
    assert verdict.choice == "fp32"
    assert "2.0x faster, +0.0 points, but not in one round of four: try again on an idle machine" in verdict.sentence


def test_the_two_fastest_of_each_kind_by_their_best_times_go_to_the_last_race() -> None:
    candidates = [
        timed("fp32", 50, 900),
        timed("fp16", 60, 61),
        timed("fp32", 70, 71),
        timed("dynamic", 1, 1),
        timed("int8", 40, 40),
    ]
    assert finalists(candidates) == [0, 1, 4]
    assert finalists(candidates[:4]) == []


@pytest.mark.parametrize("kinds", [(), ("fp32",), ("int8",), ("int8", "dynamic")])
def test_without_both_kinds_there_is_no_verdict(kinds: tuple[str, ...]) -> None:
    assert decide([timed(kind, 1) for kind in kinds], max_drop=1.0) is None


def test_its_json_has_null_where_accuracy_is_not_known() -> None:
    verdict = decide([timed("fp32", 3), timed("int8", 1, change=nan)], max_drop=1.0)
    assert verdict is not None
    assert verdict.to_dict()["points"] is None

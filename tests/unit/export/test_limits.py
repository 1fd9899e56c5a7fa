"""Which artifact is refused, and what the message says."""

from dataclasses import replace
from math import nan

import pytest

from unetkit.contract.scoring import AccuracyReport
from unetkit.errors import UsageError, VerificationError
from unetkit.export.limits import require_max_drop, require_within_limits
from unetkit.export.parity import ParityReport
from unetkit.export.quantisation.ranking import LayerNoise
from unetkit.export.quantisation.recipe import Recipe
from unetkit.export.quantisation.search import Search, Trial
from unetkit.export.result import ExportResult
from unetkit.export.signature import Port, Signature
from unetkit.export.target import Target
from unetkit.runtime.backends.backend import Precision
from unetkit.runtime.backends.operators import OperatorCount


def result(
    precision: Precision,
    *,
    difference: float = 0.0,
    score_range: float = 1.0,
    agreement: float = 1.0,
    drop: float = 0.0,
) -> ExportResult:
    """`drop` in shares of mIoU."""
    accuracy = AccuracyReport(
        class_names=("background", "cat"),
        split="validation",
        images=2,
        pixel_accuracy=0.9,
        miou=0.8 - drop,
        iou=(0.8 - drop, nan),
        dice=(0.9, nan),
    )
    return ExportResult(
        target=Target(format="onnx", precision=precision),
        file="model.onnx",
        bytes=1,
        sha256="0",
        parity=ParityReport(
            signature=Signature(
                input=Port(name="frame", dtype="uint8", shape=(1, 2, 2, 3)),
                output=Port(name="scores", dtype="float32", shape=(1, 2, 2, 2)),
            ),
            frames=4,
            max_abs_difference=difference,
            score_range=score_range,
            mask_agreement=agreement,
        ),
        accuracy=accuracy,
        miou_change=-drop,
        iou_change=(-drop, nan),
    )


@pytest.mark.parametrize(
    "good",
    [
        result("fp32", difference=0.001, agreement=0.999),
        result("fp32", difference=0.02, score_range=20),  # 1e-3 of the range
        result("fp16", difference=0.02, agreement=0.995),
        result("int8", difference=5.0, agreement=0.5, drop=0.0099),  # what int8 costs is measured in mIoU alone
        result("int8", drop=-0.5),  # better than the model
    ],
)
def test_what_lies_within_the_limits_is_let_through(good: ExportResult) -> None:
    require_within_limits((good,), max_drop=1.0)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (result("fp32", difference=0.0011), r"model\.onnx: its scores differ by 0\.0011, the limit is 0\.001"),
        (result("fp32", difference=nan), r"scores differ by nan"),
        (result("fp16", difference=0.21, score_range=10), r"differ by 0\.21, the limit is 0\.2"),
        (result("fp32", agreement=0.998), r"99\.80% of its mask pixels agree, the limit is 99\.9%"),
        (result("fp32", drop=0.0101), r"model\.onnx: it loses 1\.01 points of mIoU, the limit is 1\.00 \(--max-drop\)"),
        (result("int8", drop=0.0101), r"model\.int8\.onnx: it loses 1\.01 points"),
        (result("int8", drop=nan), r"it loses nan points"),
    ],
)
def test_what_is_past_a_limit_is_named_with_its_figure_and_the_limit(bad: ExportResult, message: str) -> None:
    with pytest.raises(VerificationError, match=message) as error:
        require_within_limits((result("fp32"), bad), max_drop=1.0)
    assert str(error.value).startswith("nothing is published: ")
    assert "\n" not in str(error.value)


def test_every_artifact_past_a_limit_is_named() -> None:
    with pytest.raises(VerificationError, match=r"model\.fp16\.onnx: .*; model\.int8\.onnx: "):
        require_within_limits((result("fp16", drop=0.5), result("int8", drop=0.5)), max_drop=1.0)


def test_no_drop_at_all_may_be_asked_for() -> None:
    require_within_limits((result("int8"),), max_drop=0.0)
    with pytest.raises(VerificationError):
        require_within_limits((result("int8", drop=0.0001),), max_drop=0.0)


def test_an_artifact_that_is_not_mostly_integer_is_not_called_int8() -> None:
    operators = OperatorCount.of([("QLinearConv", True), ("Sigmoid", False), ("Sigmoid", False)], borders=4)
    bad = replace(result("int8"), operators=operators)
    with pytest.raises(
        VerificationError,
        match=r"model\.int8\.onnx: 1 of 3 operators are integer; float: 2 Sigmoid, so it is not int8",
    ):
        require_within_limits((bad,), max_drop=1.0)
    good = replace(bad, operators=OperatorCount.of([("QLinearConv", True)], borders=2))
    require_within_limits((good,), max_drop=1.0)


def test_a_search_in_vain_is_told_with_its_best_and_the_layers_that_lose_most() -> None:
    best = Recipe(ranges="mse", float_layers=("a", "b"))
    trials = tuple(
        Trial(recipe=recipe, drop=drop, latency_ratio=1.0, operators=None)
        for recipe, drop in ((Recipe(), 4.0), (best, 2.5))
    )
    ranking = tuple(LayerNoise(layer=name, sqnr_db=10.0) for name in "abcdef")
    bad = replace(result("int8", drop=0.04), search=Search(trials=trials, ranking=ranking, chosen=None))
    with pytest.raises(VerificationError) as error:
        require_within_limits((bad,), max_drop=1.0)
    assert str(error.value).endswith(
        "it loses 4.00 points of mIoU, the limit is 1.00 (--max-drop); the best of 2 ways "
        "(mse, per channel, 2 in float) loses 2.50; "
        "most harm: a (10.0 dB), b (10.0 dB), c (10.0 dB), d (10.0 dB), e (10.0 dB)"
    )


@pytest.mark.parametrize("value", [-0.1, 100.1, nan])
def test_a_limit_that_is_no_number_of_points_is_refused(value: float) -> None:
    with pytest.raises(UsageError, match="points of mIoU from 0 to 100"):
        require_max_drop(value)


def test_the_report_has_null_where_a_class_does_not_occur() -> None:
    row = result("fp32").to_dict()
    assert row["iou"] == {"background": 0.8, "cat": None}
    assert row["iou_change"] == {"background": -0.0, "cat": None}

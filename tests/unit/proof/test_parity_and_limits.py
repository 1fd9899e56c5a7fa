"""How far an artifact is from the trained model, and how far it may be."""

from dataclasses import replace
from math import nan
from pathlib import Path

import numpy as np
import pytest

from tests.tiny_models import SPEC
from tests.unit.proof.exports import ByHand, golden
from unetkit.contract.arrays import InputTensor, Scores
from unetkit.proof.golden import AtExport
from unetkit.proof.parity import GoldenParity, Limits, compare
from unetkit.runtime.segmenter import Segmenter

GOLDEN = golden()


class Changed(ByHand):
    """The trained model with one frame's scores changed."""

    def __init__(self, frame: str, change: Scores | float) -> None:
        self._tensor = next(item.tensor for item in GOLDEN.frames if item.name == frame)
        self._change = change

    def infer(self, tensor: InputTensor) -> Scores:
        scores = super().infer(tensor)
        return scores + np.float32(self._change) if np.array_equal(tensor, self._tensor) else scores


def parity(backend: ByHand) -> GoldenParity:
    return compare(Segmenter(Path("model"), SPEC, backend), GOLDEN)


def test_the_model_itself_differs_by_nothing() -> None:
    assert parity(ByHand()) == GoldenParity(max_abs_difference=0.0, worst_frame="real1", mask_agreement=1.0)


@pytest.mark.parametrize("frame", ["dark", "bright", "border", "noise", "wide"])
def test_a_difference_on_one_frame_alone_is_found_and_the_frame_is_named(frame: str) -> None:
    found = parity(Changed(frame, 0.25))
    assert found.worst_frame == frame
    assert found.max_abs_difference == pytest.approx(0.25, abs=1e-6)  # float32 rounding of scores below 4
    assert found.mask_agreement == 1.0  # every class rose alike


def test_a_nan_is_the_worst_of_all() -> None:
    found = parity(Changed("tall", nan))
    assert np.isnan(found.max_abs_difference)
    assert found.worst_frame == "tall"
    assert Limits(max_abs_difference=1e9, mask_agreement=None).broken_by(found)


def test_masks_of_flat_frames_are_not_counted_and_the_others_by_their_pixels() -> None:
    lift = np.array([0, 0, 100], np.float32)  # all of the frame becomes the last class
    assert parity(Changed("dark", lift)).mask_agreement == 1.0
    noise = next(item for item in GOLDEN.frames if item.name == "noise")
    changed = np.count_nonzero(noise.scores.argmax(-1) != 2)
    pixels = sum(item.frame[..., 0].size for item in GOLDEN.frames if item.name not in {"dark", "bright"})
    assert parity(Changed("noise", lift)).mask_agreement == pytest.approx(1 - changed / pixels)


AT_EXPORT = AtExport(
    file="model", sha256="", precision="int8", max_abs_difference=2.0, mask_agreement=0.98, miou=0.8, miou_change=0.0
)


@pytest.mark.parametrize(
    ("precision", "device", "at_export", "expected"),
    [
        ("fp32", "CPU", None, (1e-3, 0.999)),
        ("fp32", "CUDA", None, (2e-2, 0.995)),  # TF32 keeps the 11 bits of float16
        ("fp16", "CPU", AT_EXPORT, (2e-2, 0.995)),
        ("int8", "CPU", AT_EXPORT, (3.0, 0.97)),  # half as much again, a point of the pixels
        ("dynamic", "CPU", AT_EXPORT, (3.0, 0.97)),
        ("int8", "CPU", None, (None, None)),
    ],
)
def test_the_limits_of_a_precision(
    precision: str, device: str, at_export: AtExport | None, expected: tuple[float | None, float | None]
) -> None:
    limits = Limits.of(precision, GOLDEN, at_export, device=device)
    share = GOLDEN.score_range if precision in ("fp32", "fp16") else 1
    wanted = None if expected[0] is None else pytest.approx(expected[0] * share)
    assert limits.max_abs_difference == wanted
    assert limits.mask_agreement == (None if expected[1] is None else pytest.approx(expected[1]))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, ""),
        ({"max_abs_difference": 0.51}, r"its scores differ by 0.51 on frame wide, the limit is 0.5"),
        ({"mask_agreement": 0.94}, "94.00% of its mask pixels agree, the limit is 95.0%"),
    ],
)
def test_a_broken_limit_is_told_with_both_figures(change: dict[str, float], told: str) -> None:
    found = GoldenParity(max_abs_difference=0.5, worst_frame="wide", mask_agreement=0.95)
    limits = Limits(max_abs_difference=0.5, mask_agreement=0.95)
    assert limits.broken_by(replace(found, **change)) == told  # type: ignore[arg-type]

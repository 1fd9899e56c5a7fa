"""How far an opened artifact is from the trained model on the golden frames, and how far it may be."""

from dataclasses import dataclass

import numpy as np

from unetkit.contract.postprocess import postprocess
from unetkit.contract.preprocess import place
from unetkit.proof.golden import FLAT, AtExport, GoldenSet
from unetkit.runtime.segmenter import Segmenter

# Largest score difference as a share of the score range, and smallest mask agreement.
# fp32: only the order of additions differs, about 1e-6 a layer; 1e-3 is far above that and far below a wrong fold.
# fp16: a number keeps 11 bits (5e-4), and a few dozen layers add their roundings up; masks move on outlines alone.
FP32_LIMITS = 1e-3, 0.999
FP16_LIMITS = 2e-2, 0.995
# int8 and dynamic: steps of 1/256 of a layer's range. What they cost was measured at export; engines and processors
# round a step up or down where another rounds the other way, so elsewhere it may be half as much again, no more.
_ROUNDED_ELSEWHERE = 1.5
_AGREEMENT_ELSEWHERE = 0.01


@dataclass(frozen=True, kw_only=True)
class GoldenParity:
    """An artifact in one engine beside the Keras model, on the golden frames.

    Attributes:
        max_abs_difference: largest difference of two scores on any frame; NaN where the artifact gave one.
        worst_frame: where it is.
        mask_agreement: share of pixels, 0..1, of equal label, at frame size, over all frames that are not flat.
    """

    max_abs_difference: float
    worst_frame: str
    mask_agreement: float


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What an artifact may differ by and still be called the trained model; None: it is not limited."""

    max_abs_difference: float | None
    mask_agreement: float | None

    @classmethod
    def of(cls, precision: str, golden: GoldenSet, at_export: AtExport | None, *, device: str = "CPU") -> "Limits":
        """Limits of a precision; a GPU may shorten float32 to the 11 bits of float16 (TF32)."""
        if precision in {"fp32", "fp16"}:
            share, agreement = FP32_LIMITS if precision == "fp32" and device == "CPU" else FP16_LIMITS
            return cls(max_abs_difference=share * golden.score_range, mask_agreement=agreement)
        if at_export is None:
            return cls(max_abs_difference=None, mask_agreement=None)
        return cls(
            max_abs_difference=_ROUNDED_ELSEWHERE * at_export.max_abs_difference,
            mask_agreement=at_export.mask_agreement - _AGREEMENT_ELSEWHERE,
        )

    def broken_by(self, parity: GoldenParity) -> str:
        """Which is broken, with both figures; empty where none is."""
        # NaN is over every limit
        if self.max_abs_difference is not None and not parity.max_abs_difference <= self.max_abs_difference:
            return (
                f"its scores differ by {parity.max_abs_difference:.3g} on frame {parity.worst_frame}, "
                f"the limit is {self.max_abs_difference:.3g}"
            )
        if self.mask_agreement is not None and not parity.mask_agreement >= self.mask_agreement:
            return f"{parity.mask_agreement:.2%} of its mask pixels agree, the limit is {self.mask_agreement:.1%}"
        return ""


def compare(segmenter: Segmenter, golden: GoldenSet) -> GoldenParity:
    """Run the golden tensors, as they were fitted at export, through an artifact."""
    differences, equal, pixels = {}, 0, 0
    for item in golden.frames:
        scores = segmenter.infer(item.tensor)
        differences[item.name] = float(np.abs(scores - item.scores).max())
        if item.name in FLAT:
            continue
        placement = place(item.frame.shape[:2], segmenter.spec.input)
        given, wanted = (postprocess(each, placement, segmenter.spec).labels for each in (scores, item.scores))
        equal += int(np.count_nonzero(given == wanted))
        pixels += given.size
    worst = max(differences, key=lambda name: np.nan_to_num(differences[name], nan=np.inf))
    return GoldenParity(
        max_abs_difference=differences[worst], worst_frame=worst, mask_agreement=equal / pixels if pixels else 1.0
    )

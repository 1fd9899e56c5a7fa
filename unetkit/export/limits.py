"""What an artifact may differ by and still be called the trained model."""

import math

from unetkit.errors import UsageError, VerificationError
from unetkit.export.result import ExportResult
from unetkit.runtime.backends.backend import Precision

# Largest score difference as a share of the score range, and smallest mask agreement, of the float artifacts.
# fp32: only the order of additions differs, about 1e-6 a layer; 1e-3 is far above that and far below a wrong fold.
# fp16: a number keeps 11 bits (5e-4), and a few dozen layers add their roundings up; masks move on outlines alone.
# int8 has no such limit: its scores are steps of 1/256 of their range, and what they cost is what `max_drop` measures.
_LIMITS: dict[Precision, tuple[float, float]] = {"fp32": (1e-3, 0.999), "fp16": (2e-2, 0.995)}
_NAMED_LAYERS = 5


def require_max_drop(max_drop: float) -> None:
    """Raises UsageError: not a number from 0 to 100."""
    if not 0 <= max_drop <= 100:
        raise UsageError(f"max drop is {max_drop}, expected points of mIoU from 0 to 100 (1.0 is usual)")


def require_within_limits(results: tuple[ExportResult, ...], *, max_drop: float) -> None:
    """Refuse an export of which any artifact is not the model.

    Args:
        results: of every artifact.
        max_drop: points of mIoU (hundredths) an artifact may lose against the Keras model.

    Raises:
        VerificationError: naming each artifact, its figure and the limit.
    """
    reasons = [reason for result in results for reason in _reasons(result, max_drop)]
    if reasons:
        raise VerificationError(f"nothing is published: {'; '.join(reasons)}")


def _searched(result: ExportResult) -> str:
    """What was tried in vain."""
    if result.search is None:
        return ""
    best = min(result.search.trials, key=lambda trial: trial.drop)
    layers = ", ".join(map(str, result.search.ranking[:_NAMED_LAYERS]))
    return f"; the best of {len(result.search.trials)} ways ({best.recipe}) loses {best.drop:.2f}; most harm: {layers}"


def _reasons(result: ExportResult, max_drop: float) -> list[str]:
    reasons = []
    if result.target.precision in _LIMITS:
        share, agreement = _LIMITS[result.target.precision]
        limit = share * result.parity.score_range
        if not result.parity.max_abs_difference <= limit:  # NaN is over every limit
            reasons.append(f"its scores differ by {result.parity.max_abs_difference:.3g}, the limit is {limit:.3g}")
        if not result.parity.mask_agreement >= agreement:
            reasons.append(f"{result.parity.mask_agreement:.2%} of its mask pixels agree, the limit is {agreement:.1%}")
    if result.operators is not None and not result.operators.mostly_integer:
        reasons.append(f"{result.operators}, so it is not int8; export it without --int8")
    drop = -100 * result.miou_change
    if math.isnan(drop) or drop > max_drop:
        reasons.append(
            f"it loses {drop:.2f} points of mIoU, the limit is {max_drop:.2f} (--max-drop){_searched(result)}"
        )
    return [f"{result.target.file}: {reason}" for reason in reasons]

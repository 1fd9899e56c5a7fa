"""The reliability diagram: the geometry that a template writes as SVG."""

from dataclasses import dataclass

from unetkit.trainer.report.reliability import Reliability

SIDE = 300
_LEFT, _BOTTOM, _TOP, _RIGHT = 44, 38, 10, 10


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bin: where it stands, the heights of its accuracy and confidence, how dark it is, and what it says."""

    left: float
    width: float
    accuracy_top: float
    confidence_top: float
    opacity: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """Positions in pixels of a square SVG picture; `ticks` are (x, y, text) along both axes."""

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, float, str], ...]
    side: int = SIDE
    left: int = _LEFT
    top: int = _TOP
    right: int = SIDE - _RIGHT
    bottom: int = SIDE - _BOTTOM


def reliability_diagram(reliability: Reliability) -> Diagram:
    """Accuracy a bin as bars, as dark as the bin has many pixels, with a line at its mean confidence."""
    bins = len(reliability.pixels)
    width = (SIDE - _RIGHT - _LEFT) / bins
    most = max(float(reliability.shares.max()), 1e-12)
    bars = []
    for place, (accuracy, confidence, share) in enumerate(
        zip(reliability.accuracy.tolist(), reliability.confidence.tolist(), reliability.shares.tolist(), strict=True)
    ):
        if not share:
            continue
        low, high = place / bins, (place + 1) / bins
        text = (
            f"confidence {low:.2f} to {high:.2f}: {100 * share:.2f}% of the pixels, {100 * accuracy:.1f}% of them right"
        )
        bars.append(
            Bar(
                left=round(_LEFT + place * width + 0.75, 2),
                width=round(width - 1.5, 2),
                accuracy_top=_y(accuracy),
                confidence_top=_y(confidence),
                opacity=round(0.3 + 0.7 * (share / most) ** 0.5, 2),
                text=text,
            )
        )
    values = (0.0, 0.25, 0.5, 0.75, 1.0)
    return Diagram(bars=tuple(bars), ticks=tuple((_x(value), _y(value), f"{value:g}") for value in values))


def _x(value: float) -> float:
    return round(_LEFT + value * (SIDE - _RIGHT - _LEFT), 2)


def _y(value: float) -> float:
    return round(SIDE - _BOTTOM - value * (SIDE - _BOTTOM - _TOP), 2)

"""The learning rate by a range test: it grows from step to step, and the loss says when it is too much.

Smith 2017, "Cyclical Learning Rates for Training Neural Networks" (arXiv:1506.01186), section 3.3.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.publish import published
from unetkit.errors import UsageError

LOWEST, HIGHEST, STEPS = 1e-6, 1.0, 120
_SMOOTHED = 0.9  # decay of the loss's moving average
_DIVERGED = 3.0  # times the lowest loss: nothing more is learnt from going on
_WINDOW = 11  # steps whose mean is a point of the curve


@dataclass(frozen=True, kw_only=True)
class RangeTest:
    """Learning rates that were tried, the mean losses around them, and the one to take as peak."""

    rates: NDArray[np.float64]
    losses: NDArray[np.float64]
    suggested: float


def rate_of(step: int) -> float:
    """The learning rate of a step, from 0; equal factors apart."""
    return float(LOWEST * (HIGHEST / LOWEST) ** (step / (STEPS - 1)))


def diverged(losses: Sequence[float]) -> bool:
    """Whether the test can end: no number, or far above the lowest of the smoothed losses."""
    smooth = smoothed(losses)
    return bool(not math.isfinite(losses[-1]) or smooth[-1] > _DIVERGED * smooth.min())


def smoothed(losses: Sequence[float]) -> NDArray[np.float64]:
    """Moving average, `s_t = 0.9 s_(t-1) + 0.1 l_t`, without the bias of its start: divided by `1 - 0.9^t`."""
    average, values = 0.0, []
    for count, loss in enumerate(losses, start=1):
        average = _SMOOTHED * average + (1 - _SMOOTHED) * loss
        values.append(average / (1 - _SMOOTHED**count))
    return np.array(values)


def suggestion(losses: Sequence[float]) -> RangeTest:
    """Where the loss fell fastest, over equal factors of the rate.

    Args:
        losses: of steps 0, 1, ... at `rate_of` them.

    Raises:
        UsageError: the loss never fell, so no rate can be suggested.
    """
    finite = list(itertools.takewhile(math.isfinite, losses))
    if len(finite) > _WINDOW:
        means = np.convolve(finite, np.full(_WINDOW, 1 / _WINDOW), mode="valid")
        rates = np.array([rate_of(step + _WINDOW // 2) for step in range(len(means))])
        falls = np.diff(means)
        if falls.min() < 0:
            steepest = int(falls.argmin())
            return RangeTest(rates=rates, losses=means, suggested=float(f"{rates[steepest]:.2g}"))
    raise UsageError("the loss did not fall at any learning rate; look at the data with `unetkit data check`")


def draw_range_test(path: Path, test: RangeTest) -> None:
    """Loss over the learning rate, the suggestion marked, as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.plot(test.rates, test.losses)
    axes.axvline(test.suggested, linestyle="--", color="tab:red", label=f"suggested peak: {test.suggested:g}")
    axes.set(xscale="log", xlabel="learning rate", ylabel="smoothed loss")
    axes.grid(alpha=0.3)
    axes.legend()
    with published(path) as temporary:
        figure.savefig(temporary, dpi=110)

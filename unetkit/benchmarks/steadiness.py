"""When an engine has warmed up: found out from its times, not guessed.

Engines plan, allocate and compile in their first inferences, caches fill, a clock goes up. Steady is what does not
differ any more from what was just before (after Georges et al. 2007, "Statistically Rigorous Java Performance
Evaluation", who look at the last k times; a busy machine never calms down to a bound of its own, so the bound here
goes by the spread of the times).
"""

from collections.abc import Sequence

import numpy as np

WINDOW = 8  # frames; two of them are the shortest warm-up
_CLOSE = 0.05
_FARTHEST = 0.25


def is_steady(samples_ns: Sequence[int]) -> bool:
    """Whether the medians of the last `WINDOW` samples and of the `WINDOW` before are the same.

    The same means within 5 %, or within half the middle half's width of both windows: so far apart are two medians of
    eight samples by chance (a standard error of 1.25 sigma / sqrt(8) each), but never more than 25 %.
    """
    if len(samples_ns) < 2 * WINDOW:
        return False
    earlier, later = np.asarray(samples_ns[-2 * WINDOW :], np.float64).reshape(2, WINDOW)
    before, after = np.median(earlier), np.median(later)
    if before == 0:
        return bool(after == 0)
    widths = [np.subtract(*np.percentile(window, (75, 25))) for window in (earlier, later)]
    allowed = min(max(_CLOSE, float(np.mean(widths) / 2 / before)), _FARTHEST)
    return bool(abs(after / before - 1) <= allowed)

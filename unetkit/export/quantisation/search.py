"""The search for an int8 model within the limit: other ranges first, then as few layers in float as it takes."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from unetkit.deployment.ranges import RANGE_METHODS
from unetkit.export.quantisation.ranking import LayerNoise
from unetkit.export.quantisation.recipe import Recipe
from unetkit.runtime.backends.operators import OperatorCount


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One recipe, tried.

    Attributes:
        recipe: how it was quantised.
        drop: points of mIoU lost on the validation split.
        latency_ratio: its inference time as a share of the float32 artifact's, interleaved, on this machine.
        operators: how many are integer; None where the engine does not tell.
    """

    recipe: Recipe
    drop: float
    latency_ratio: float
    operators: OperatorCount | None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "recipe": self.recipe.to_dict(),
            "drop": self.drop,
            "latency_ratio": self.latency_ratio,
            "operators": self.operators.to_dict() if self.operators else None,
        }


@dataclass(frozen=True, kw_only=True)
class Search:
    """What was tried, and what came of it.

    Attributes:
        trials: in the order they were made.
        ranking: the layers that hurt most first; empty where other ranges were enough.
        chosen: the recipe that keeps within the limit; None where none does.
    """

    trials: tuple[Trial, ...]
    ranking: tuple[LayerNoise, ...]
    chosen: Recipe | None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "trials": [trial.to_dict() for trial in self.trials],
            "ranking": [asdict(item) for item in self.ranking],
            "found": self.chosen is not None,
        }


def search(
    start: Recipe,
    *,
    max_drop: float,
    attempt: Callable[[Recipe], Trial],
    rank: Callable[[Recipe], tuple[LayerNoise, ...]],
) -> Search:
    """Try recipes until one keeps within the limit.

    Args:
        start: the recipe that was found to lose too much.
        max_drop: points of mIoU that may be lost.
        attempt: makes and measures a model.
        rank: the layers, the one that hurts most under a recipe first; asked at most once.

    Returns:
        All that was tried. Half of the layers at most are left in float: what is not mostly integer is not int8.
    """
    trials: list[Trial] = []

    def fits(recipe: Recipe) -> bool:
        trials.append(attempt(recipe))
        return trials[-1].drop <= max_drop

    for recipe in _calibrations(start):
        if fits(recipe):
            return Search(trials=tuple(trials), ranking=(), chosen=recipe)
    best = min(trials, key=lambda trial: trial.drop).recipe
    if not best.bias_correction:
        corrected = replace(best, bias_correction=True)
        if fits(corrected):
            return Search(trials=tuple(trials), ranking=(), chosen=corrected)
        best = min(trials, key=lambda trial: trial.drop).recipe
    ranking = rank(best)

    def keeping(count: int) -> Recipe:
        return replace(best, float_layers=tuple(item.layer for item in ranking[:count]))

    count = _fewest(lambda number: fits(keeping(number)), most=len(ranking) // 2)
    return Search(trials=tuple(trials), ranking=ranking, chosen=None if count is None else keeping(count))


def _calibrations(start: Recipe) -> list[Recipe]:
    return [start, *(replace(start, ranges=method) for method in RANGE_METHODS if method != start.ranges)]


def _fewest(holds: Callable[[int], bool], *, most: int) -> int | None:
    """The smallest number from 1 to `most` that holds, if all above it do too: doubled, then halved in between."""
    tried, number = 0, 1
    while number <= most and not holds(number):
        tried, number = number, min(2 * number, most) if number < most else most + 1
    if number > most:
        return None
    low, high = tried + 1, number
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return high

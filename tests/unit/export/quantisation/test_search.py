"""In which order recipes are tried, and when the search ends."""

from collections.abc import Callable

import pytest

from unetkit.export.quantisation.ranking import LayerNoise
from unetkit.export.quantisation.recipe import Recipe
from unetkit.export.quantisation.search import Search, Trial, search

LAYERS = 20
RANKING = tuple(LayerNoise(layer=f"layer{index}", sqnr_db=float(index)) for index in range(LAYERS))


def searched(drop_of: Callable[[Recipe], float], start: Recipe | None = None, *, max_drop: float = 1.0) -> Search:
    def attempt(recipe: Recipe) -> Trial:
        return Trial(recipe=recipe, drop=drop_of(recipe), latency_ratio=0.5, operators=None)

    return search(start or Recipe(), max_drop=max_drop, attempt=attempt, rank=lambda recipe: RANKING)


def needing(count: int) -> Callable[[Recipe], float]:
    return lambda recipe: 0.9 if len(recipe.float_layers) >= count else 2.0


def counts(found: Search) -> list[int]:
    return [len(trial.recipe.float_layers) for trial in found.trials if trial.recipe.float_layers]


def test_the_other_ranges_come_first_and_the_first_that_fits_ends_the_search() -> None:
    found = searched(lambda recipe: 0.5 if recipe.ranges == "mse" else 1.5)
    assert [trial.recipe.ranges for trial in found.trials] == ["minmax", "percentile", "mse"]
    assert found.chosen == Recipe(ranges="mse")
    assert found.ranking == ()


def test_then_the_biases_are_corrected_under_the_best_ranges() -> None:
    drops = {"minmax": 1.5, "percentile": 1.2, "mse": 1.3, "entropy": 4.0}
    found = searched(lambda recipe: drops[recipe.ranges] - 0.3 * recipe.bias_correction)
    assert found.chosen == Recipe(ranges="percentile", bias_correction=True)
    assert len(found.trials) == 5


def test_then_layers_stay_float_under_the_best_recipe_so_far_those_that_harm_most_first() -> None:
    def drop_of(recipe: Recipe) -> float:
        return 2.0 - 0.5 * (recipe.ranges == "entropy") - 0.7 * bool(recipe.float_layers)

    found = searched(drop_of, Recipe(per_channel=False))
    assert found.chosen == Recipe(ranges="entropy", per_channel=False, float_layers=("layer0",))
    assert found.ranking == RANKING


@pytest.mark.parametrize(
    ("count", "tried"),
    [
        (1, [1]),
        (2, [1, 2]),
        (3, [1, 2, 4, 3]),
        (5, [1, 2, 4, 8, 6, 5]),
        (7, [1, 2, 4, 8, 6, 7]),
        (8, [1, 2, 4, 8, 6, 7]),
        (9, [1, 2, 4, 8, 10, 9]),
        (10, [1, 2, 4, 8, 10, 9]),
    ],
)
def test_no_more_layers_stay_float_than_it_takes(count: int, tried: list[int]) -> None:
    found = searched(needing(count))
    assert counts(found) == tried
    assert found.chosen is not None
    assert found.chosen.float_layers == tuple(f"layer{index}" for index in range(count))


def test_with_half_of_the_layers_in_float_it_gives_up() -> None:
    found = searched(needing(11))
    assert counts(found) == [1, 2, 4, 8, 10]
    assert found.chosen is None
    assert found.ranking == RANKING


def test_what_loses_exactly_the_limit_fits() -> None:
    assert searched(lambda recipe: 0.25, max_drop=0.25).chosen == Recipe()


def test_the_report_has_every_trial_and_the_ranking() -> None:
    table = searched(needing(1)).to_dict()
    assert [trial["drop"] for trial in table["trials"]] == [2.0] * 5 + [0.9]
    assert table["trials"][-1]["recipe"] == {
        "ranges": "minmax",
        "per_channel": True,
        "bias_correction": False,
        "float_layers": ("layer0",),
    }
    assert table["ranking"][0] == {"layer": "layer0", "sqnr_db": 0.0}
    assert table["found"] is True

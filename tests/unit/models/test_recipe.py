"""Recipes: those that are shipped are whole, and a broken one is one line."""

from pathlib import Path

import pytest

from unetkit.errors import UsageError
from unetkit.models.recipe import RECIPES, Recipe, recipe_of
from unetkit.runtime.builtin import builtin_folder, builtin_models
from unetkit.trainer.config import resolve_config

WHOLE = """
task = " a task "
classes = ["ground", "cat"]
data = "pictures"
split = "test"
licence = "CC0"
splits = "theirs"
citation = "nobody"
limits = ["one", "two"]
[training]
size = 64
"""
SHIPPED = sorted(path.stem for path in (builtin_folder() / RECIPES).glob("*.toml"))


def test_a_recipe_is_read_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "cats.toml"
    path.write_text(WHOLE)
    recipe = Recipe.read(path)
    assert (recipe.name, recipe.task, recipe.classes) == ("cats", "a task", ("ground", "cat"))
    assert (recipe.limits, recipe.remarks, recipe.max_drop) == (("one", "two"), (), 0.5)
    assert recipe.training == {"size": 64}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("task = = 1", "is not valid"),
        ('task = "a"', "missing"),
        (f'speed = "high"\n{WHOLE}', "unexpected keyword argument 'speed'"),
        (f'name = "dogs"\n{WHOLE}', "multiple values"),
    ],
)
def test_a_broken_recipe_is_one_line_with_its_file(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "cats.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=words) as raised:
        Recipe.read(path)
    assert str(path) in str(raised.value)


def test_an_unknown_recipe_names_those_that_there_are() -> None:
    with pytest.raises(UsageError, match=f"no recipe 'dogs' in .*; there are {', '.join(SHIPPED)}"):
        recipe_of("dogs")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_recipe_trains_from_a_seed_that_it_states(name: str) -> None:
    recipe = recipe_of(name)
    assert "seed" in recipe.training
    resolve_config(overrides=recipe.training)
    if recipe.teacher is not None:
        assert "seed" in recipe.teacher
        resolve_config(overrides=recipe.teacher)
    assert len(recipe.classes) >= 2
    assert all((recipe.task, recipe.data, recipe.licence, recipe.splits, recipe.citation, recipe.limits))


def test_every_built_in_model_has_its_recipe() -> None:
    models = {model.name: model for model in builtin_models()}
    assert set(models) <= set(SHIPPED)
    for name, model in models.items():
        recipe = recipe_of(name)
        assert (model.task, model.data, model.class_names) == (recipe.task, recipe.data, recipe.classes)

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
[[stages]]
name = "coarse"
size = 64
[[stages]]
size = 128
weights = "stage:coarse"
"""
SHIPPED = sorted(path.stem for path in (builtin_folder() / RECIPES).glob("*.toml"))


def test_a_recipe_is_read_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "cats.toml"
    path.write_text(WHOLE)
    recipe = Recipe.read(path)
    assert (recipe.name, recipe.task, recipe.classes) == ("cats", "a task", ("ground", "cat"))
    assert (recipe.limits, recipe.remarks, recipe.max_drop) == (("one", "two"), (), 0.5)
    coarse, fine = recipe.stages
    assert (coarse.name, coarse.settings) == ("coarse", {"size": 64})
    assert (fine.name, fine.own_settings) == ("2", {"size": 128})
    assert fine.resolved({"coarse": Path("runs/a")}) == {"size": 128, "weights": str(Path("runs/a"))}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("task = = 1", "is not valid"),
        (WHOLE.split("[[stages]]", maxsplit=1)[0], r"it has no \[\[stages\]\]"),
        (WHOLE.replace("stage:coarse", "stage:fine"), "stage 2 refers to 'stage:fine', which comes before it under no"),
        ('task = "a"\n[[stages]]\nsize = 64', "missing"),
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
    for stage in recipe.stages:
        assert "seed" in stage.settings
        resolve_config(overrides=stage.own_settings)
    assert len(recipe.classes) >= 2
    assert all((recipe.task, recipe.data, recipe.licence, recipe.splits, recipe.citation, recipe.limits))


def test_every_built_in_model_has_its_recipe() -> None:
    models = {model.name: model for model in builtin_models()}
    assert set(models) <= set(SHIPPED)
    for name, model in models.items():
        recipe = recipe_of(name)
        assert (model.task, model.data, model.class_names) == (recipe.task, recipe.data, recipe.classes)

"""How a built-in model is made and what its card says about it: a TOML file by its name in `recipes/`."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeGuard

from unetkit.errors import UsageError
from unetkit.runtime.builtin import builtin_folder

RECIPES = "recipes"
_STAGE = "stage:"


@dataclass(frozen=True)
class Stage:
    """One training of those that make a model, in their order.

    Attributes:
        name: by which a later stage refers to it: `weights = "stage:NAME"` starts from its run,
            `teacher = "stage:NAME"` learns from it.
        settings: of `TrainConfig`.
    """

    name: str
    settings: Mapping[str, Any]

    @property
    def own_settings(self) -> dict[str, Any]:
        """Those that do not refer to another stage."""
        return {key: value for key, value in self.settings.items() if not _refers(value)}

    def resolved(self, runs: Mapping[str, Path]) -> dict[str, Any]:
        """The settings with the runs of the earlier stages in place of their names."""
        return {
            key: str(runs[value.removeprefix(_STAGE)]) if _refers(value) else value
            for key, value in self.settings.items()
        }


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a person decides about a model; figures are measured, never written here.

    Attributes:
        name: of the model and of the file.
        task: what it finds, in a line.
        classes: names that its files carry, in the order of the labels: a data set's masks may have none.
        data: the public data set, in a line.
        split: the pictures it is scored on: a split of the data set, or `validation`: those the training held out.
        licence: of data and model, Markdown.
        splits: how the pictures were divided, Markdown.
        citation: of the data.
        limits: what it is not for, and where it fails; a line each.
        remarks: what stands under the figures; a line each.
        max_drop: points of mIoU that an int8 file may lose at export.
        stages: its trainings in their order; the last one's run is the model.
    """

    name: str
    task: str
    classes: tuple[str, ...]
    data: str
    split: str
    licence: str
    splits: str
    citation: str
    limits: tuple[str, ...]
    stages: tuple[Stage, ...]
    remarks: tuple[str, ...] = ()
    max_drop: float = 0.5

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a recipe; its name is the file's.

        Raises:
            UsageError: the file cannot be read, is not TOML, or lacks an entry or has one too many.
        """
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            for key, value in table.items():
                if isinstance(value, str):
                    table[key] = value.strip()
                elif isinstance(value, list):
                    table[key] = tuple(value)
            stages = _stages(table.pop("stages", ()))
            if not stages:
                raise ValueError("it has no [[stages]]")
            return cls(name=path.stem, stages=stages, **table)
        except OSError as error:
            raise UsageError(f"cannot read recipe {path}: {error.strerror}; check the path") from error
        except (ValueError, TypeError) as error:
            raise UsageError(f"recipe {path} is not valid ({error})") from error


def _stages(tables: Sequence[Mapping[str, Any]]) -> tuple[Stage, ...]:
    stages: list[Stage] = []
    for number, table in enumerate(tables, 1):
        settings = dict(table)
        stage = Stage(str(settings.pop("name", number)), settings)
        earlier = {known.name for known in stages}
        unknown = [value for value in settings.values() if _refers(value) and value.removeprefix(_STAGE) not in earlier]
        if unknown:
            raise ValueError(f"stage {stage.name} refers to {unknown[0]!r}, which comes before it under no such name")
        stages.append(stage)
    return tuple(stages)


def _refers(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.startswith(_STAGE)


def recipe_of(name: str) -> Recipe:
    """The recipe of a built-in model.

    Raises:
        UsageError: there is none of this name, or it is not valid.
    """
    folder = builtin_folder() / RECIPES
    path = folder / f"{name}.toml"
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in folder.glob("*.toml")))
        raise UsageError(f"no recipe {name!r} in {folder}; there are {names}")
    return Recipe.read(path)

"""How a built-in model is made and what its card says about it: a TOML file by its name in `recipes/`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from unetkit.errors import UsageError
from unetkit.runtime.builtin import builtin_folder

RECIPES = "recipes"


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
        training: settings of `TrainConfig`.
        teacher: settings of the network that it learns from, which is trained first; None: it has no teacher.
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
    training: Mapping[str, Any]
    teacher: Mapping[str, Any] | None = None
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
            return cls(name=path.stem, **table)
        except OSError as error:
            raise UsageError(f"cannot read recipe {path}: {error.strerror}; check the path") from error
        except (ValueError, TypeError) as error:
            raise UsageError(f"recipe {path} is not valid ({error})") from error


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

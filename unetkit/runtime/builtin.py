"""The models in the box: package data of `unetkit.models`, opened by name and held against the digests of its index.

The index, `index.json`, is written by `unetkit.models.make`; a model's folder beside it holds its files and its card.
Reading the index loads neither numpy nor an engine: the shell asks for the names at every Tab.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unetkit.contract.artifact import Format, sha256_of
from unetkit.contract.publish import publish_text
from unetkit.errors import ArtifactError, UsageError

if TYPE_CHECKING:
    from unetkit.contract.scoring import AccuracyReport

INDEX_FILE = "index.json"
CARD_FILE = "card.md"
_SCHEMA = 1
_AGAIN = "install unetkit again"


@dataclass(frozen=True, kw_only=True)
class BuiltinFile:
    """One artifact of a built-in model.

    Attributes:
        format: `onnx` or `tflite`.
        file: its name in the model's folder.
        bytes: its size.
        sha256: of the file.
        scores: its accuracy as `AccuracyReport.to_dict` gives it.
    """

    format: Format
    file: str
    bytes: int
    sha256: str
    scores: dict[str, Any]

    @property
    def accuracy(self) -> "AccuracyReport":
        """On the split that the card names, at the pictures' own size."""
        from unetkit.contract.scoring import AccuracyReport

        table = self.scores
        return AccuracyReport(
            class_names=tuple(table["class_names"]),
            split=table["split"],
            images=table["images"],
            pixel_accuracy=_figure(table["pixel_accuracy"]),
            miou=_figure(table["miou"]),
            iou=tuple(map(_figure, table["iou"])),
            dice=tuple(map(_figure, table["dice"])),
        )


@dataclass(frozen=True, kw_only=True)
class BuiltinModel:
    """A trained model that comes with unetkit.

    Attributes:
        name: what users call it.
        task: what it finds, in a line.
        data: the data set that its accuracy was measured on.
        input_hw: height and width of its input in pixels.
        parameters: of the network.
        files: int8, one a format.
        folder: where they lie.
    """

    name: str
    task: str
    data: str
    input_hw: tuple[int, int]
    parameters: int
    files: tuple[BuiltinFile, ...]
    folder: Path

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple(self.files[0].scores["class_names"])

    def paths(self, formats: Sequence[Format]) -> tuple[Path, ...]:
        """Its files of these formats, in the order of the formats.

        Raises:
            UsageError: there is none.
            ArtifactError: a file is missing or is not the one that was shipped.
        """
        chosen = [item for form in formats for item in self.files if item.format == form]
        if not chosen:
            there = ", ".join(item.format for item in self.files)
            raise UsageError(
                f"the built-in {self.name} comes for {there}, not for {', '.join(formats)}; use --engine auto"
            )
        return tuple(self._checked(item) for item in chosen)

    def card(self) -> str:
        """The model card, Markdown.

        Raises:
            ArtifactError: it is missing.
        """
        return _text(self.folder / CARD_FILE)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; a class that does not occur has the figure None."""
        return {
            "name": self.name,
            "task": self.task,
            "data": self.data,
            "input_hw": list(self.input_hw),
            "parameters": self.parameters,
            "files": [
                {
                    "format": item.format,
                    "file": item.file,
                    "bytes": item.bytes,
                    "sha256": item.sha256,
                    "accuracy": item.scores,
                }
                for item in self.files
            ],
        }

    def _checked(self, item: BuiltinFile) -> Path:
        path = self.folder / item.file
        try:
            same = sha256_of(path) == item.sha256
        except OSError as error:
            raise ArtifactError(f"the built-in model {path} cannot be read: {error.strerror}; {_AGAIN}") from error
        if not same:
            raise ArtifactError(f"the built-in model {path} is not the file that was shipped; {_AGAIN}")
        return path


def builtin_folder() -> Path:
    """Where the package data lies."""
    return Path(str(resources.files("unetkit.models")))


def builtin_models(folder: Path | None = None) -> tuple[BuiltinModel, ...]:
    """Every model of an index, in its order; the package's own when `folder` is None.

    Raises:
        ArtifactError: the index is missing or damaged.
    """
    folder = folder or builtin_folder()
    path = folder / INDEX_FILE
    text = _text(path)
    try:
        index = json.loads(text)
        if index["schema"] != _SCHEMA:
            raise ValueError(f"schema {index['schema']}")
        return tuple(_model(table, folder) for table in index["models"])
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"the index of the built-in models {path} is damaged ({error}); {_AGAIN}") from error


def builtin_model(name: str) -> BuiltinModel:
    """A built-in model by its name.

    Raises:
        UsageError: there is none of this name; it tells which there are.
        ArtifactError: the index is missing or damaged.
    """
    models = builtin_models()
    found = next((model for model in models if model.name == name), None)
    if found is None:
        raise UsageError(f"no built-in model {name!r}{offered(name, [model.name for model in models])}")
    return found


def offered(wrong: str, names: Sequence[str]) -> str:
    """The end of a message about a wrong name: the nearest one, and all."""
    import difflib

    nearest = difflib.get_close_matches(wrong, names, n=1)
    hint = f"; did you mean {nearest[0]}?" if nearest else ""
    return f"{hint}; built-in models: {', '.join(names) or 'none'}"


def write_index(folder: Path, models: Sequence[BuiltinModel]) -> None:
    """Write the index of a folder, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    index = {"schema": _SCHEMA, "models": [model.to_dict() for model in models]}
    publish_text(folder / INDEX_FILE, json.dumps(index, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def _model(table: dict[str, Any], folder: Path) -> BuiltinModel:
    height, width = table["input_hw"]
    return BuiltinModel(
        name=table["name"],
        task=table["task"],
        data=table["data"],
        input_hw=(height, width),
        parameters=table["parameters"],
        files=tuple(
            BuiltinFile(
                format=item["format"],
                file=item["file"],
                bytes=item["bytes"],
                sha256=item["sha256"],
                scores=item["accuracy"],
            )
            for item in table["files"]
        ),
        folder=folder / table["name"],
    )


def _figure(value: float | None) -> float:
    return math.nan if value is None else value


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ArtifactError(f"cannot read {path}: {error.strerror}; {_AGAIN}") from error

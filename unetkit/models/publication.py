"""A run's int8 exports on their way into the box: named, measured, and written with card and index."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from unetkit.benchmarks.frames import FrameSet
from unetkit.contract.artifact import read_format, read_spec, sha256_of, write_spec
from unetkit.contract.runfolder import RunFolder
from unetkit.contract.scoring import AccuracyReport
from unetkit.contract.spec import ClassSpec, ModelSpec
from unetkit.data.record import DataRecord
from unetkit.errors import ArtifactError, UsageError, VerificationError
from unetkit.export.publication import published_folder
from unetkit.models.card import card_text
from unetkit.models.measurement import ScoredPictures, measure_model
from unetkit.models.recipe import Recipe
from unetkit.runtime.builtin import (
    CARD_FILE,
    INDEX_FILE,
    BuiltinFile,
    BuiltinModel,
    builtin_models,
    write_index,
)

FILES = ("model.int8.onnx", "model.int8.tflite")
BUDGET_BYTES = 10_000_000  # of all model files together: whoever installs unetkit downloads them all


def publish_model(
    recipe: Recipe,
    run: RunFolder,
    pictures: ScoredPictures,
    folder: Path,
    *,
    frames: FrameSet,
    tell: Callable[[str], None],
    seconds: float = 10.0,
) -> BuiltinModel:
    """Measure a run's int8 exports and put them into a folder of built-in models, in place of an older one's.

    Args:
        recipe: of the model.
        run: with its export.
        pictures: to score them on.
        folder: of the built-in models.
        frames: to time them on.
        tell: told in words what comes next.
        seconds: of timing, a file and thread count.

    Raises:
        UsageError: the recipe names other classes than the run has.
        VerificationError: the folder would go over its budget; nothing was changed.
        UnetkitError: as `measure_model` does.
    """
    others = [model for model in _models(folder) if model.name != recipe.name]
    with published_folder(folder / recipe.name, frozenset({*FILES, CARD_FILE})) as unpublished:
        paths = [_named(run.export / file, unpublished / file, recipe) for file in FILES]
        _require_within_budget([*paths, *(model.folder / item.file for model in others for item in model.files)])
        measured = measure_model(run.checkpoint, paths, pictures, frames=frames, seconds=seconds, tell=tell)
        spec = read_spec(paths[0])
        model = BuiltinModel(
            name=recipe.name,
            task=recipe.task,
            data=recipe.data,
            input_hw=spec.input.hw,
            parameters=_parameters(run),
            files=tuple(_file(path, report) for path, report in zip(paths, measured.files, strict=True)),
            folder=folder / recipe.name,
        )
        card = card_text(recipe, model, spec, measured, pictures=_counts(run, pictures))
        (unpublished / CARD_FILE).write_text(card, encoding="utf-8")
    write_index(folder, sorted([*others, model], key=lambda item: item.name))
    return model


def _counts(run: RunFolder, pictures: ScoredPictures) -> dict[str, int]:
    record = DataRecord.read(run.split)
    return {
        "trained on": len(record.train),
        "held out to choose the best epoch": len(record.validation),
        f"scored above ({pictures.split})": len(pictures.names),
    }


def _parameters(run: RunFolder) -> int:
    try:
        return int(json.loads(run.report.read_text(encoding="utf-8"))["parameters"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{run.report} cannot be read ({error}); train again") from error


def _models(folder: Path) -> tuple[BuiltinModel, ...]:
    return builtin_models(folder) if (folder / INDEX_FILE).exists() else ()


def _named(source: Path, target: Path, recipe: Recipe) -> Path:
    """Copy an artifact and let it carry the recipe's names of model and classes."""
    target.write_bytes(source.read_bytes())
    spec = read_spec(source)
    write_spec(target, replace(spec, name=recipe.name, classes=_renamed(spec, recipe.classes)))
    return target


def _renamed(spec: ModelSpec, names: tuple[str, ...]) -> tuple[ClassSpec, ...]:
    if len(names) != len(spec.classes):
        raise UsageError(f"the recipe names the classes {', '.join(names)}, the run has {', '.join(spec.class_names)}")
    return tuple(replace(item, name=name) for item, name in zip(spec.classes, names, strict=True))


def _require_within_budget(paths: list[Path]) -> None:
    total = sum(path.stat().st_size for path in paths)
    if total > BUDGET_BYTES:
        raise VerificationError(
            f"the built-in models are {total:,} bytes together, at most {BUDGET_BYTES:,} go into the wheel"
        )


def _file(path: Path, report: AccuracyReport) -> BuiltinFile:
    return BuiltinFile(
        format=read_format(path),
        file=path.name,
        bytes=path.stat().st_size,
        sha256=sha256_of(path),
        scores=report.to_dict(),
    )

"""Make a built-in model from its recipe: train, export to int8, score, time, and write folder, card and index.

`python -m unetkit.models.make person --data DATA` trains from the recipe's seed; with `--run RUN` a run that was
trained so before is taken instead.
"""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from unetkit.benchmarks.frames import FrameSet, bench_frames
from unetkit.contract.runfolder import RunFolder, new_run_folder
from unetkit.data.catalog import open_dataset
from unetkit.data.dataset import Dataset
from unetkit.data.record import DataRecord
from unetkit.errors import ArtifactError, UsageError
from unetkit.export.exporter import export_run
from unetkit.models.measurement import ScoredPictures
from unetkit.models.publication import publish_model
from unetkit.models.recipe import Recipe, recipe_of
from unetkit.runtime.builtin import BuiltinModel, builtin_folder
from unetkit.script import one_line_errors
from unetkit.trainer.config import resolve_config
from unetkit.trainer.events import TrainEvents
from unetkit.trainer.training import train

Tell = Callable[[str], None]


def train_recipe(recipe: Recipe, dataset: Dataset, folder: Path, *, data_dir: Path | None, tell: Tell) -> RunFolder:
    """Train as the recipe says; the runs of all stages but the last are neighbours of the run's folder.

    Raises:
        UnetkitError: as `train` does.
        KeyboardInterrupt: Ctrl-C, also where it left a run: that one is not the recipe's.
    """

    def trained(settings: Mapping[str, Any], folder: Path) -> RunFolder:
        config = resolve_config(overrides=settings)
        events = TrainEvents(started=tell, epoch_done=lambda epoch: tell(epoch.line(config.epochs)))
        result = train(dataset, config, folder, data_dir=data_dir, events=events)
        if result.interrupted:
            raise KeyboardInterrupt
        return result.run

    runs: dict[str, Path] = {}
    for stage in recipe.stages:
        last = stage is recipe.stages[-1]
        run = trained(stage.resolved(runs), folder if last else folder.with_name(f"{folder.name}-{stage.name}"))
        runs[stage.name] = run.path
    return run


def make_model(
    recipe: Recipe, run: RunFolder, dataset: Dataset, folder: Path, *, frames: FrameSet, tell: Tell
) -> BuiltinModel:
    """Export a run and put it into a folder of built-in models.

    Args:
        recipe: must be what the run was trained by.
        run: trained; its export folder is written anew and also holds the float32 files.
        dataset: what it was trained on.
        folder: of the built-in models, with their index.
        frames: to time it on.
        tell: told in words what comes next.

    Raises:
        UsageError: the run was trained otherwise than the recipe says.
        DataError: as `ScoredPictures.of` does, before the export.
        VerificationError: an int8 file lost more accuracy than allowed, or the folder went over its budget; nothing
            was changed.
        UnetkitError: as `export_run` and `measure_model` do.
    """
    _require_trained_by(recipe, run)
    record = DataRecord.read(run.split)
    pictures = ScoredPictures.of(record, dataset, recipe.split)
    export_run(run, int8=True, max_drop=recipe.max_drop, on_step=tell)
    return publish_model(recipe, run, pictures, folder, frames=frames, tell=tell)


def _require_trained_by(recipe: Recipe, run: RunFolder) -> None:
    try:
        settings = tomllib.loads(run.config.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{run.config} cannot be read ({error}); train again") from error
    wrong = [
        f"{key} {settings.get(key)!r} and not {value!r}"
        for key, value in recipe.stages[-1].own_settings.items()
        if settings.get(key) != value
    ]
    if wrong:
        raise UsageError(f"{run.path} was trained otherwise than recipe {recipe.name} says, with {', '.join(wrong)}")


def main(
    name: Annotated[str, typer.Argument(help="Recipe.")],
    data: Annotated[
        str | None, typer.Option(help="Data set, as `unetkit train` takes it; the run's by default.")
    ] = None,
    run: Annotated[
        Path | None, typer.Option(help="A run trained by this recipe before; trains one by default.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of built-in models; the package's own by default.")] = None,
    frames: Annotated[str | None, typer.Option(help="Clip or folder to time on; generated without.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where the Oxford-IIIT Pet set lies.")] = None,
) -> None:
    """Make a built-in model from its recipe."""
    with one_line_errors():
        recipe = recipe_of(name)
        timed = bench_frames(frames)
        if run is not None:
            trained = RunFolder.open(run)
            dataset = open_dataset(data, data_dir) if data else DataRecord.read(trained.split).open_data()
        else:
            dataset = open_dataset(data, data_dir)
            trained = train_recipe(recipe, dataset, new_run_folder(name), data_dir=data_dir, tell=_say)
        model = make_model(recipe, trained, dataset, out or builtin_folder(), frames=timed, tell=_say)
    typer.echo(f"made {model.folder}")


def _say(text: str) -> None:
    typer.echo(text, err=True)


if __name__ == "__main__":
    typer.run(main)

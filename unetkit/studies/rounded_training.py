"""What quantisation-aware training wins back: a run, its int8 models, and those of the run that was fine-tuned rounded.

`python -m unetkit.studies.rounded_training RUN TUNED --out rounded.json`

All on the run's validation split. Models of RUN are quantised by two kinds of ranges, biases as they are and corrected,
weights with a scale a channel or a layer as TUNED was trained; those of TUNED by the ranges that it learnt.
"""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from unetkit.contract.artifact import write_spec
from unetkit.contract.publish import publish_text
from unetkit.contract.runfolder import RunFolder
from unetkit.deployment.network import for_inference
from unetkit.deployment.ranges import RangeMethod
from unetkit.errors import UsageError
from unetkit.export.converter import Converter
from unetkit.export.making import opened
from unetkit.export.quantisation.recipe import Recipe
from unetkit.export.target import Target
from unetkit.export.toolchain import quiet, require_toolchain
from unetkit.export.validation import SPLIT
from unetkit.runtime.accuracy import measure_accuracy
from unetkit.runtime.checkpoint import Checkpoint
from unetkit.runtime.host import HostInfo
from unetkit.script import one_line_errors
from unetkit.studies.finishedrun import FinishedRun

METHODS: tuple[RangeMethod, ...] = ("minmax", "mse")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One model on the validation split.

    Attributes:
        run: name of the folder of the run that it was made of.
        model: `keras`, `onnx` or `tflite`.
        recipe: in words; empty of Keras' float model.
        miou: of the model.
        change: points of mIoU against RUN's Keras model.
    """

    run: str
    model: str
    recipe: str
    miou: float
    change: float


def study(run: RunFolder, tuned: RunFolder) -> Iterator[Measured]:
    """Measure both runs' models.

    Raises:
        UsageError: TUNED was not trained with --qat.
        UnetkitError: as an export does.
    """
    before_tuning = FinishedRun.open(run)
    with quiet():
        checkpoints = [before_tuning.checkpoint, Checkpoint.load(tuned.checkpoint)]
    learned = checkpoints[1].ranges
    if learned is None:
        raise UsageError(f"{tuned.path} has learned no ranges; make it with `unetkit train --qat --resume {run.path}`")
    spec, frames, validation = before_tuning.spec, before_tuning.calibration, before_tuning.validation
    before: float | None = None

    def measured(folder: RunFolder, model: str, recipe: str, path: Path) -> Measured:
        nonlocal before
        with opened(path) as segmenter:
            miou = measure_accuracy(segmenter, validation.pairs(), SPLIT).miou
        before = miou if before is None else before
        return Measured(run=folder.path.name, model=model, recipe=recipe, miou=miou, change=100 * (miou - before))

    for folder, checkpoint in zip((run, tuned), checkpoints, strict=True):
        yield measured(folder, "keras", "", folder.checkpoint)
        network = for_inference(checkpoint.model, spec.input)
        converter = Converter(network, spec.input, frames, checkpoint.ranges)
        recipes = [
            Recipe(ranges=method, per_channel=learned.per_channel, bias_correction=corrected)
            for method in METHODS
            for corrected in (False, True)
        ]
        if folder is tuned:
            recipes = [Recipe(ranges="learned", per_channel=learned.per_channel)]
        for target in (Target(format="onnx", precision="int8"), Target(format="tflite", precision="int8")):
            for recipe in recipes:
                with tempfile.TemporaryDirectory() as scratch:
                    path = converter.write(target, Path(scratch), recipe)
                    write_spec(path, spec)
                    yield measured(folder, target.format, str(recipe), path)


def main(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    tuned: Annotated[Path, typer.Argument(help="The run that was fine-tuned from it with --qat.")],
    out: Annotated[Path, typer.Option(help="Report, JSON.")],
) -> None:
    """Measure what quantisation-aware training wins back."""
    with one_line_errors():
        require_toolchain(("onnx", "tflite"))
        found = []
        for item in study(RunFolder.open(run), RunFolder.open(tuned)):
            typer.echo(f"{item.run} {item.model} {item.recipe}: mIoU {item.miou:.4f}, {item.change:+.2f} points")
            found.append(asdict(item))
        publish_text(out, json.dumps({"host": HostInfo.here().to_dict(), "models": found}, indent=1))


if __name__ == "__main__":
    typer.run(main)

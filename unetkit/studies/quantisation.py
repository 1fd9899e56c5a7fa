"""What each way of quantising costs: one trained network by every recipe, ONNX and TFLite, on its validation split.

`python -m unetkit.studies.quantisation RUN... --out quantisation.json`

ONNX besides by the scale of its weights: 7 bits (ONNX Runtime's `reduce_range`), 8 bits that may saturate on processors
without VNNI, and 8 bits that never do, as `unetkit export` writes them; and after cross-layer equalisation.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from unetkit.contract.artifact import write_spec
from unetkit.contract.publish import publish_text
from unetkit.contract.runfolder import RunFolder
from unetkit.contract.spec import ModelSpec
from unetkit.deployment.ranges import RANGE_METHODS
from unetkit.deployment.weights import Kernel, WeightScales, plain_scales
from unetkit.export.fitting import latency_ratio
from unetkit.export.graph import normalised_graph
from unetkit.export.making import opened
from unetkit.export.onnx_float import float_onnx
from unetkit.export.quantisation.onnx_quantiser import OnnxQuantiser
from unetkit.export.quantisation.quantiser import Quantiser
from unetkit.export.quantisation.recipe import DEFAULT_RECIPE, Recipe
from unetkit.export.quantisation.tflite_quantiser import TfliteQuantiser
from unetkit.export.toolchain import require_toolchain
from unetkit.export.validation import SPLIT
from unetkit.runtime.accuracy import measure_accuracy
from unetkit.runtime.host import HostInfo
from unetkit.runtime.segmenter import Segmenter
from unetkit.script import one_line_errors
from unetkit.studies.equalisation import equalise
from unetkit.studies.finishedrun import FinishedRun


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way of quantising one run.

    Attributes:
        run: name of the run's folder.
        form: `onnx` or `tflite`.
        weights: what the weights' scales are.
        recipe: in words.
        change: points of mIoU against the Keras model.
        latency_ratio: of `minmax, per channel` in the first row of the format, interleaved.
    """

    run: str
    form: str
    weights: str
    recipe: str
    change: float
    latency_ratio: float


def recipes() -> Iterator[Recipe]:
    """Every range method with and without bias correction; per tensor with the first alone."""
    for method in RANGE_METHODS:
        for corrected in (False, True):
            yield Recipe(ranges=method, bias_correction=corrected)
    for corrected in (False, True):
        yield Recipe(per_channel=False, bias_correction=corrected)


def study(run: RunFolder, tell: Callable[[Way], None]) -> list[Way]:
    """Quantise a run in every way and measure each.

    Args:
        run: trained.
        tell: told each figure as it comes.

    Raises:
        UnetkitError: as an export does.
    """
    finished = FinishedRun.open(run)
    spec, frames, validation = finished.spec, finished.calibration, finished.validation
    with opened(run.checkpoint) as trained:
        before = measure_accuracy(trained, validation.pairs(), SPLIT).miou
    graph = normalised_graph(finished.network(), spec.input)
    onnx = float_onnx(graph)
    ways: list[Way] = []

    def measure(form: str, weights: str, quantiser: Quantiser, recipe: Recipe, baseline: Segmenter) -> None:
        with tempfile.TemporaryDirectory() as folder, _written(quantiser, recipe, Path(folder), form, spec) as model:
            change = 100 * (measure_accuracy(model, validation.pairs(), SPLIT).miou - before)
            ratio = latency_ratio(model, baseline, np.asarray(frames.frames[0]))
        ways.append(
            Way(run=run.path.name, form=form, weights=weights, recipe=str(recipe), change=change, latency_ratio=ratio)
        )
        tell(ways[-1])

    usual: dict[str, Quantiser] = {
        "onnx": OnnxQuantiser(onnx, frames, spec.input),
        "tflite": TfliteQuantiser(graph, frames, spec.input),
    }
    for form, quantiser in usual.items():
        with (
            tempfile.TemporaryDirectory() as folder,
            _written(quantiser, DEFAULT_RECIPE, Path(folder), form, spec) as baseline,
        ):
            for recipe in recipes():
                measure(form, "8 bits, never saturating" if form == "onnx" else "8 bits", quantiser, recipe, baseline)
            for weights, scales in _other_scales().items() if form == "onnx" else ():
                other = OnnxQuantiser(onnx, frames, spec.input, scales=scales)
                measure(form, weights, other, DEFAULT_RECIPE, baseline)
    pairs = equalise(onnx)
    equalised = OnnxQuantiser(onnx, frames, spec.input)
    with (
        tempfile.TemporaryDirectory() as folder,
        _written(usual["onnx"], DEFAULT_RECIPE, Path(folder), "onnx", spec) as baseline,
    ):
        for recipe in (DEFAULT_RECIPE, Recipe(per_channel=False)):
            measure("onnx", f"8 bits, never saturating, {pairs} pairs equalised", equalised, recipe, baseline)
    return ways


def _other_scales() -> dict[str, WeightScales]:
    def seven_bits(kernel: Kernel, groups: int) -> NDArray[np.float32]:  # noqa: ARG001
        return plain_scales(kernel) * np.float32(127 / 63)

    return {"7 bits": seven_bits, "8 bits, may saturate": lambda kernel, groups: plain_scales(kernel)}  # noqa: ARG005


def _written(quantiser: Quantiser, recipe: Recipe, folder: Path, form: str, spec: ModelSpec) -> Segmenter:
    path = folder / f"model.{form}"
    path.write_bytes(quantiser.content(recipe))
    write_spec(path, spec)
    return opened(path)


def main(
    runs: Annotated[list[Path], typer.Argument(help="Run folders.")],
    out: Annotated[Path, typer.Option(help="Report, JSON.")],
) -> None:
    """Measure what each way of quantising costs."""
    with one_line_errors():
        require_toolchain(("onnx", "tflite"))
        ways = [way for run in runs for way in study(RunFolder.open(run), _say)]
        report = {"host": HostInfo.here().to_dict(), "ways": [asdict(way) for way in ways]}
        publish_text(out, json.dumps(report, indent=1))


def _say(way: Way) -> None:
    what = f"{way.run} {way.form} {way.weights}, {way.recipe}"
    typer.echo(f"{what}: {way.change:+.3f} points, {way.latency_ratio:.2f} of the time")


if __name__ == "__main__":
    typer.run(main)

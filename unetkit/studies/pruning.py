"""What pruning and weight clustering would bring: time in each engine, size, and accuracy before any fine-tuning.

`python -m unetkit.studies.pruning RUN`

Weights of small magnitude are set to 0, or each layer's weights to the nearest of a few values; everything else is the
export. The engines' kernels multiply by zeros as by anything else, which is what is to be shown or refuted.
"""

import contextlib
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from unetkit.contract.artifact import write_spec
from unetkit.contract.runfolder import RunFolder
from unetkit.contract.spec import ModelSpec
from unetkit.export.calibration import CalibrationSet
from unetkit.export.converter import Converter
from unetkit.export.target import Target
from unetkit.export.toolchain import require_toolchain
from unetkit.export.validation import SPLIT
from unetkit.proof.timing import interleaved
from unetkit.runtime.accuracy import measure_accuracy
from unetkit.runtime.backends.backend import Engine
from unetkit.runtime.segmenter import Segmenter
from unetkit.script import one_line_errors
from unetkit.studies.finishedrun import FinishedRun

Kernel = NDArray[np.float32]
LANES: tuple[tuple[Target, Engine], ...] = (
    (Target(format="onnx", precision="fp32"), "onnx"),
    (Target(format="onnx", precision="int8"), "openvino"),
    (Target(format="tflite", precision="fp32"), "tflite"),
    (Target(format="tflite", precision="int8"), "tflite"),
)


def pruned(kernel: Kernel, share: float) -> Kernel:
    """The kernel with this share of its weights, those of smallest magnitude, set to 0."""
    left = kernel.copy()
    left.flat[np.argsort(np.abs(kernel), axis=None)[: round(share * kernel.size)]] = 0
    return left


def clustered(kernel: Kernel, values: int, sweeps: int = 20) -> Kernel:
    """The kernel with each weight replaced by the nearest of `values`, which Lloyd's algorithm finds."""
    flat = kernel.ravel()
    centres = np.quantile(flat, (np.arange(values) + 0.5) / values)
    for _ in range(sweeps):
        nearest = np.searchsorted((centres[1:] + centres[:-1]) / 2, flat)
        sums, counts = np.bincount(nearest, flat, values), np.bincount(nearest, minlength=values)
        centres = np.where(counts > 0, sums / np.maximum(counts, 1), centres)
    nearest = np.searchsorted((centres[1:] + centres[:-1]) / 2, flat)
    return centres[nearest].reshape(kernel.shape).astype(np.float32)


WAYS: Mapping[str, Callable[[Kernel], Kernel]] = {
    "as trained": lambda kernel: kernel,
    "half of the weights 0": lambda kernel: pruned(kernel, 0.5),
    "four in five weights 0": lambda kernel: pruned(kernel, 0.8),
    "16 values a layer": lambda kernel: clustered(kernel, 16),
}


def study(run: RunFolder, *, seconds: float) -> Iterator[str]:
    """A line for each way and lane: time and deflated size as a share of the trained network's, and mIoU lost.

    Raises:
        UnetkitError: as an export does.
    """
    finished = FinishedRun.open(run, frames=50)
    frames, network = finished.calibration, finished.network()
    trained = network.get_weights()
    with tempfile.TemporaryDirectory() as folder:
        files: dict[str, dict[Target, Path]] = {}
        for way, change in WAYS.items():
            network.set_weights([change(item) if item.ndim == 4 else item for item in trained])
            files[way] = _written(network, finished.spec, frames, Path(folder, str(len(files))))
        for target, engine in LANES:
            with contextlib.ExitStack() as opened:
                lanes = [
                    opened.enter_context(Segmenter.open(files[way][target], engine=engine, device="cpu", threads=1))
                    for way in WAYS
                ]
                scores = [measure_accuracy(lane, finished.validation.pairs(), SPLIT).miou for lane in lanes]
                times = interleaved(lanes, np.asarray(frames.frames[:1]), rounds=300, seconds=seconds)
            whole = _deflated(files["as trained"][target])
            for way, miou, lane in zip(WAYS, scores, times, strict=True):
                low, middle, high = lane.over(times[0])
                yield (
                    f"{target.file} in {engine}, {way}: {middle:.3f} ({low:.3f} to {high:.3f}) of the time, "
                    f"{_deflated(files[way][target]) / whole:.2f} of the size when packed, "
                    f"{100 * (miou - scores[0]):+.2f} points"
                )


def _written(network: Any, spec: ModelSpec, frames: CalibrationSet, folder: Path) -> dict[Target, Path]:
    folder.mkdir()
    converter = Converter(network, spec.input, frames)
    files = {target: converter.write(target, folder) for target, _ in LANES}
    for path in files.values():
        write_spec(path, spec)
    return files


def _deflated(path: Path) -> int:
    return len(zlib.compress(path.read_bytes(), 9))


def main(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    seconds: Annotated[float, typer.Option(help="Time for each format and engine.")] = 10.0,
) -> None:
    """Measure what pruning and clustering would bring."""
    with one_line_errors():
        require_toolchain(("onnx", "tflite"))
        for line in study(RunFolder.open(run), seconds=seconds):
            typer.echo(line)


if __name__ == "__main__":
    typer.run(main)

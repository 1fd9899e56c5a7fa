"""Which parts quantise: upsampling, activation and norm, by int8 accuracy and latency in three engines.

`python -m unetkit.studies.quantised_parts oxford_pets_128 runs/parts --out parts.json`

Each version of the network differs in one kind of layer. It is trained once and exported; the same weights are scored
in ONNX Runtime, LiteRT and OpenVINO, and all versions are timed in turns, in one run, on one thread. Versions whose
exports lie in the folder of runs already are not trained again: only scored and timed, on an idle machine, say.
"""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from unetkit.benchmarks.bench import measure
from unetkit.benchmarks.frames import FrameSet, bench_frames
from unetkit.contract.publish import publish_text
from unetkit.contract.runfolder import RunFolder
from unetkit.data.catalog import open_dataset
from unetkit.data.dataset import Dataset
from unetkit.data.record import DataRecord
from unetkit.export.exporter import export_run
from unetkit.export.validation import SPLIT, ValidationSet
from unetkit.runtime.accuracy import measure_accuracy
from unetkit.runtime.host import HostInfo
from unetkit.runtime.segmenter import Segmenter
from unetkit.script import one_line_errors
from unetkit.studies.variants import exchanges, variant
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.events import TrainEvents
from unetkit.trainer.networks import NETWORKS, Network
from unetkit.trainer.training import train

BASE = "edge-nano"
FILES = ("model.onnx", "model.int8.onnx", "model.tflite", "model.int8.tflite")
SECONDS = 3.0  # of each model, warm-up included
MAX_DROP = 100.0  # nothing is refused: how much is lost is the question


@dataclass(frozen=True, kw_only=True)
class Part:
    """One version of the network in one engine and precision.

    Attributes:
        version: what was exchanged.
        engine: `onnx`, `tflite` or `openvino`.
        precision: `fp32` or `int8`.
        miou: on the validation split.
        infer_ms: median, one thread.
    """

    version: str
    engine: str
    precision: str
    miou: float
    infer_ms: float


def study(
    dataset: Dataset, config: TrainConfig, folder: Path, *, frames: FrameSet, tell: Callable[[str], None]
) -> list[Part]:
    """Train and export every version that the folder does not hold, then score and time all.

    Args:
        dataset: to train and score on.
        config: of each training; its network is replaced.
        folder: of the runs, which stay.
        frames: to time on.
        tell: told in words what comes next.

    Raises:
        UnetkitError: as training and export do; MissingDependencyError where OpenVINO is not installed.
    """
    runs = {}
    for number, (version, exchange) in enumerate(exchanges().items()):
        name = f"{config.network}-{number}"
        exported = (folder / name / "export").is_dir()
        runs[version] = (
            RunFolder.open(folder / name)
            if exported
            else _exported(version, variant(config.network, name, exchange), dataset, config, folder / name, tell)
        )
    tell("scoring and timing")
    return list(_measured(runs, frames))


def _exported(
    version: str, network: Network, dataset: Dataset, config: TrainConfig, folder: Path, tell: Callable[[str], None]
) -> RunFolder:
    NETWORKS[network.name] = network
    try:
        tell(f"{version}: training")
        events = TrainEvents(epoch_done=lambda epoch: tell(f"  {epoch.line(config.epochs)}"))
        settings = TrainConfig(**{**asdict(config), "network": network.name})
        run = train(dataset, settings, folder, events=events).run
        tell(f"{version}: export")
        export_run(run, int8=True, max_drop=MAX_DROP)
    finally:
        del NETWORKS[network.name]
    return run


def _measured(runs: Mapping[str, RunFolder], frames: FrameSet) -> Iterator[Part]:
    """Of every version in every engine and precision; their times are of one run in turns."""
    with contextlib.ExitStack() as opened:
        versions, segmenters = [], []
        for version, run in runs.items():
            for file in FILES:
                for engine in ("onnx", "openvino") if file.endswith(".onnx") else ("tflite",):
                    versions.append(version)
                    segmenters.append(opened.enter_context(Segmenter.open(run.export / file, engine=engine, threads=1)))
        times = measure(segmenters, frames=frames, rounds=None, seconds=SECONDS)
        for version, segmenter, timed in zip(versions, segmenters, times.artifacts, strict=True):
            record = DataRecord.read(runs[version].split)
            validation = ValidationSet.of(record, record.open_cache(segmenter.spec.input))
            infer = next(stage for stage in timed.stages if stage.name == "infer")
            yield Part(
                version=version,
                engine=segmenter.backend.engine,
                precision=segmenter.backend.precision,
                miou=measure_accuracy(segmenter, validation.pairs(), SPLIT).miou,
                infer_ms=infer.p50_ms,
            )


def main(
    data: Annotated[str, typer.Argument(help="Data set, as `unetkit train` takes it.")],
    runs: Annotated[Path, typer.Argument(help="Folder of the trainings; those that are there are not trained again.")],
    out: Annotated[Path, typer.Option(help="Report, JSON.")],
    epochs: Annotated[int, typer.Option(min=1, help="Of each training.")] = 12,
    size: Annotated[int, typer.Option(min=32, help="Input height and width in pixels.")] = 128,
) -> None:
    """Measure which parts of a network quantise."""
    config = TrainConfig(network=BASE, size=size, epochs=epochs, half_size=0.5, augment=0.3, average=0.99)
    with one_line_errors():
        parts = study(open_dataset(data), config, runs, frames=bench_frames(None), tell=_say)
        for part in parts:
            typer.echo(f"{part.version}, {part.engine} {part.precision}: mIoU {part.miou:.4f}, {part.infer_ms:.2f} ms")
        report = {
            "data": data,
            "config": asdict(config),
            "host": HostInfo.here().to_dict(),
            "parts": [asdict(part) for part in parts],
        }
        publish_text(out, json.dumps(report, indent=1))


def _say(text: str) -> None:
    typer.echo(text, err=True)


if __name__ == "__main__":
    typer.run(main)

"""Which parts quantise: upsampling, activation and norm, by int8 accuracy and latency in three engines.

`python -m unetkit.studies.quantised_parts oxford_pets_128 --out parts.json`

Each version of the network differs in one kind of layer. It is trained once, exported, and the same weights are scored
and timed in ONNX Runtime, LiteRT and OpenVINO, interleaved, on one thread.
"""

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator
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
from unetkit.trainer.networks import NETWORKS
from unetkit.trainer.training import train

BASE = "edge-nano"
FILES = ("model.onnx", "model.int8.onnx", "model.tflite", "model.int8.tflite")
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
    """Train, export, score and time every version.

    Args:
        dataset: to train and score on.
        config: of each training; its network is replaced.
        folder: for the runs.
        frames: to time on.
        tell: told in words what comes next.

    Raises:
        UnetkitError: as training and export do; MissingDependencyError where OpenVINO is not installed.
    """
    parts: list[Part] = []
    for number, (version, exchange) in enumerate(exchanges().items()):
        name = f"{config.network}-{number}"
        NETWORKS[name] = variant(config.network, name, exchange)
        try:
            tell(f"{version}: training")
            events = TrainEvents(epoch_done=lambda epoch: tell(f"  {epoch.line(config.epochs)}"))
            settings = TrainConfig(**{**asdict(config), "network": name})
            run = train(dataset, settings, folder / name, events=events).run
            tell(f"{version}: export")
            export_run(run, int8=True, max_drop=MAX_DROP)
        finally:
            del NETWORKS[name]
        parts += _measured(version, run, frames)
        for part in parts[-2 * 3 :]:
            tell(f"  {part.engine} {part.precision}: mIoU {part.miou:.4f}, {part.infer_ms:.2f} ms")
    return parts


def _measured(version: str, run: RunFolder, frames: FrameSet) -> Iterator[Part]:
    record = DataRecord.read(run.split)
    with contextlib.ExitStack() as opened:
        segmenters = [opened.enter_context(Segmenter.open(run.export / file, threads=1)) for file in FILES]
        for onnx in segmenters[:2]:
            segmenters.append(opened.enter_context(Segmenter.open(onnx.path, engine="openvino", threads=1)))
        validation = ValidationSet.of(record, record.open_cache(segmenters[0].spec.input))
        times = measure(segmenters, frames=frames, rounds=300, seconds=4.0)
        for segmenter, timed in zip(segmenters, times.artifacts, strict=True):
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
    out: Annotated[Path, typer.Option(help="Report, JSON.")],
    epochs: Annotated[int, typer.Option(min=1, help="Of each training.")] = 12,
    size: Annotated[int, typer.Option(min=32, help="Input height and width in pixels.")] = 64,
) -> None:
    """Measure which parts of a network quantise."""
    config = TrainConfig(network=BASE, size=size, epochs=epochs, half_size=0.0, augment=0.3, average=0.99)
    with one_line_errors():
        with tempfile.TemporaryDirectory() as folder:
            parts = study(open_dataset(data), config, Path(folder), frames=bench_frames(None), tell=_say)
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

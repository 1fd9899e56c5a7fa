"""A model against MediaPipe's selfie segmenter: IoU on the same pictures, time in the same engine, in one run.

`python -m unetkit.benchmarks.selfie model.int8.tflite --peer selfie_segmentation.tflite --data person`

The peer lies in the PyPI package `mediapipe` (0.10.14: `mediapipe/modules/selfie_segmentation/`): float32 RGB in 0..1,
256x256 pixels, and one probability a pixel. Both run in LiteRT on one thread.
"""

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from unetkit.benchmarks.peers.selfie import SelfieSegmenter
from unetkit.contract.artifact import sha256_of
from unetkit.contract.preprocess import preprocess
from unetkit.contract.publish import publish_text
from unetkit.contract.scoring import ConfusionMatrix
from unetkit.data.catalog import open_dataset
from unetkit.data.dataset import Dataset
from unetkit.data.split import evaluation_names
from unetkit.errors import UsageError
from unetkit.runtime.host import HostInfo
from unetkit.runtime.segmenter import Segmenter
from unetkit.script import one_line_errors

CLASSES = ("background", "person")
ROUNDS = 300


@dataclass(frozen=True, kw_only=True)
class SelfieReport:
    """What came of it.

    Attributes:
        images: pictures scored, at their own size.
        iou: of the person over all pixels of all pictures: the model's and the peer's.
        infer_ms: median inference time, LiteRT, one thread.
        ratio: median over the rounds of the model's time over the peer's in the same round, and its middle half.
    """

    data: str
    split: str
    images: int
    model: str
    model_sha256: str
    peer_sha256: str
    iou: tuple[float, float]
    infer_ms: tuple[float, float]
    ratio: float
    ratio_middle_half: tuple[float, float]
    host: HostInfo

    def lines(self) -> tuple[str, ...]:
        of = f"person, {self.split} split of {self.data}, {self.images} images"
        lower, upper = self.ratio_middle_half
        return (
            f"IoU of {of}: {self.model} {self.iou[0]:.4f}, MediaPipe {self.iou[1]:.4f}",
            f"inference, LiteRT, 1 thread, p50: {self.infer_ms[0]:.2f} ms and {self.infer_ms[1]:.2f} ms, "
            f"ratio {self.ratio:.2f} (middle half {lower:.2f} to {upper:.2f})",
        )


def versus_selfie(model: Path, peer: Path, dataset: Dataset, split: str, *, rounds: int = ROUNDS) -> SelfieReport:
    """Score and time both.

    Args:
        model: TFLite, of two classes, the person second.
        peer: MediaPipe's file.
        dataset: pictures with masks of two classes.
        split: of the data set.
        rounds: inferences of each; who begins changes every round.

    Raises:
        UsageError: the model is no TFLite model of two classes, or there are no rounds.
        ArtifactError: a model does not open.
        DataError: no such split, or pictures that cannot be used.
    """
    names = evaluation_names(dataset, split)
    theirs = SelfieSegmenter(peer)
    with Segmenter.open(model, threads=1) as ours:
        if ours.backend.engine != "tflite" or len(ours.spec.classes) != 2 or rounds < 1:
            raise UsageError(f"{model} has to be a TFLite model of two classes, and rounds at least 1, not {rounds}")
        matrices = ConfusionMatrix(CLASSES), ConfusionMatrix(CLASSES)
        for name in names:
            frame, truth = dataset.read(name)
            for matrix, found in zip(matrices, (ours.predict(frame).labels, theirs.predict(frame)), strict=True):
                matrix.update(truth, found)
        frame, _ = dataset.read(names[0])
        tensor, _ = preprocess(frame, ours.spec.input)
        picture = theirs.prepare(frame)
        times = _taking_turns(lambda: ours.backend.infer(tensor), lambda: theirs.infer(picture), rounds)
    ratios = [own / other for own, other in zip(*times, strict=True)]
    lower, _, upper = statistics.quantiles(ratios, n=4)
    return SelfieReport(
        data=Path(dataset.reference).name,
        split=split,
        images=len(names),
        model=model.name,
        model_sha256=sha256_of(model),
        peer_sha256=sha256_of(peer),
        iou=(matrices[0].report(split).iou[1], matrices[1].report(split).iou[1]),
        infer_ms=(statistics.median(times[0]) / 1e6, statistics.median(times[1]) / 1e6),
        ratio=statistics.median(ratios),
        ratio_middle_half=(lower, upper),
        host=HostInfo.here(),
    )


def _taking_turns(first: Callable[[], Any], second: Callable[[], Any], rounds: int) -> tuple[list[int], list[int]]:
    """Nanoseconds of each, a round each, warm-up not counted."""
    pair, times = (first, second), ([], [])  # type: tuple[Any, Any], tuple[list[int], list[int]]
    for number in range(-10, rounds):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            start_ns = time.perf_counter_ns()
            pair[side]()
            elapsed_ns = time.perf_counter_ns() - start_ns
            if number >= 0:
                times[side].append(elapsed_ns)
    return times


def main(
    model: Annotated[Path, typer.Argument(help="TFLite model of a person.")],
    peer: Annotated[Path, typer.Option(help="MediaPipe's selfie_segmentation.tflite.")],
    data: Annotated[str, typer.Option(help="Folder of pictures with masks.")],
    split: Annotated[str, typer.Option(help="Split of the data set.")] = "validation",
    rounds: Annotated[int, typer.Option(min=4, help="Inferences of each.")] = ROUNDS,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the report to this file.")] = None,
) -> None:
    """A person model against MediaPipe's selfie segmenter, on the same pictures and in the same engine."""
    with one_line_errors():
        report = versus_selfie(model, peer, open_dataset(data), split, rounds=rounds)
        if json_file is not None:
            publish_text(json_file, json.dumps(asdict(report), indent=1, default=HostInfo.to_dict))
    typer.echo("\n".join(report.lines()))


if __name__ == "__main__":
    typer.run(main)

"""Pictures a second in training, against the tutorials' way with the same network, in one interleaved run.

`python -m unetkit.studies.training_speed oxford_pets_128 --network edge --out speed.json`

The tutorials' way is the Keras example on the pet trimaps: tf.data that decodes, resizes and scales every picture in
every epoch, flips it, and `Model.fit` with Adam and sparse cross-entropy. Ours decodes once into a cache, augments in
the graph, and takes the training loop's step. Each has a process of its own with TensorFlow as it sets it up, and they
take as many steps over the same pictures, in turns; what each has to compile or fill is not timed. The input pipeline
is also timed alone, with nothing that eats it.
"""

import json
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from unetkit.contract.publish import publish_text
from unetkit.data.oxford import OxfordPets
from unetkit.data.split import training_split
from unetkit.runtime.host import HostInfo
from unetkit.script import one_line_errors
from unetkit.trainer.checkpoint import build_network
from unetkit.trainer.config import TrainConfig, resolve_config
from unetkit.trainer.events import TrainEvents
from unetkit.trainer.loop import TrainingLoop
from unetkit.trainer.materials import gather, model_spec


@dataclass(frozen=True, kw_only=True)
class TrainingSpeed:
    """Pictures a second, medians over the rounds.

    Attributes:
        network: trained both ways, at `size` pixels and `batch` pictures a step.
        ours: by the training loop.
        tutorial: by `Model.fit` on the tutorials' pipeline.
        ratio: median over the rounds of ours to the tutorial's in the same round, and the smallest and largest.
        processor_ratio: the same of processor seconds, the tutorial's to ours: what other load on the machine changes
            less, and what it costs rather than how long it takes.
        precision: that ours computes in; the tutorial's is float32, Keras' default.
        feed: our input pipeline alone, with the augmentation of the network's recipe.
        rounds: of each.
    """

    network: str
    size: int
    batch: int
    ours: float
    tutorial: float
    ratio: tuple[float, float, float]
    processor_ratio: tuple[float, float, float]
    precision: str
    feed: float
    rounds: int
    steps: int

    def line(self) -> str:
        (median, low, high), (processor, least, most) = self.ratio, self.processor_ratio
        return (
            f"{self.network} {self.size} px, batch {self.batch}, {self.precision}: {self.ours:.1f} pictures/s, the "
            f"tutorials' way {self.tutorial:.1f}, ratio {median:.2f} ({low:.2f} to {high:.2f}, {self.rounds} rounds of "
            f"{self.steps} steps), of processor seconds {processor:.2f} ({least:.2f} to {most:.2f}); input pipeline "
            f"alone {self.feed:.0f} pictures/s, {self.feed / self.ours:.1f} times what is eaten"
        )


def measure_training(
    dataset: OxfordPets,
    config: TrainConfig,
    folder: Path,
    *,
    rounds: int,
    steps: int,
) -> TrainingSpeed:
    """Train both ways in turns.

    Args:
        dataset: pictures as files.
        config: of the network; every step is at full size with its norms live.
        folder: for the frame cache.
        rounds: both ways do one each.
        steps: a round.
    """
    config = replace(config, half_size=0.0, norm_frozen=0.0, epochs=1)
    with _process() as ours, _process() as theirs:
        sides = (ours, theirs)
        begun = [
            side.submit(_begin, way, dataset.folder, config, folder / way.__name__)
            for side, way in zip(sides, (_Ours, _Tutorial), strict=True)
        ]
        precision, _ = (wait.result() for wait in begun)
        seconds = np.zeros((rounds, 2, 2))  # of each round: ours and theirs; on the clock and of the processors
        for number, pair in enumerate(seconds):
            for side in (0, 1) if number % 2 == 0 else (1, 0):
                pair[side] = sides[side].submit(_seconds, steps).result()
        feed = ours.submit(_feed_alone).result()
    ratios = seconds[:, 1] / seconds[:, 0]
    clock, processor = ((float(np.median(each)), float(each.min()), float(each.max())) for each in ratios.T)
    mine, theirs_s = np.median(seconds[..., 0], axis=0)
    return TrainingSpeed(
        network=config.network,
        size=config.size,
        batch=config.batch,
        ours=steps * config.batch / float(mine),
        tutorial=steps * config.batch / float(theirs_s),
        ratio=clock,
        processor_ratio=processor,
        precision=precision,
        feed=feed,
        rounds=rounds,
        steps=steps,
    )


class _Ours:
    """The training loop on its cache."""

    def __init__(self, dataset: OxfordPets, config: TrainConfig, folder: Path) -> None:
        self._config = config
        self._materials = gather(dataset, config, folder / "run", None, TrainEvents())
        self._feed = self._materials.feed(config)
        spec, accelerator, replicas = self._materials.spec, self._materials.accelerator, self._materials.replicas
        self._loop = TrainingLoop(config, spec, self._feed, accelerator, replicas)
        self._batches = self._endless()
        self.precision = accelerator.precision

    def take(self, steps: int) -> None:
        for _ in range(steps):
            self._loop.step_on(next(self._batches))

    def feed_alone(self) -> float:
        """Pictures a second of the input pipeline with nobody who takes his time over them."""
        batches = iter(self._feed.batches(1, half=False))
        next(batches)
        started, count = time.perf_counter(), 0
        for _ in batches:
            count += self._config.batch
        return count / (time.perf_counter() - started)

    def _endless(self) -> Iterator[Any]:
        epoch = 0
        while True:
            epoch += 1
            yield from self._feed.batches(epoch, half=False)


class _Tutorial:
    """`Model.fit` of the stock network on a tf.data pipeline from files, with TensorFlow as it is installed."""

    precision = "float32"

    def __init__(self, dataset: OxfordPets, config: TrainConfig, folder: Path) -> None:  # noqa: ARG002
        import keras

        spec = model_spec(dataset, config, name="tutorial")
        self._network = build_network(config, spec, fixed=True)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=spec.scores == "logits")
        self._network.compile("adam", loss, metrics=["accuracy"])
        self._batches = iter(_from_files(dataset, config))

    def take(self, steps: int) -> None:
        some = (next(self._batches) for _ in range(steps))
        self._network.fit(some, steps_per_epoch=steps, epochs=1, verbose=0)


def _from_files(dataset: OxfordPets, config: TrainConfig) -> Any:
    """Decoded, resized, scaled and flipped anew in every epoch, as the Keras example does."""
    import tensorflow as tf

    names = training_split(dataset, seed=config.seed, fraction=config.validation_fraction).train
    pictures = [str(dataset.picture_file(name)) for name in names]
    masks = [str(dataset.folder / "annotations" / "trimaps" / f"{name}.png") for name in names]

    def load(picture: Any, mask: Any) -> tuple[Any, Any]:
        image = tf.io.decode_jpeg(tf.io.read_file(picture), channels=3)
        label = tf.io.decode_png(tf.io.read_file(mask), channels=1)
        image = tf.cast(tf.image.resize(image, (config.size, config.size)), tf.float32) / 255.0
        label = tf.cast(tf.image.resize(label, (config.size, config.size), method="nearest"), tf.int32) - 1
        flip = tf.random.uniform(()) > 0.5
        return (
            tf.cond(flip, lambda: tf.image.flip_left_right(image), lambda: image),
            tf.cond(flip, lambda: tf.image.flip_left_right(label), lambda: label),
        )

    pipeline = tf.data.Dataset.from_tensor_slices((pictures, masks)).shuffle(len(names)).repeat()
    return pipeline.map(load, num_parallel_calls=tf.data.AUTOTUNE).batch(config.batch).prefetch(tf.data.AUTOTUNE)


_way: Any = None  # of this process


def _process() -> ProcessPoolExecutor:
    """One that has not imported TensorFlow yet."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def _begin(way: type[Any], data: Path, config: TrainConfig, folder: Path) -> str:
    """The precision it computes in."""
    global _way  # noqa: PLW0603  (a process has one way for its whole life)
    _way = way(OxfordPets(data), config, folder)
    _way.take(2)  # compiles
    return str(_way.precision)


def _seconds(steps: int) -> tuple[float, float]:
    """So many steps: on the clock, and of all processors together."""
    started, spent = time.perf_counter(), time.process_time()
    _way.take(steps)
    return time.perf_counter() - started, time.process_time() - spent


def _feed_alone() -> float:
    return float(_way.feed_alone())


def main(
    data: Annotated[Path, typer.Argument(help="The Oxford-IIIT Pet set, or a folder in its layout.")],
    network: Annotated[str, typer.Option(help="Trained both ways.")] = "edge",
    batch: Annotated[int, typer.Option(help="Pictures a step.")] = 32,
    rounds: Annotated[int, typer.Option(help="Both ways do one each.")] = 5,
    steps: Annotated[int, typer.Option(help="A round.")] = 10,
    out: Annotated[Path | None, typer.Option(help="JSON.")] = None,
) -> None:
    """Measure pictures a second in training against the tutorials' way."""
    with one_line_errors():
        config = resolve_config(None, {"network": network, "batch": batch, "weights": "none"})
        with tempfile.TemporaryDirectory() as folder:
            speed = measure_training(OxfordPets(data), config, Path(folder), rounds=rounds, steps=steps)
        typer.echo(speed.line())
        if out is not None:
            report = {"host": HostInfo.here().to_dict(), **asdict(speed)}
            publish_text(out, json.dumps(report, indent=1))


if __name__ == "__main__":
    typer.run(main)

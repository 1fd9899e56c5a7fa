"""Pictures a second in training, against the tutorials' way with the same network, in one interleaved run.

`python -m unetkit.studies.training_speed oxford_pets_128 --network edge --out speed.json`

The tutorials' way is the Keras example on the pet trimaps: tf.data that decodes, resizes and scales every picture in
every epoch, flips it, and `Model.fit` with Adam and sparse cross-entropy. Ours decodes once into a cache, augments in
the graph, and takes the training loop's step. Both take as many steps over the same pictures, in turns; what each has
to compile or fill is not timed. The input pipeline is also timed alone, with nothing that eats it.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from unetkit.contract.publish import publish_text
from unetkit.data.oxford import OxfordPets
from unetkit.errors import UnetkitError
from unetkit.runtime.host import HostInfo
from unetkit.trainer.checkpoint import build_network
from unetkit.trainer.config import TrainConfig, resolve_config
from unetkit.trainer.events import TrainEvents
from unetkit.trainer.feed import Feed
from unetkit.trainer.loop import TrainingLoop
from unetkit.trainer.materials import Materials, gather


@dataclass(frozen=True, kw_only=True)
class TrainingSpeed:
    """Pictures a second, medians over the rounds.

    Attributes:
        network: trained both ways, at `size` pixels and `batch` pictures a step.
        ours: by the training loop.
        tutorial: by `Model.fit` on the tutorials' pipeline.
        ratio: median over the rounds of ours to the tutorial's in the same round, and the smallest and largest.
        feed: our input pipeline alone, with the augmentation of the network's recipe.
        rounds: of each.
    """

    network: str
    size: int
    batch: int
    ours: float
    tutorial: float
    ratio: tuple[float, float, float]
    feed: float
    rounds: int
    steps: int

    def line(self) -> str:
        median, low, high = self.ratio
        return (
            f"{self.network} {self.size} px, batch {self.batch}: {self.ours:.1f} pictures/s, the tutorials' way "
            f"{self.tutorial:.1f}, ratio {median:.2f} ({low:.2f} to {high:.2f}, {self.rounds} rounds of {self.steps} "
            f"steps); input pipeline alone {self.feed:.0f} pictures/s, {self.feed / self.ours:.1f} times what is eaten"
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
    materials = gather(dataset, config, folder / "run", None, TrainEvents())
    loop = TrainingLoop(config, materials.spec, materials.feed(config), materials.accelerator, materials.replicas)
    ours = _ours(loop, materials.feed(config))
    tutorial = _tutorial(dataset, config, materials, steps)
    ours(1)
    tutorial()  # the first of each compiles
    pairs = []
    for number in range(rounds):
        both: list[Callable[[], Any]] = [lambda: ours(steps), tutorial]
        times = [0.0, 0.0]
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            started = time.perf_counter()
            both[side]()
            times[side] = steps * config.batch / (time.perf_counter() - started)
        pairs.append(times)
    ratios = np.array([mine / theirs for mine, theirs in pairs])
    mine, theirs = np.median(pairs, axis=0)
    return TrainingSpeed(
        network=config.network,
        size=config.size,
        batch=config.batch,
        ours=float(mine),
        tutorial=float(theirs),
        ratio=(float(np.median(ratios)), float(ratios.min()), float(ratios.max())),
        feed=_alone(materials.feed(config), config),
        rounds=rounds,
        steps=steps,
    )


def _endless(feed: Feed) -> Iterator[Any]:
    epoch = 0
    while True:
        epoch += 1
        yield from feed.batches(epoch, half=False)


def _ours(loop: TrainingLoop, feed: Feed) -> Callable[[int], None]:
    batches = _endless(feed)

    def run(steps: int) -> None:
        for _ in range(steps):
            loop.step_on(next(batches))

    return run


def _tutorial(dataset: OxfordPets, config: TrainConfig, materials: Materials, steps: int) -> Callable[[], None]:
    """`Model.fit` of the stock network over so many steps of a tf.data pipeline from files."""
    import keras
    import tensorflow as tf

    names = materials.record.train
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
    pipeline = pipeline.map(load, num_parallel_calls=tf.data.AUTOTUNE).batch(config.batch).prefetch(tf.data.AUTOTUNE)
    network = build_network(config, materials.spec, fixed=True)
    logits = materials.spec.scores == "logits"
    network.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=logits), metrics=["accuracy"])
    batches = iter(pipeline)

    def some() -> Iterator[Any]:
        for _ in range(steps):
            yield next(batches)

    return lambda: network.fit(some(), steps_per_epoch=steps, epochs=1, verbose=0)


def _alone(feed: Feed, config: TrainConfig) -> float:
    """Pictures a second of the input pipeline with nobody who takes his time over them."""
    batches = iter(feed.batches(1, half=False))
    next(batches)
    started, count = time.perf_counter(), 0
    for _ in batches:
        count += config.batch
    return count / (time.perf_counter() - started)


def main(
    data: Annotated[Path, typer.Argument(help="The Oxford-IIIT Pet set, or a folder in its layout.")],
    network: Annotated[str, typer.Option(help="Trained both ways.")] = "edge",
    batch: Annotated[int, typer.Option(help="Pictures a step.")] = 32,
    rounds: Annotated[int, typer.Option(help="Both ways do one each.")] = 5,
    steps: Annotated[int, typer.Option(help="A round.")] = 5,
    out: Annotated[Path | None, typer.Option(help="JSON.")] = None,
) -> None:
    """Measure pictures a second in training against the tutorials' way."""
    try:
        config = resolve_config(None, {"network": network, "batch": batch, "weights": "none"})
        with tempfile.TemporaryDirectory() as folder:
            speed = measure_training(OxfordPets(data), config, Path(folder), rounds=rounds, steps=steps)
        typer.echo(speed.line())
        if out is not None:
            report = {"host": HostInfo.here().to_dict(), **asdict(speed)}
            publish_text(out, json.dumps(report, indent=1))
    except UnetkitError as error:
        typer.echo(f"unetkit: {error}", err=True)
        raise typer.Exit(error.exit_code) from error


if __name__ == "__main__":
    typer.run(main)

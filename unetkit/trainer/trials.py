"""Networks that are trained for some steps to learn something about the device or the data, and thrown away."""

import itertools
from dataclasses import replace

from unetkit.errors import UsageError
from unetkit.trainer.batchsearch import largest_batch
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.learningrate import STEPS, diverged, rate_of
from unetkit.trainer.loop import TrainingLoop
from unetkit.trainer.materials import Materials


def fitting_batch(config: TrainConfig, materials: Materials) -> int:
    """The largest batch that a step of the config's network fits into memory with.

    Raises:
        UsageError: not even one picture a device fits.
    """
    loop = TrainingLoop(config, materials.spec, materials.feed(config), materials.accelerator, materials.replicas)
    batch = largest_batch(loop.fits, devices=materials.replicas.count)
    if not batch:
        raise UsageError(
            f"one picture of {config.size} px a device is too much for the memory; take a smaller --size or network"
        )
    return batch


def range_test_losses(config: TrainConfig, materials: Materials) -> list[float]:
    """Losses of steps whose learning rate grows, until it is too high; see `learningrate.py`."""
    config = replace(config, epochs=1, half_size=0.0, norm_frozen=0.0, average=0.0)
    feed = materials.feed(config)
    loop = TrainingLoop(config, materials.spec, feed, materials.accelerator, materials.replicas, schedule=0.0)
    losses: list[float] = []
    for epoch in itertools.count(1):
        for batch in feed.batches(epoch, half=False):
            loop.optimizer.learning_rate = rate_of(len(losses))
            losses.append(loop.step_on(batch))
            if len(losses) == STEPS or diverged(losses):
                return losses
    raise AssertionError  # the count never ends

"""A network in training: its variables, the compiled step, and an epoch of steps."""

import contextlib
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.preprocess import normalise
from unetkit.contract.spec import IGNORE_LABEL, ModelSpec
from unetkit.errors import ArtifactError, UsageError
from unetkit.trainer.averaging import WeightAverage
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.feed import Batch, Feed
from unetkit.trainer.fusion import fused
from unetkit.trainer.losses import class_log_probabilities, make_loss
from unetkit.trainer.losses.distillation import distillation
from unetkit.trainer.metering import MemoryForecast
from unetkit.trainer.normstatistics import batch_norms, estimate, freeze
from unetkit.trainer.optimizers import make_optimizer
from unetkit.trainer.replicas import Replicas
from unetkit.trainer.subject import open_subject
from unetkit.trainer.tensorflow_setup import Accelerator

NORM_BATCHES = 40  # over which batch-norm statistics are estimated before they are held
CHECKED_STEPS = 10  # losses are read so often: each reading waits for the device
_NAMED = 8  # pictures of a step that an error names


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast the steps of an epoch went; steps that an earlier process did are not in it."""

    images_per_s: float
    waiting: float


class TrainingLoop:
    """One network, its optimiser and its average, on one device or on several in step.

    Args:
        config: resolved.
        spec: of the model.
        feed: the training pictures.
        accelerator: what it runs on.
        replicas: how many of it.
        norms: names of the batch norms whose published statistics are kept, where the weights will be restored; by
            default the weights that the config names are loaded, and say so themselves.
        schedule: of the learning rate, instead of the config's.
    """

    def __init__(
        self,
        config: TrainConfig,
        spec: ModelSpec,
        feed: Feed,
        accelerator: Accelerator,
        replicas: Replicas,
        *,
        norms: Collection[str] | None = None,
        schedule: Any = None,
    ) -> None:
        self._config, self._spec, self._feed, self._replicas = config, spec, feed, replicas
        self._xla = accelerator.xla and replicas.count == 1
        self.loss = fused(make_loss(config.loss, spec))
        with replicas.scope():
            self.subject = open_subject(config, spec, feed, accelerator, replicas, norms)
            self.network = network = self.subject.network
            self.optimizer = make_optimizer(
                config,
                steps=feed.steps * config.epochs,
                precision=accelerator.precision,
                devices=replicas.count,
                schedule=schedule,
            )
            self.optimizer.build(network.trainable_variables)
            self._average = WeightAverage(network.weights, config.average) if config.average else None
        self._memory = MemoryForecast(accelerator)
        self._held = False
        self._step = self._compiled()

    def epoch(self, number: int, losses: list[float], *, stepped: Callable[[float], None]) -> Pace:
        """Train an epoch, from the step after those whose losses are given.

        Args:
            number: of the epoch, from 1.
            losses: of its steps so far; each step adds its own.
            stepped: called with the last steps' pictures a second whenever losses have been added.

        Raises:
            UsageError: a loss that is no number: the step and its pictures.
        """
        if number >= self._config.first_held_epoch and not self._held:
            self._hold_norms(number, fresh=number == self._config.first_held_epoch and not losses)
        half = number <= self._config.half_epochs
        first, started, waited = len(losses), time.perf_counter(), 0.0
        batches = iter(
            self._replicas.share(
                lambda part, parts: self._feed.batches(number, half=half, first=first, part=part, parts=parts)
            )
        )
        unread: list[Any] = []
        read_at = started
        for step in range(first, self._feed.steps):
            asked = time.perf_counter()
            batch = next(batches)
            waited += time.perf_counter() - asked
            unread.append(self._step(batch))
            if (step + 1) % CHECKED_STEPS == 0 or step + 1 == self._feed.steps:
                read = [float(loss) for loss in unread]
                self._require_numbers(number, len(losses), read)
                losses += read
                now = time.perf_counter()
                stepped(len(unread) * self._config.batch / (now - read_at))
                unread.clear()
                read_at = now
        seconds = time.perf_counter() - started
        done = (self._feed.steps - first) * self._config.batch
        return Pace(images_per_s=done / seconds, waiting=waited / seconds)

    def averaged(self) -> contextlib.AbstractContextManager[None]:
        """The network has the weights that are worth keeping: the average, where there is one."""
        return self._average.in_place() if self._average is not None else contextlib.nullcontext()

    def variables(self) -> list[NDArray[Any]]:
        """All that the training changes: network, optimiser and average, in an order that the config decides."""
        return [np.asarray(variable) for variable in self._variables()]

    def restore(self, values: Sequence[NDArray[Any]]) -> None:
        """Set what `variables` gave.

        Raises:
            ArtifactError: they are of another network, optimiser or precision.
        """
        variables = self._variables()
        if [value.shape for value in values] != [tuple(variable.shape) for variable in variables]:
            raise ArtifactError(
                "the training state is of another network, optimiser or precision than this run's config makes here; "
                "resume on the kind of device that it was trained on"
            )
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    def step_on(self, batch: Batch) -> float:
        """One step on one device; its loss."""
        return float(self._step(batch))

    def fits(self, batch: int) -> bool:
        """Whether a step with so many pictures fits into memory; nothing is learnt from it."""
        import tensorflow as tf

        height, width = self._spec.input.hw
        count = batch // self._replicas.count
        blank = Batch(
            tf.zeros((count, height, width, 3)),
            tf.zeros((count, height, width), tf.uint8),
            tf.ones((count, height, width, len(self._spec.classes) if self._config.teacher else 0)),
        )
        if not self._memory.would_hold(batch):
            return False

        @tf.function(jit_compile=self._xla)
        def trial(given: Batch) -> Any:
            value, gradients = self._gradients(given)
            return value, [tf.reduce_sum(tf.cast(gradient, tf.float32)) for gradient in gradients]

        try:
            trial(blank)
        except tf.errors.ResourceExhaustedError:
            return False
        self._memory.held(batch)
        return True

    def _variables(self) -> list[Any]:
        average = self._average.variables if self._average is not None else []
        return [*self.network.variables, *self.optimizer.variables, *average]

    def _hold_norms(self, number: int, *, fresh: bool) -> None:
        if fresh:  # else they were estimated before the steps that are done
            half = number <= self._config.half_epochs
            batches = self._feed.batches(number, half=half).take(NORM_BATCHES)  # whole ones, alike on all machines
            estimate(self.network, (batch.frames for batch in batches), self._spec.input)
        freeze(batch_norms(self.network))
        self._held = True
        self._step = self._compiled()

    def _compiled(self) -> Callable[[Any], Any]:
        """The step over the variables that are trainable now."""
        import tensorflow as tf

        optimizer, replicas, variables = self.optimizer, self._replicas, self.network.trainable_variables

        def on_device(batch: Batch) -> Any:
            value, gradients = self._gradients(batch)
            optimizer.apply_gradients(zip(replicas.averaged(gradients), variables, strict=True))
            return value

        @tf.function(jit_compile=self._xla, reduce_retracing=True)
        def step(batch: Batch) -> Any:
            value = replicas.run(on_device, batch)
            if self._average is not None:
                self._average.update()
            return value

        return step  # type: ignore[no-any-return]

    def _gradients(self, batch: Batch) -> tuple[Any, Sequence[Any]]:
        """Loss of a batch on this device, and its gradients, scaled as the optimiser wants them."""
        import tensorflow as tf

        with tf.GradientTape() as tape:
            scores = self.network(normalise(tf.cast(batch.frames, tf.float32), self._spec.input), training=True)
            value = self._loss_of(batch, scores)
            scaled = self.optimizer.scale_loss(value)
        return value, tape.gradient(scaled, self.network.trainable_variables)

    def _loss_of(self, batch: Batch, scores: Any) -> Any:
        """The loss on the labels, mixed with the divergence from the teacher where there is one."""
        import tensorflow as tf

        value = self.loss(batch.labels, scores)
        if not self._config.teacher:
            return value
        log_p = class_log_probabilities(scores, self._spec)
        teacher_log_p = tf.math.log(batch.soft + 0.5 / 255)  # half a step of its uint8 for what was rounded to 0
        known = batch.labels != IGNORE_LABEL
        share = self._config.teacher_share
        return (1 - share) * value + share * distillation(teacher_log_p, log_p, known, self._config.temperature)

    def _require_numbers(self, epoch: int, first: int, losses: list[float]) -> None:
        strange = [index for index, loss in enumerate(losses) if not np.isfinite(loss)]
        if strange:
            step = first + strange[0]
            names = self._feed.names(epoch, step)
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            raise UsageError(
                f"the loss became {losses[strange[0]]} in epoch {epoch}, step {step + 1}, on the pictures "
                f"{', '.join(names[:_NAMED])}{more}; look at them with `unetkit data check`, or lower lr from "
                f"{self._config.lr:g}"
            )

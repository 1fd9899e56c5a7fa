"""The training, readable from top to bottom: data -> network -> epochs -> best checkpoint -> report."""

import contextlib
import json
import logging
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.preprocess import normalise
from unetkit.contract.publish import publish_text
from unetkit.contract.runfolder import RunFolder
from unetkit.contract.scoring import AccuracyReport
from unetkit.contract.spec import IGNORE_LABEL, ModelSpec
from unetkit.data.dataset import Dataset
from unetkit.data.framecache import FrameCache
from unetkit.data.record import DataRecord
from unetkit.data.split import training_split
from unetkit.errors import UsageError
from unetkit.runtime.host import HostInfo
from unetkit.trainer.augmentation.backgrounds import require_background
from unetkit.trainer.averaging import WeightAverage
from unetkit.trainer.checkpoint import build_network, dtype_policy, save_checkpoint
from unetkit.trainer.config import TrainConfig, config_toml
from unetkit.trainer.cpulayers import for_cpu
from unetkit.trainer.feed import Batch, training_batches
from unetkit.trainer.history import Epoch, draw_curves, write_history
from unetkit.trainer.losses import class_log_probabilities, make_loss
from unetkit.trainer.losses.distillation import distillation
from unetkit.trainer.networks import NETWORKS
from unetkit.trainer.normstatistics import batch_norms, estimate, freeze
from unetkit.trainer.optimizers import make_optimizer
from unetkit.trainer.panel import SAMPLES, draw_panel
from unetkit.trainer.pretrained import load_weights
from unetkit.trainer.teacher import Teacher
from unetkit.trainer.tensorflow_setup import Accelerator, prepare
from unetkit.trainer.validation import Validator
from unetkit.version import VERSION

log = logging.getLogger(__name__)

NORM_BATCHES = 40  # over which batch-norm statistics are estimated before they are held


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """What a training left; `interrupted` when Ctrl-C ended it before its last epoch."""

    run: RunFolder
    parameters: int
    best_epoch: int
    epochs_done: int
    accuracy: AccuracyReport
    seconds: float
    interrupted: bool


@dataclass(frozen=True, kw_only=True)
class TrainEvents:
    """What the caller wants to hear of; the library prints nothing."""

    started: Callable[[str], None] = log.info
    decoded: Callable[[int, int], None] | None = None
    taught: Callable[[int, int], None] | None = None  # pictures the teacher has seen, all of them
    stepped: Callable[[int, int, float], None] | None = None  # step, steps, loss so far in the epoch
    epoch_done: Callable[[Epoch], None] | None = None


def train(
    dataset: Dataset, config: TrainConfig, out: Path, *, data_dir: Path | None = None, events: TrainEvents | None = None
) -> TrainResult:
    """Train a network and leave a run folder.

    Args:
        dataset: pictures with masks.
        config: resolved.
        out: the run folder; must not hold a run yet.
        data_dir: where the user said data lies, recorded for the export.
        events: progress callbacks.

    Returns:
        The run and the accuracy of its best checkpoint on the validation split.

    Raises:
        UsageError: the folder holds a run, a setting does not fit the data.
        DataError: pictures or masks that cannot be used.
        OutputError: the run folder cannot be written.
        KeyboardInterrupt: before the first epoch ended, so there is nothing to keep.
        MissingDependencyError: no TensorFlow.
    """
    events = events or TrainEvents()
    run = RunFolder(out)
    if run.checkpoint.exists():
        raise UsageError(f"{out} already holds a run; choose another --out or remove it")
    started = time.perf_counter()
    spec = _spec(dataset, config, name=_model_name(out) or config.network)
    make_loss(config.loss, spec)  # a wrong loss is known before the pictures are decoded
    require_background(dataset.classes, config.backgrounds)
    split = training_split(dataset, seed=config.seed, fraction=config.validation_fraction)
    accelerator = prepare(config.seed)
    on_cpu = accelerator.device == "CPU"
    teacher = Teacher.open(Path(config.teacher), spec, on_cpu=on_cpu) if config.teacher else None
    names = (*split.train, *split.validation)
    cache = FrameCache.build(dataset, names, spec.input, out.parent / ".cache", progress=events.decoded)
    record = DataRecord(
        reference=dataset.reference,
        data_dir=str(data_dir.absolute()) if data_dir else None,
        digest=dataset.digest(),
        train=split.train,
        validation=split.validation,
        cache=str(cache.folder),
    )
    _write_origin(run, config, record, accelerator)
    loop = _Loop(config, spec, cache, record, accelerator)
    if teacher is not None:
        loop.soft = teacher.maps(cache, progress=events.taught)
    events.started(
        f"{config.network}, {loop.network.count_params():,} parameters, on {accelerator.name} "
        f"({accelerator.precision}{', XLA' if accelerator.xla else ''}): {len(split.train):,} pictures of "
        f"{split.train_name} train, {len(split.validation):,} of {split.validation_name} validate"
    )
    history: list[Epoch] = []
    best: Epoch | None = None
    interrupted = False
    try:
        for number in range(1, config.epochs + 1):
            epoch = loop.epoch(number, events)
            history.append(epoch)
            write_history(run.history, history)
            if best is None or epoch.accuracy.miou > best.accuracy.miou:
                weights = loop.weights()
                save_checkpoint(run, config, spec, weights)
                best, loop.best_weights = epoch, weights  # only now: Ctrl-C while saving leaves the one before
            if events.epoch_done is not None:
                events.epoch_done(epoch)
            if config.patience and number - best.epoch >= config.patience:
                break
    except KeyboardInterrupt:
        if best is None:
            raise
        interrupted = True
    assert best is not None  # there is at least one epoch
    result = TrainResult(
        run=run,
        parameters=loop.network.count_params(),
        best_epoch=best.epoch,
        epochs_done=len(history),
        accuracy=best.accuracy,
        seconds=time.perf_counter() - started,
        interrupted=interrupted,
    )
    loop.restore_best()
    draw_curves(run.curves, history)
    draw_panel(run.panel, loop.samples(), spec.classes)
    report = asdict(result) | {"run": str(out), "accuracy": best.accuracy.to_dict(), "unetkit": VERSION}
    publish_text(run.report, json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False))
    return result


class _Loop:
    """A network in training, with all that an epoch needs."""

    def __init__(
        self,
        config: TrainConfig,
        spec: ModelSpec,
        cache: FrameCache,
        record: DataRecord,
        accelerator: Accelerator,
    ) -> None:
        self.config, self.spec, self.cache = config, spec, cache
        self.rows, self.validation_rows = cache.rows(record.train), cache.rows(record.validation)
        self.steps = -(-len(self.rows) // config.batch)
        with dtype_policy(accelerator.precision):
            network = build_network(config, spec, fixed=False)
        pretrained = load_weights(network, config.weights, config.network)
        self.network = for_cpu(network) if accelerator.device == "CPU" else network
        freeze(norm for norm in batch_norms(self.network) if norm.name in pretrained)
        self.optimizer = make_optimizer(config, steps=self.steps * config.epochs, precision=accelerator.precision)
        self.optimizer.build(self.network.trainable_variables)
        self.loss, self.xla = make_loss(config.loss, spec), accelerator.xla
        self.average = WeightAverage(self.network.weights, config.average) if config.average else None
        self._step = self._training_step()
        self.validator = Validator(self.network, self.loss, spec, cache, self.validation_rows)
        self.soft: NDArray[np.uint8] | None = None  # a teacher's probabilities, a row a picture of the cache
        self.best_weights: list[Any] = []

    def epoch(self, number: int, events: TrainEvents) -> Epoch:
        half = number <= min(round(self.config.half_size * self.config.epochs), self.config.epochs - 1)
        started = time.perf_counter()
        lost: list[Any] = []
        batches = training_batches(
            self.cache, self.rows, self.spec.input, self.config, epoch=number, half=half, soft=self.soft
        )
        if number == self._first_frozen_epoch():
            estimate(self.network, (batch.frames for batch in batches.take(NORM_BATCHES)), self.spec.input)
            freeze(batch_norms(self.network))
            self._step = self._training_step()
        for step, batch in enumerate(batches, start=1):
            lost.append(self._step(batch))
            if events.stepped is not None and step % 10 == 0:
                events.stepped(step, self.steps, float(np.mean(lost[-10:])))
        loss = float(np.mean([float(value) for value in lost]))
        if not np.isfinite(loss):
            raise UsageError(f"the loss became {loss} in epoch {number}; lower lr from {self.config.lr:g}")
        trained = time.perf_counter()
        with self._averaged():
            accuracy, val_loss = self.validator.run()
        return Epoch(
            epoch=number,
            size=self.config.size // 2 if half else self.config.size,
            lr=float(self.optimizer.learning_rate),
            loss=loss,
            val_loss=val_loss,
            accuracy=accuracy,
            images_per_s=self.steps * self.config.batch / (trained - started),
            seconds=time.perf_counter() - started,
        )

    def weights(self) -> list[Any]:
        """What is worth keeping: the average where there is one."""
        with self._averaged():
            return self.network.get_weights()  # type: ignore[no-any-return]

    def _averaged(self) -> contextlib.AbstractContextManager[None]:
        return self.average.in_place() if self.average is not None else contextlib.nullcontext()

    def _first_frozen_epoch(self) -> int:
        return self.config.epochs - round(self.config.norm_frozen * self.config.epochs) + 1

    def _training_step(self) -> Callable[..., Any]:
        """The compiled step, over the variables that are trainable now."""
        import tensorflow as tf

        network, optimizer, average = self.network, self.optimizer, self.average
        variables = network.trainable_variables

        @tf.function(jit_compile=self.xla, reduce_retracing=True)
        def step(batch: Batch) -> Any:
            with tf.GradientTape() as tape:
                scores = network(normalise(tf.cast(batch.frames, tf.float32), self.spec.input), training=True)
                value = self.loss(batch.labels, scores)
                if batch.soft is not None:
                    value = self._taught(value, batch, scores)
                scaled = optimizer.scale_loss(value)
            optimizer.apply_gradients(zip(tape.gradient(scaled, variables), variables, strict=True))
            if average is not None:
                average.update()
            return value

        return step  # type: ignore[no-any-return]

    def _taught(self, value: Any, batch: Batch, scores: Any) -> Any:
        """The loss on the labels, mixed with the divergence from the teacher."""
        import tensorflow as tf

        log_p = class_log_probabilities(scores, self.spec)
        teacher_log_p = tf.math.log(batch.soft + 0.5 / 255)  # half a step of its uint8 for what was rounded to 0
        known = batch.labels != IGNORE_LABEL
        share = self.config.teacher_share
        return (1 - share) * value + share * distillation(teacher_log_p, log_p, known, self.config.temperature)

    def restore_best(self) -> None:
        self.network.set_weights(self.best_weights)

    def samples(self) -> list[tuple[Any, Any, Any]]:
        """(frame, truth, prediction) of validation pictures spread over the split."""
        chosen = self.validation_rows[np.linspace(0, len(self.validation_rows) - 1, SAMPLES).astype(int)]
        return [(self.cache.frames[row], self.cache.labels[row], self.validator.predict(row)) for row in chosen]


def _spec(dataset: Dataset, config: TrainConfig, *, name: str) -> ModelSpec:
    network = NETWORKS[config.network]
    spec_input = network.input_spec(config.size, depth=config.depth, halved=config.half_size > 0)
    two = len(dataset.classes) == 2
    if config.head == "sigmoid" and not two:
        raise UsageError(f"a sigmoid head takes two classes, the data has {len(dataset.classes)}; use softmax")
    return ModelSpec(
        name=name,
        input=spec_input,
        classes=dataset.classes,
        head="sigmoid" if config.head == "sigmoid" or (config.head == "auto" and two) else "softmax",
        scores=network.scores,
        provenance={"network": config.network, "data_digest": dataset.digest(), "unetkit": VERSION},
    )


def _model_name(out: Path) -> str:
    """The folder's name with a dash for what a model's name may not hold; empty when nothing is left."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", out.absolute().name).strip("._-")[:100]


def _write_origin(run: RunFolder, config: TrainConfig, record: DataRecord, accelerator: Accelerator) -> None:
    """Write what the run is made of before the first step, so that an interrupted run explains itself too."""
    publish_text(run.config, config_toml(config))
    environment = {"host": HostInfo.here().to_dict(), "accelerator": asdict(accelerator), "unetkit": VERSION}
    publish_text(run.environment, json.dumps(environment, indent=1))
    record.write(run.split)

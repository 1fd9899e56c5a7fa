"""The epochs of a training, from the first one or from where it was cut off, and what is kept of them."""

import json
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from unetkit.contract.publish import publish_text
from unetkit.contract.runfolder import RunFolder
from unetkit.contract.scoring import AccuracyReport
from unetkit.runtime.checkpoint import Checkpoint
from unetkit.trainer.batchsearch import largest_batch_below
from unetkit.trainer.board import Board
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.events import Standing, TrainEvents
from unetkit.trainer.faults import explained
from unetkit.trainer.history import Epoch, best_epoch, draw_curves, write_history
from unetkit.trainer.loop import CHECKED_STEPS, TrainingLoop
from unetkit.trainer.materials import Materials
from unetkit.trainer.metering import peak_memory_mib
from unetkit.trainer.panel import SAMPLES, draw_panel
from unetkit.trainer.report.page import RunFacts, write_report
from unetkit.trainer.trainingstate import TrainingState, remove_states
from unetkit.trainer.validation import Validator
from unetkit.version import VERSION

SAVED_EVERY_S = 600  # within an epoch; at its end the state is saved anyhow


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


class Course:
    """A training under way.

    Args:
        run: the folder; only the chief of several machines writes to it.
        config: resolved.
        materials: what it is made of.
        state: to go on from.
    """

    def __init__(
        self, run: RunFolder, config: TrainConfig, materials: Materials, state: TrainingState | None = None
    ) -> None:
        self._run, self._config, self._spec, self._cache = run, config, materials.spec, materials.cache
        self._accelerator, self._replicas, self._record = materials.accelerator, materials.replicas, materials.record
        self._validated = self._cache.rows(materials.record.validation)
        self._feed = materials.feed(config)
        norms = state.kept_norms if state is not None else None
        self.loop = TrainingLoop(config, self._spec, self._feed, self._accelerator, self._replicas, norms=norms)
        self._validator = self._validating(self.loop.network)
        if state is not None:
            self.loop.restore(state.values)
        self._state = state or TrainingState(spec=self._spec, kept_norms=self.loop.subject.kept_norms)
        self._board = Board(run.board) if config.tensorboard and self._replicas.is_chief else None
        if self._board is not None:
            self._board.graph(self.loop.network)
        self._started = time.perf_counter() - self._state.seconds
        self._saved = time.perf_counter()

    @property
    def history(self) -> list[Epoch]:
        return self._state.history

    @property
    def best(self) -> Epoch:
        return best_epoch(self.history)

    def save(self) -> None:
        """Write the state."""
        if self._replicas.is_chief:
            self._state.seconds = time.perf_counter() - self._started
            self._state.values = self.loop.variables()
            self._state.write(self._run)
        self._saved = time.perf_counter()

    def follow(self, events: TrainEvents) -> TrainResult:
        """Train to the end, or until Ctrl-C.

        Raises:
            KeyboardInterrupt: before the first epoch ended, so there is nothing to report on.
        """
        interrupted = False
        try:
            while len(self.history) < self._config.epochs and not self._lost_patience():
                self._epoch(events)
        except KeyboardInterrupt:
            if not self.history:
                raise
            interrupted = True
        best = self.best
        result = TrainResult(
            run=self._run,
            parameters=self.loop.subject.parameters,
            best_epoch=best.epoch,
            epochs_done=len(self.history),
            accuracy=best.accuracy,
            seconds=time.perf_counter() - self._started,
            interrupted=interrupted,
        )
        if self._replicas.is_chief:
            self._report(result)
            if not interrupted:
                remove_states(self._run)
        return result

    def _epoch(self, events: TrainEvents) -> None:
        state, number = self._state, len(self.history) + 1

        def stepped(images_per_s: float) -> None:
            if events.stepped is not None:
                events.stepped(self._standing(images_per_s))
            if time.perf_counter() - self._saved > SAVED_EVERY_S:
                self.save()

        started = time.perf_counter()
        with explained(self._config.batch, self._replicas, self._smaller_batch):
            pace = self.loop.epoch(number, state.losses, stepped=stepped)
        with self.loop.averaged():
            accuracy, val_loss = self._validator.run()
        epoch = Epoch(
            epoch=number,
            size=self._config.size // 2 if number <= self._config.half_epochs else self._config.size,
            lr=float(self.loop.optimizer.learning_rate),
            loss=float(np.mean(state.losses)),
            val_loss=val_loss,
            accuracy=accuracy,
            images_per_s=pace.images_per_s,
            waiting=pace.waiting,
            peak_memory_mib=peak_memory_mib(self._accelerator),
            seconds=time.perf_counter() - started,
        )
        if self._replicas.is_chief and best_epoch([*self.history, epoch]) is epoch:
            with self.loop.averaged():
                self.loop.subject.save(self._run)
        state.history.append(epoch)  # only now: Ctrl-C while saving leaves the one before
        state.losses = []
        if self._replicas.is_chief:
            write_history(self._run.history, self.history)
        if self._board is not None:
            with self.loop.averaged():
                self._board.epoch(epoch, self._samples(), self._spec.classes)
        self.save()
        if events.epoch_done is not None:
            events.epoch_done(epoch)

    def _smaller_batch(self) -> int:
        return largest_batch_below(self._config.batch, self.loop.fits, devices=self._replicas.count)

    def _standing(self, images_per_s: float) -> Standing:
        config, steps, losses = self._config, self._feed.steps, self._state.losses
        cost = [0.25 if number <= config.half_epochs else 1.0 for number in range(1, config.epochs + 1)]
        before = len(self.history)
        return Standing(
            epoch=before + 1,
            epochs=config.epochs,
            step=len(losses),
            steps=steps,
            loss=float(np.mean(losses[-CHECKED_STEPS:])),
            miou=self.best.accuracy.miou if self.history else None,
            images_per_s=images_per_s,
            peak_memory_mib=peak_memory_mib(self._accelerator),
            done=(sum(cost[:before]) + cost[before] * len(losses) / steps) / sum(cost),
        )

    def _lost_patience(self) -> bool:
        if not self._config.patience or not self.history:
            return False
        since = len(self.history) - self.best.epoch
        return self._replicas.agree(since) >= self._config.patience

    def _report(self, result: TrainResult) -> None:
        answering = self.loop.subject.take(Checkpoint.load(self._run.checkpoint))
        if answering is not self.loop.network:  # it was trained in another precision
            self._validator = self._validating(answering)
        draw_curves(self._run.curves, self.history)
        draw_panel(self._run.panel, self._samples(), self._spec.classes)
        facts = RunFacts(
            spec=self._spec,
            parameters=result.parameters,
            history=self.history,
            seconds=result.seconds,
            interrupted=result.interrupted,
            config=asdict(self._config),
            environment=json.loads(self._run.environment.read_text(encoding="utf-8")),
            record=self._record,
        )
        cache = self._cache
        seen = write_report(self._run, facts, self._validator.scores, cache.frames, cache.labels, self._validated)
        table: dict[str, Any] = asdict(result) | {"run": str(self._run.path), "accuracy": seen.accuracy.to_dict()}
        table["calibration_error"] = seen.reliability.calibration_error
        text = json.dumps(table | {"unetkit": VERSION}, indent=1, ensure_ascii=False, allow_nan=False)
        publish_text(self._run.report, text)

    def _validating(self, network: Any) -> Validator:
        on_cpu = self._accelerator.device == "CPU"
        return Validator(network, self.loop.loss, self._spec, self._cache, self._validated, on_cpu=on_cpu)

    def _samples(self) -> list[tuple[Any, Any, Any]]:
        """(frame, truth, prediction) of validation pictures spread over the split."""
        chosen = self._validated[np.linspace(0, len(self._validated) - 1, SAMPLES).astype(int)]
        return [(self._cache.frames[row], self._cache.labels[row], self._validator.predict(row)) for row in chosen]

"""A finished run as the studies of quantisation take it: its checkpoint, and frames to calibrate and to score on."""

from dataclasses import dataclass
from typing import Any

from unetkit.contract.runfolder import RunFolder
from unetkit.contract.spec import ModelSpec
from unetkit.data.record import DataRecord
from unetkit.deployment.network import for_inference
from unetkit.export.calibration import DEFAULT_FRAMES, CalibrationSet
from unetkit.export.toolchain import quiet
from unetkit.export.validation import ValidationSet
from unetkit.runtime.checkpoint import Checkpoint


@dataclass(frozen=True, kw_only=True)
class FinishedRun:
    """What `unetkit export` would begin with.

    Attributes:
        checkpoint: the best.
        calibration: frames of the training split, drawn with seed 0.
        validation: the split of that name.
    """

    checkpoint: Checkpoint
    calibration: CalibrationSet
    validation: ValidationSet

    @classmethod
    def open(cls, run: RunFolder, *, frames: int = DEFAULT_FRAMES) -> "FinishedRun":
        """Load it.

        Args:
            run: trained.
            frames: to calibrate on, at most.

        Raises:
            ArtifactError: the checkpoint cannot be read.
            DataError: the run's frames are gone.
        """
        with quiet():
            checkpoint = Checkpoint.load(run.checkpoint)
        record = DataRecord.read(run.split)
        cache = record.open_cache(checkpoint.spec.input)
        names = checkpoint.spec.class_names
        return cls(
            checkpoint=checkpoint,
            calibration=CalibrationSet.draw(cache, record.train, class_names=names, count=frames, seed=0),
            validation=ValidationSet.of(record, cache),
        )

    @property
    def spec(self) -> ModelSpec:
        """Of the checkpoint."""
        return self.checkpoint.spec

    def network(self) -> Any:
        """The Keras network that exports are made of."""
        return for_inference(self.checkpoint.model, self.spec.input)

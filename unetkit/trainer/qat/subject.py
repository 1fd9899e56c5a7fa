"""The network of a quantisation-aware training: trained rounded, saved as the ordinary network with its ranges."""

from pathlib import Path
from typing import Any

from unetkit.contract.artifact import write_spec
from unetkit.contract.publish import published
from unetkit.contract.runfolder import RunFolder
from unetkit.contract.spec import ModelSpec
from unetkit.deployment.unfolding import unfold
from unetkit.errors import ArtifactError, UsageError
from unetkit.runtime.checkpoint import Checkpoint
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.feed import Feed
from unetkit.trainer.qat.twin import QuantisedTwin

CALIBRATION_FRAMES = 64  # the ranges are learnt from there


class RoundedNetwork:
    """What a training with `qat` trains.

    Args:
        config: resolved; its weights are the trained checkpoint.
        spec: of the model.
        feed: the pictures that the first ranges are found on; None where all will be restored.

    Raises:
        UsageError: the config names no checkpoint, or a network whose rounding is not known.
        ArtifactError: the checkpoint cannot be read.
    """

    kept_norms: tuple[str, ...] = ()

    def __init__(self, config: TrainConfig, spec: ModelSpec, feed: Feed | None) -> None:
        path = Path(config.weights)
        if not path.is_file():
            raise UsageError(f"qat fine-tunes a trained checkpoint and weights is {config.weights!r}, which is no file")
        self._spec = spec
        self._model = Checkpoint.load(path).model  # what is saved: its layers keep the names that the ranges go by
        self._twin = QuantisedTwin(self._model, spec, per_channel=config.qat == "per-channel")
        self.network = self._twin.network
        self.parameters: int = self._model.count_params()
        if feed is not None:
            self._twin.calibrate(feed.frames(CALIBRATION_FRAMES))

    def save(self, run: RunFolder) -> None:
        unfold(self.network, self._model)
        with published(run.checkpoint) as temporary:
            self._model.save(temporary)
            write_spec(temporary, self._spec)
            self._twin.ranges().write(temporary)

    def take(self, checkpoint: Checkpoint) -> Any:
        if checkpoint.ranges is None:
            raise ArtifactError(f"checkpoint {checkpoint.path} holds no learned ranges; train again with --qat")
        self._twin.restore(checkpoint.model, checkpoint.ranges)
        return self.network

"""What a training trains: a network in the form that trains best, and the checkpoint that it is saved as."""

from collections.abc import Collection
from typing import Any, Protocol

from unetkit.contract.runfolder import RunFolder
from unetkit.contract.spec import ModelSpec
from unetkit.runtime.checkpoint import Checkpoint
from unetkit.trainer.checkpoint import build_network, dtype_policy, save_checkpoint
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.cpulayers import for_cpu
from unetkit.trainer.feed import Feed
from unetkit.trainer.normstatistics import batch_norms, freeze, synchronised
from unetkit.trainer.pretrained import load_weights
from unetkit.trainer.replicas import Replicas
from unetkit.trainer.tensorflow_setup import Accelerator


class Subject(Protocol):
    """What the loop trains.

    Attributes:
        network: that the steps train.
        kept_norms: names of the batch norms whose published statistics are kept.
        parameters: of the network that is saved.
    """

    network: Any
    kept_norms: tuple[str, ...]
    parameters: int

    def save(self, run: RunFolder) -> None:
        """Publish the network, as it is now, as the run's best."""

    def take(self, checkpoint: Checkpoint) -> Any:
        """Be again what was saved; gives the network that answers as its files will, in float32."""


class FloatNetwork:
    """A network of the config, in float.

    Args:
        config: resolved.
        spec: of the model.
        accelerator: what it runs on.
        replicas: how many of it.
        norms: names of the batch norms whose published statistics are kept, where the weights will be restored; by
            default the weights that the config names are loaded, and say so themselves.
    """

    def __init__(
        self,
        config: TrainConfig,
        spec: ModelSpec,
        accelerator: Accelerator,
        replicas: Replicas,
        norms: Collection[str] | None,
    ) -> None:
        self._config, self._spec, self._precision = config, spec, accelerator.precision
        with dtype_policy(accelerator.precision):
            network = build_network(config, spec, fixed=False)
            loaded = load_weights(network, config.weights, config.network) if norms is None else norms
            if replicas.count > 1:
                network = synchronised(network)
            elif accelerator.device == "CPU" and accelerator.precision == "float32":
                network = for_cpu(network)
        self.network = network
        self.parameters: int = network.count_params()
        self.kept_norms = tuple(sorted(loaded))
        freeze(norm for norm in batch_norms(network) if norm.name in loaded)

    def save(self, run: RunFolder) -> None:
        save_checkpoint(run, self._config, self._spec, self.network.get_weights())

    def take(self, checkpoint: Checkpoint) -> Any:
        self.network.set_weights(checkpoint.model.get_weights())
        return self.network if self._precision == "float32" else checkpoint.model


def open_subject(
    config: TrainConfig,
    spec: ModelSpec,
    feed: Feed,
    accelerator: Accelerator,
    replicas: Replicas,
    norms: Collection[str] | None,
) -> Subject:
    """What a config trains; a network that is to be rounded learns its first ranges from the feed's frames.

    Args:
        config: resolved.
        spec: of the model.
        feed: the training pictures.
        accelerator: what it runs on.
        replicas: how many of it.
        norms: as for `FloatNetwork`; None also where nothing will be restored.
    """
    if config.qat == "off":
        return FloatNetwork(config, spec, accelerator, replicas, norms)
    from unetkit.trainer.qat.subject import RoundedNetwork

    return RoundedNetwork(config, spec, feed if norms is None else None)

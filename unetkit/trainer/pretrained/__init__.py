"""Weights that were trained elsewhere, read into a network before it trains."""

import logging
from pathlib import Path
from typing import Any

from unetkit.contract.artifact import read_spec
from unetkit.contract.runfolder import RunFolder
from unetkit.errors import ArtifactError, UsageError
from unetkit.runtime.checkpoint import Checkpoint
from unetkit.trainer.networks import NETWORKS
from unetkit.trainer.networks.encoders.applications import APPLICATIONS
from unetkit.trainer.pretrained.applications import for_our_pixels, imagenet_weights, read_application_file
from unetkit.trainer.pretrained.kerasfile import is_keras_file
from unetkit.trainer.pretrained.lite import ENCODERS, imagenet_file, load_lite
from unetkit.trainer.pretrained.transfer import LayerWeights, transfer, weights_of

log = logging.getLogger(__name__)


def load_weights(model: Any, weights: str, network: str) -> frozenset[str]:
    """Give a network the weights it starts from.

    Args:
        model: the network, of any input size.
        weights: `none`; `imagenet`; or a path: a run or checkpoint of the same network, whose head may be of another
            number of classes, or a file of published weights of the network's encoder.
        network: its name.

    Returns:
        The names of the layers that got published weights. Their batch norms hold statistics of a million pictures,
        which are better kept than estimated anew. Empty for a checkpoint, whose statistics go on with its training.

    Raises:
        UsageError: the network has no such weights, or there is no such file.
        MissingDependencyError: they come with a package that is not installed, or cannot be downloaded.
        ArtifactError: the file is of another format or another network.
    """
    if weights == "none":
        return frozenset()
    if weights == "imagenet":
        published = _load_imagenet(model, network)
    else:
        path = Path(weights)
        file = RunFolder(path).checkpoint if path.is_dir() else path
        if not file.is_file():
            raise UsageError(f"no weights {file}; give none, imagenet, or the path of a run, checkpoint or weight file")
        published = _load_file(model, file, network)
    if published:
        log.info("%s: weights for %d of %d layers taken", weights, len(published), len(weights_of(model)))
    return published


def _load_imagenet(model: Any, network: str) -> frozenset[str]:
    if network in APPLICATIONS:
        return _load_application(model, network, imagenet_weights(APPLICATIONS[network]))
    if network in ENCODERS:
        return load_lite(model, imagenet_file(ENCODERS[network]))
    having = ", ".join(name for name, each in NETWORKS.items() if each.pretrained)
    raise UsageError(f"{network} has no ImageNet weights, only {having} have; use --weights none or a checkpoint")


def _load_file(model: Any, file: Path, network: str) -> frozenset[str]:
    """By what the file is, not by its name."""
    if is_keras_file(file) and (_carries_spec(file) or network not in APPLICATIONS):
        _load_checkpoint(model, file, network)
        return frozenset()
    if network in APPLICATIONS:
        return _load_application(model, network, read_application_file(APPLICATIONS[network], file))
    if network in ENCODERS:
        return load_lite(model, file)
    raise ArtifactError(f"{file} is not a .keras checkpoint, and {network} can start from nothing else")


def _load_checkpoint(model: Any, file: Path, network: str) -> None:
    checkpoint = Checkpoint.load(file)
    trained = checkpoint.spec.provenance.get("network")
    if trained != network:
        raise ArtifactError(f"{file} is a checkpoint of {trained}; {network} can only start from one of its own")
    taken = transfer(weights_of(checkpoint.model), model)
    if not taken:
        raise ArtifactError(f"no layer of {file} has the shape of this {network}; give its --width, or --weights none")
    *body, _ = layers = list(weights_of(model))
    whole = taken.issuperset(body)  # a head of its own is what another number of classes needs
    log.log(
        logging.INFO if whole else logging.WARNING,
        "%s: weights for %d of %d layers taken, the others start at random",
        file,
        len(taken),
        len(layers),
    )


def _load_application(model: Any, network: str, source: LayerWeights) -> frozenset[str]:
    ours = NETWORKS[network]
    return transfer(for_our_pixels(source, APPLICATIONS[network], ours.scale, ours.zero_point), model)


def _carries_spec(file: Path) -> bool:
    try:
        read_spec(file)
    except ArtifactError:
        return False
    return True

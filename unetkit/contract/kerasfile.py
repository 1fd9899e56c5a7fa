"""What a .keras file may hold, looked at before Keras opens it: weights and stock layers, nothing that is run.

Keras' own safe mode is the second lock, not the only one: what its loader follows out of a file (pickled modules,
vocabulary files and addresses of preprocessing layers, functions by their name) has grown and been narrowed from
version to version, and a segmentation network needs none of it.
"""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from unetkit.contract.archive import opened_archive
from unetkit.contract.learnedranges import RANGES_MEMBER
from unetkit.errors import ArtifactError

_CONFIG = "config.json"
_WEIGHTS = "model.weights.h5"
_TEXTS = frozenset({"metadata.json", _CONFIG, "unetkit_spec.json", RANGES_MEMBER})
_MAX_CONFIG_BYTES = 32_000_000  # the largest of Keras' own networks have 3 MB
_MODULES = ("keras.layers", "keras.initializers", "keras.regularizers", "keras.constraints", "keras.activations")
_FUNCTIONAL = ("keras.src.models.", "keras.src.ops.")
# Layers and classes of Keras that run, unpickle or fetch what a file names.
_REFUSED = frozenset(
    {
        *("Lambda", "__lambda__", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "JaxModelWrapper"),
        *("StringLookup", "IntegerLookup", "TextVectorization", "Pipeline", "FeatureSpace"),
    }
)


def require_harmless(path: Path) -> None:
    """Refuse a checkpoint that holds anything but a spec, weights and a graph of Keras' stock layers.

    Raises:
        ArtifactError: naming what it holds, or that it is damaged.
    """
    if path.suffix != ".keras":  # Keras goes by the name, and an old format behind another one has other rules
        raise ArtifactError(f"Keras model {path} must be called .keras; rename it")
    try:
        with opened_archive(path) as archive:
            if archive is None:
                raise ArtifactError("it has no zip archive")
            for item in archive.members:
                _require_known(item)
            text = archive.text(_CONFIG, limit=_MAX_CONFIG_BYTES)
            damaged = archive.damaged_member()
        if damaged is not None:
            raise ArtifactError(f"its {damaged} is damaged; copy it again")
        if text is None:
            raise ArtifactError(f"it has no {_CONFIG}")
        for found in _classes(json.loads(text)):
            _require_stock(*found)
    except (ArtifactError, OSError, ValueError, RecursionError) as error:
        raise ArtifactError(f"Keras model {path} is not opened: {ascii(str(error))[1:-1][:200]}") from error


def _require_known(item: zipfile.ZipInfo) -> None:
    if item.filename not in {_WEIGHTS, *_TEXTS}:
        raise ArtifactError(f"it holds {item.filename[:80]!r}, which no U-Net needs")
    if item.filename == _WEIGHTS and item.compress_type != zipfile.ZIP_STORED:  # Keras never packs them
        raise ArtifactError("its weights are packed, and could unpack to any size")


def _classes(node: Any) -> Iterator[tuple[Any, Any]]:
    """(module, class name) of everything that Keras would build; an optimizer's settings are never read here."""
    if isinstance(node, dict):
        if "class_name" in node:
            yield node.get("module"), node["class_name"]
        for key, value in node.items():
            if key != "compile_config":
                yield from _classes(value)
    elif isinstance(node, list):
        for value in node:
            yield from _classes(value)


def _require_stock(module: Any, name: Any) -> None:
    plain = module is None and name in {"__keras_tensor__", "__tuple__"}
    stock = isinstance(module, str) and (
        module in {"keras", *_MODULES} or module.startswith(_FUNCTIONAL) or module.startswith("keras.ops")
    )
    if not (plain or (stock and isinstance(name, str) and name not in _REFUSED)):
        raise ArtifactError(f"it builds {module}.{name}, which is no stock layer")

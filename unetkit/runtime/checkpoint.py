"""A trained checkpoint: the Keras model, its spec and its digest."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unetkit.contract.artifact import read_format, read_spec, sha256_of
from unetkit.contract.kerasfile import require_harmless
from unetkit.contract.learnedranges import LearnedRanges
from unetkit.contract.spec import ModelSpec
from unetkit.errors import ArtifactError
from unetkit.runtime.backends.backend import reason_of
from unetkit.runtime.backends.tensorflow_import import import_tensorflow


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """What an export or a distillation starts from.

    Attributes:
        path: the .keras file.
        model: a Keras functional model; normalised float32 (N, H, W, 3) in the spec's colour order -> (N, H, W, C).
        spec: as the file carries it.
        sha256: of the file.
        ranges: that a quantisation-aware training learnt; None of others.
    """

    path: Path
    model: Any
    spec: ModelSpec
    sha256: str
    ranges: LearnedRanges | None = None

    @classmethod
    def load(cls, path: Path) -> "Checkpoint":
        """Read a checkpoint; nothing in it is executed (Keras' safe mode).

        Raises:
            MissingDependencyError: TensorFlow is installed and does not load.
            ArtifactError: not a .keras file, without a spec, unreadable, or its shapes are not the spec's.
        """
        import_tensorflow(f"checkpoint {path}")
        if read_format(path) != "keras":
            raise ArtifactError(f"{path} is not a .keras checkpoint; give the run that `unetkit train` made")
        spec = read_spec(path)
        model = load_keras_model(path)
        _require_shape(path, "input", model.inputs, (*spec.input.hw, 3))
        _require_shape(path, "output", model.outputs, (*spec.input.hw, spec.channels))
        return cls(path=path, model=model, spec=spec, sha256=sha256_of(path), ranges=LearnedRanges.read(path))


def load_keras_model(path: Path) -> Any:
    """The Keras model in a file; nothing in it is executed.

    Raises:
        ArtifactError: it is damaged, holds more than weights and stock layers, or cannot be read.
    """
    import keras

    require_harmless(path)
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError, KeyError, AttributeError, OSError, RuntimeError, zipfile.BadZipFile) as error:
        raise ArtifactError(f"Keras model {path} cannot be opened: {reason_of(error)}; train it again") from error


def _require_shape(path: Path, end: str, tensors: list[Any], expected: tuple[int, ...]) -> None:
    shapes = [tuple(tensor.shape[1:]) for tensor in tensors]
    fits = len(shapes) == 1 and all(have in {None, want} for have, want in zip(shapes[0], expected, strict=True))
    if not fits:
        raise ArtifactError(f"checkpoint {path} has {end} shapes {shapes}, its spec says {[expected]}; train it again")

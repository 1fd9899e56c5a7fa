"""Candidates as files: untrained networks in int8, which take as long as trained ones.

The time of an integer kernel does not depend on its numbers, so random weights are good enough to time, and so are a
few generated pictures to calibrate the quantisers with. The masks of these files mean nothing.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from unetkit.contract.artifact import write_spec
from unetkit.contract.spec import ClassSpec, ModelSpec, Scalar
from unetkit.data.scene import scene
from unetkit.deployment.network import for_inference
from unetkit.errors import UsageError
from unetkit.export.calibration import CalibrationSet
from unetkit.export.converter import Converter
from unetkit.export.publication import published_folder
from unetkit.export.target import DEFAULT_FORMATS, Target, choose_targets
from unetkit.export.toolchain import quiet, require_toolchain
from unetkit.selection.capability import Candidate
from unetkit.selection.work import multiply_adds
from unetkit.trainer.checkpoint import build_network
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.networks import NETWORKS
from unetkit.trainer.tensorflow_setup import prepare
from unetkit.version import VERSION

DEFAULT_CLASSES = 3
_SEED = 0
_CALIBRATION_FRAMES = 2
_FILE_NAME = re.compile(r".+-\d+\.int8\.(onnx|tflite)")

Tell = Callable[[str], None]


def publish_candidates(
    folder: Path,
    chosen: Sequence[Candidate],
    *,
    classes: int = DEFAULT_CLASSES,
    formats: Collection[str] = DEFAULT_FORMATS,
    on_step: Tell,
) -> tuple[Path, ...]:
    """Write candidates into a folder of their own, whole or not at all, for `unetkit bench` on another device.

    Args:
        folder: may hold earlier candidates, which are replaced, and nothing else.
        chosen: networks and sizes.
        classes: of the data that will be trained on; the masks of more classes take longer.
        formats: of `onnx`, `tflite`.
        on_step: told in words what comes next.

    Returns:
        The files, in the order of the candidates.

    Raises:
        UsageError: fewer than 2 or more than 255 classes; an unknown format; the folder holds other files.
        MissingDependencyError: the training extra is not installed.
        OutputError: the folder cannot be written.
    """
    earlier = frozenset(path.name for path in folder.glob("*.int8.*") if _FILE_NAME.fullmatch(path.name))
    with published_folder(folder, earlier) as unpublished:
        written = write_candidates(unpublished, chosen, classes=classes, formats=formats, on_step=on_step)
    return tuple(folder / path.name for path in written)


def write_candidates(
    folder: Path, chosen: Sequence[Candidate], *, classes: int, formats: Collection[str], on_step: Tell
) -> tuple[Path, ...]:
    """Write candidates into a folder that is there, one after the other: seconds each; otherwise as above."""
    if not 2 <= classes <= 255:
        raise UsageError(f"{classes} classes, expected 2 to 255")
    targets = [each for each in choose_targets(formats, int8=True, fp16=False) if each.precision == "int8"]
    require_toolchain({target.format for target in targets})
    prepare(_SEED)
    written = []
    for number, candidate in enumerate(chosen, 1):
        on_step(f"making {candidate}, untrained, in int8 ({number} of {len(chosen)})")
        written += _files_of(candidate, folder, classes, targets)
    _forget_models()
    return tuple(written)


def facts(candidate: Candidate, *, channels: int) -> tuple[int, int]:
    """Parameters and multiply-adds of a candidate as this version of unetkit builds it."""
    prepare(_SEED)
    with quiet():
        model = _built(candidate, _spec(candidate, max(channels, 2), channels))
    counted = int(model.count_params()), multiply_adds(model)
    _forget_models()
    return counted


def channels_of(classes: int) -> int:
    """Score channels of a task: two classes get a binary head, as `head = "auto"` gives it."""
    return 1 if classes == 2 else classes


def _files_of(candidate: Candidate, folder: Path, classes: int, targets: Sequence[Target]) -> list[Path]:
    spec = _spec(candidate, classes, channels_of(classes))
    with quiet():
        model = _built(candidate, spec)
        converter = Converter(for_inference(model, spec.input), spec.input, _calibration(candidate.size))
    provenance: dict[str, Scalar] = {
        "network": candidate.network,
        "parameters": int(model.count_params()),
        "multiply_adds": multiply_adds(model),
        "precision": "int8",
        "unetkit": VERSION,
    }
    paths = []
    for target in targets:
        path = folder / f"{spec.name}.int8.{target.format}"
        path.write_bytes(converter.content(target))
        write_spec(path, replace(spec, provenance=provenance))
        paths.append(path)
    return paths


def _built(candidate: Candidate, spec: ModelSpec) -> Any:
    """The network in its own width and depth, weights random."""
    return build_network(TrainConfig(network=candidate.network, size=candidate.size), spec, fixed=True)


def _spec(candidate: Candidate, classes: int, channels: int) -> ModelSpec:
    network = NETWORKS[candidate.network]
    return ModelSpec(
        name=f"{candidate.network}-{candidate.size}",
        input=network.input_spec(candidate.size),
        classes=tuple(ClassSpec(name=f"class_{label}", bgr=(label, 255 - label, 128)) for label in range(classes)),
        head="sigmoid" if channels == 1 else "softmax",
        scores=network.scores,
    )


def _calibration(size: int) -> CalibrationSet:
    frames = np.stack([scene(seed, (size, size))[0] for seed in range(_CALIBRATION_FRAMES)])
    names = tuple(f"scene-{seed}" for seed in range(_CALIBRATION_FRAMES))
    return CalibrationSet.of(names, frames, seed=_SEED)


def _forget_models() -> None:
    """Free them, and let Keras count its layers' names from the start, as in a training without a choice before it."""
    import keras

    keras.utils.clear_session()

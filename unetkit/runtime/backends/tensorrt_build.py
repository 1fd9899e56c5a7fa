"""TensorRT's engine compiled before a run needs it, in a process of its own: Ctrl-C ends a compilation of minutes."""

from pathlib import Path

import numpy as np

from unetkit.contract.artifact import read_format, read_spec
from unetkit.runtime.backends.devices import nvidia_gpus
from unetkit.runtime.backends.onnx_backend import OnnxBackend
from unetkit.runtime.backends.tensorrt import is_built
from unetkit.runtime.freshprocess import call_in_fresh_process

_LONGEST_S = 3600.0


def needs_building(path: Path) -> bool:
    """Whether opening this model on TensorRT would compile it first; without a GPU opening it only fails."""
    return nvidia_gpus() > 0 and read_format(path) == "onnx" and not is_built(path)


def build(path: Path) -> None:
    """Compile, and keep the engine for the next opening.

    Raises:
        DeviceError: TensorRT cannot run here, or cannot run the model.
        FreshProcessError: the compilation crashed, or took longer than an hour.
    """
    call_in_fresh_process(build_here, {"path": str(path)}, timeout_s=_LONGEST_S)


def build_here(path: str) -> None:
    """Open the model on TensorRT and run it once."""
    spec = read_spec(Path(path))
    backend = OnnxBackend(Path(path), spec, device="tensorrt")
    backend.infer(np.zeros((1, *spec.input.hw, 3), np.uint8))
    backend.close()

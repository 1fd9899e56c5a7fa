"""From a model file to the backend that runs it: the one place that chooses an engine."""

from pathlib import Path
from typing import get_args

from unetkit.contract.artifact import check_intact, read_format
from unetkit.contract.spec import ModelSpec
from unetkit.errors import UsageError
from unetkit.runtime.backend import Backend, Device, Engine


def open_backend(
    path: Path, spec: ModelSpec, *, engine: Engine = "auto", device: Device = "auto", threads: int | None = None
) -> Backend:
    """Open a model file on a device.

    Args:
        path: a .keras, .onnx or .tflite file; its content decides, not its name.
        spec: the spec inside it.
        engine: `auto` takes the one the file is for.
        device: `auto` takes a GPU that works, else the CPU, and logs which and why.
        threads: processor threads; None means all that this process may use.

    Raises:
        UsageError: an unknown engine or device, an engine that does not fit the file, threads below 1.
        ArtifactError: the file is not a model, is damaged, or does not fit its spec.
        DeviceError: the device that was asked for did not start.
        MissingDependencyError: the engine's package is not installed.
    """
    if engine not in get_args(Engine):
        raise UsageError(f"unknown engine {engine!r}; choose one of {', '.join(get_args(Engine))}")
    if device not in get_args(Device):
        raise UsageError(f"unknown device {device!r}; choose one of {', '.join(get_args(Device))}")
    if threads is not None and threads < 1:
        raise UsageError(f"threads must be 1 or more, received {threads}")
    kind = read_format(path)
    if engine not in {"auto", kind}:
        raise UsageError(f"engine {engine} cannot run {path}, a model for {kind}; use --engine auto or another file")
    check_intact(path)
    if kind == "onnx":
        from unetkit.runtime.onnx_backend import OnnxBackend

        return OnnxBackend(path, spec, device=device, threads=threads)
    if kind == "tflite":
        from unetkit.runtime.litert_backend import LiteRtBackend

        return LiteRtBackend(path, spec, device=device, threads=threads)
    from unetkit.runtime.keras_backend import KerasBackend

    return KerasBackend(path, spec, device=device, threads=threads)

"""From a model file to the backend that runs it: the one place that chooses an engine."""

from pathlib import Path
from typing import get_args

from unetkit.contract.artifact import Format, check_intact, read_format
from unetkit.contract.onnx_wire import require_self_contained
from unetkit.contract.spec import ModelSpec
from unetkit.errors import UsageError
from unetkit.runtime.backends.backend import Backend, Device, Engine

# Which engines read a format, the one that it is made for first.
ENGINES_OF: dict[Format, tuple[Engine, ...]] = {
    "keras": ("keras",),
    "onnx": ("onnx", "openvino", "opencv"),
    "tflite": ("tflite", "openvino"),
    "openvino": ("openvino",),
    "saved_model": ("tensorflow",),
}


def open_backend(
    path: Path,
    spec: ModelSpec,
    *,
    engine: Engine = "auto",
    device: Device = "auto",
    threads: int | None = None,
    whole: bool = False,
) -> Backend:
    """Open a model file on a device.

    Args:
        path: a .keras, .onnx, .tflite or OpenVINO .xml file, or a SavedModel's folder; content decides, not the name.
        spec: the spec inside it.
        engine: `auto` takes the one the file is for.
        device: `auto` takes a GPU that works, else the CPU, and logs which and why.
        threads: processor threads; None means all that this process may use.
        whole: of a GPU: refuse a model of which some operators would run on the CPU, as engines do without a word.

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
    chosen = ENGINES_OF[kind][0] if engine == "auto" else engine
    if chosen not in ENGINES_OF[kind]:
        fitting = ", ".join(ENGINES_OF[kind])
        raise UsageError(f"engine {engine} cannot run {path}, a model for {fitting}; use --engine auto or another file")
    check_intact(path)
    if kind == "onnx":
        require_self_contained(path)
    if chosen == "onnx":
        from unetkit.runtime.backends.onnx_backend import OnnxBackend

        return OnnxBackend(path, spec, device=device, threads=threads, whole=whole)
    if chosen == "tflite":
        from unetkit.runtime.backends.litert_backend import LiteRtBackend

        return LiteRtBackend(path, spec, device=device, threads=threads)
    if chosen == "openvino":
        from unetkit.runtime.backends.openvino_backend import OpenVinoBackend

        return OpenVinoBackend(path, spec, device=device, threads=threads)
    if chosen == "opencv":
        from unetkit.runtime.backends.opencv_backend import OpenCvBackend

        return OpenCvBackend(path, spec, device=device, threads=threads)
    if chosen == "tensorflow":
        from unetkit.runtime.backends.saved_model_backend import SavedModelBackend

        return SavedModelBackend(path, spec, device=device, threads=threads)
    from unetkit.runtime.backends.keras_backend import KerasBackend

    return KerasBackend(path, spec, device=device, threads=threads)

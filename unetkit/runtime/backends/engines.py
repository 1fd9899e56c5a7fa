"""Which engines work on this machine, found out by loading them, and why the others do not."""

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

from unetkit.contract.artifact import Format
from unetkit.runtime.backends.backend import Engine, reason_of
from unetkit.runtime.backends.devices import missing_library, why_no_gpu
from unetkit.runtime.backends.opening import ENGINES_OF
from unetkit.runtime.backends.openvino_import import import_openvino
from unetkit.runtime.host import package_version
from unetkit.runtime.stderr import muted_stderr


@dataclass(frozen=True, kw_only=True)
class EngineHere:
    """An engine on one kind of device.

    Attributes:
        name: as people know it.
        engine: as `--engine` takes it.
        device: as `--device` takes it.
        formats: that it runs.
        version: of its package; empty where it is not there.
        why_not: why it does not work here; empty where it does.
    """

    name: str
    engine: Engine
    device: str
    formats: tuple[Format, ...]
    version: str
    why_not: str


def engines_here() -> tuple[EngineHere, ...]:
    """All of them. TensorFlow is only looked up: loading it takes seconds, and nothing on a device needs it."""
    return (
        _engine("ONNX Runtime", "onnx", "cpu", "onnxruntime", lambda: _loads("onnxruntime")),
        _engine("ONNX Runtime, CUDA", "onnx", "cuda", "onnxruntime", _no_cuda),
        _engine("ONNX Runtime, TensorRT", "onnx", "tensorrt", "onnxruntime", _no_tensorrt),
        _engine("LiteRT", "tflite", "cpu", "litert", lambda: _loads("ai_edge_litert.interpreter")),
        _engine("OpenVINO", "openvino", "cpu", "openvino", lambda: _loads("openvino", import_openvino)),
        _engine("OpenCV, cv2.dnn", "opencv", "cpu", "opencv", lambda: _loads("cv2")),
        _engine("TensorFlow", "tensorflow", "cpu", "tensorflow", lambda: _is_installed("tensorflow")),
        _engine("Keras", "keras", "cpu", "keras", lambda: _is_installed("keras")),
    )


def _engine(name: str, engine: Engine, device: str, package: str, why_not: Callable[[], str]) -> EngineHere:
    formats = tuple(form for form, engines in ENGINES_OF.items() if engine in engines)
    reason = why_not()
    version = package_version(package) or ""
    return EngineHere(
        name=name, engine=engine, device=device, formats=formats, version="" if reason else version, why_not=reason
    )


def _loads(module: str, load: Callable[[], object] | None = None) -> str:
    try:
        with muted_stderr():
            load() if load else importlib.import_module(module)
    except (ImportError, OSError) as error:
        return f"{module} does not load ({reason_of(error)})"
    return ""


def _is_installed(package: str) -> str:
    return "" if importlib.util.find_spec(package) else f'{package} is not installed: pip install "unetkit[train]"'


def _no_cuda() -> str:
    return _no_provider("CUDAExecutionProvider") or why_no_gpu() or missing_library("cuda")


def _no_tensorrt() -> str:
    return _no_provider("TensorrtExecutionProvider") or why_no_gpu() or missing_library("tensorrt")


def _no_provider(provider: str) -> str:
    reason = _loads("onnxruntime")
    if reason:
        return reason
    import onnxruntime

    if provider in onnxruntime.get_available_providers():
        return ""
    return f"this ONNX Runtime has no {provider}: onnxruntime-gpu must be installed in its place"

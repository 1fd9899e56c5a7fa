"""ONNX Runtime behind the Backend protocol; the only file that imports onnxruntime."""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from unetkit.contract.arrays import InputTensor, Scores
from unetkit.contract.onnx_wire import initialiser_types
from unetkit.contract.spec import ModelSpec
from unetkit.errors import ArtifactError, DeviceError, MissingDependencyError
from unetkit.runtime.backend import Device, Precision, check_tensor
from unetkit.runtime.devices import nvidia_gpus
from unetkit.runtime.host import HostInfo
from unetkit.runtime.signature import Port, check_signature

logger = logging.getLogger(__name__)

_NAMES = {
    "CPUExecutionProvider": "CPU",
    "CUDAExecutionProvider": "CUDA",
    "TensorrtExecutionProvider": "TensorRT",
}
_CUDA = "CUDAExecutionProvider"
_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": _CUDA, "tensorrt": "TensorrtExecutionProvider"}
_DTYPES = {"tensor(uint8)": "uint8", "tensor(float)": "float32", "tensor(float16)": "float16"}
_WARNING, _FATAL = 2, 4  # ONNX Runtime's severities


class OnnxBackend:
    """A model in ONNX Runtime.

    `auto` starts CUDA where a GPU answers, and the CPU otherwise; never TensorRT, which compiles for minutes.
    """

    engine = "onnx"

    def __init__(self, path: Path, spec: ModelSpec, *, device: Device = "auto", threads: int | None = None) -> None:
        self._input = spec.input
        self.threads = threads or HostInfo.here().usable_cores
        self._session = _session(path, device, self.threads)
        self.device = _NAMES[self._session.get_providers()[0]]
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        check_signature(
            path,
            spec,
            inputs=[_port(item) for item in inputs],
            outputs=[_port(item) for item in outputs],
            scores=frozenset({"float32", "float16"}),
        )
        self.precision = _precision(path)
        self._input_name = inputs[0].name
        self._output_names = [outputs[0].name]

    def infer(self, tensor: InputTensor) -> Scores:
        check_tensor(tensor, self._input)
        (scores,) = self._session.run(self._output_names, {self._input_name: tensor})
        single: Scores = scores[0].astype(np.float32, copy=False)
        return single

    def close(self) -> None:
        del self._session


def _session(path: Path, device: Device, threads: int) -> Any:
    """A session on the device that was asked for, and on no other.

    Raises:
        MissingDependencyError, DeviceError, ArtifactError.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingDependencyError(
            f'{path} needs ONNX Runtime, which does not load ({error}): pip install "unetkit"'
        ) from error
    available = onnxruntime.get_available_providers()
    if device == "auto":
        return _session_on_the_best(onnxruntime, path, available, threads)
    provider = _PROVIDERS[device]
    if provider not in available:
        raise DeviceError(
            f"device {device} is not in this ONNX Runtime, which has {', '.join(available)}; "
            "install onnxruntime-gpu in place of onnxruntime, or use --device cpu"
        )
    if device != "cpu" and not nvidia_gpus():
        raise DeviceError(
            f"device {device} was asked for, but the NVIDIA driver offers no GPU here; use --device cpu, "
            "or install the driver (in a container: start it with --gpus all)"
        )
    session = _created(onnxruntime, path, provider, threads)
    runs = session.get_providers()[0]
    if runs != provider:
        raise DeviceError(_did_not_start(onnxruntime, device, runs))
    return session


def _session_on_the_best(onnxruntime: Any, path: Path, available: list[str], threads: int) -> Any:
    if _CUDA not in available:
        logger.info("device auto: CPU, because this ONNX Runtime has no CUDA")
    elif not nvidia_gpus():
        logger.info("device auto: CPU, because the NVIDIA driver offers no GPU")
    else:
        session = _created(onnxruntime, path, _CUDA, threads)
        runs = session.get_providers()[0]
        if runs == _CUDA:
            logger.info("device auto: CUDA, because a GPU answers")
        else:
            logger.warning(_did_not_start(onnxruntime, "cuda", runs))
        return session
    return _created(onnxruntime, path, _PROVIDERS["cpu"], threads)


def _did_not_start(onnxruntime: Any, device: str, runs: str) -> str:
    version = getattr(onnxruntime, "cuda_version", "") or "its version"
    needs = f"CUDA {version} and cuDNN 9" + (" and TensorRT 10" if device == "tensorrt" else "")
    return (
        f"device {device} did not start: ONNX Runtime {onnxruntime.__version__} runs {runs} instead; it needs the "
        f"libraries of {needs} where the loader finds them, or use --device cpu"
    )


def _created(onnxruntime: Any, path: Path, provider: str, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL  # what goes wrong is raised too, and said once
    providers = list(dict.fromkeys([provider, _PROVIDERS["cpu"]]))
    with _quiet(onnxruntime):
        try:
            # Without enable_fallback=0 a provider that fails is replaced, with a banner on stdout.
            return onnxruntime.InferenceSession(path, options, providers=providers, enable_fallback=0)
        except (RuntimeError, ValueError) as error:
            if provider != _PROVIDERS["cpu"]:
                return _created(onnxruntime, path, _PROVIDERS["cpu"], threads)
            raise ArtifactError(f"ONNX model {path} cannot be opened: {_first_line(error)}; export it again") from error


@contextlib.contextmanager
def _quiet(onnxruntime: Any) -> Iterator[None]:
    """A provider that does not load logs screens of text through the global logger; the caller says it in a line."""
    onnxruntime.set_default_logger_severity(_FATAL)
    try:
        yield
    finally:
        onnxruntime.set_default_logger_severity(_WARNING)


def _port(item: Any) -> Port:
    return Port(
        _DTYPES.get(item.type, item.type), tuple(side if isinstance(side, int) else None for side in item.shape)
    )


def _precision(path: Path) -> Precision:
    """By the weights' types: quantised ones make an int8 model, else half floats an fp16 one."""
    with path.open("rb") as stream:
        types = initialiser_types(stream)
    if types & {"int8", "uint8"}:
        return "int8"
    return "fp16" if "float16" in types else "fp32"


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]

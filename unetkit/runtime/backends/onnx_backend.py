"""ONNX Runtime behind the Backend protocol; the only file that imports onnxruntime."""

import contextlib
import io
import logging
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np

from unetkit.contract.arrays import InputTensor, Scores
from unetkit.contract.onnx_wire import weight_precision
from unetkit.contract.spec import ModelSpec
from unetkit.errors import ArtifactError, DeviceError, MissingDependencyError
from unetkit.processors import usable_cores
from unetkit.runtime.backends.backend import Device, Precision, check_tensor, reason_of
from unetkit.runtime.backends.devices import missing_library, why_no_gpu
from unetkit.runtime.backends.signature import Port, check_signature
from unetkit.runtime.backends.tensorrt import Options, provider_options

logger = logging.getLogger(__name__)

_CPU, _CUDA, _TENSORRT = "CPUExecutionProvider", "CUDAExecutionProvider", "TensorrtExecutionProvider"
_NAMES = {_CPU: "CPU", _CUDA: "CUDA", _TENSORRT: "TensorRT"}
_PROVIDERS = {"cuda": [_CUDA, _CPU], "tensorrt": [_TENSORRT, _CUDA, _CPU]}  # each takes what the one before leaves
_NEEDS = {"cuda": "its CUDA and cuDNN", "tensorrt": "its CUDA, cuDNN and TensorRT"}
_DTYPES = {"tensor(uint8)": "uint8", "tensor(float)": "float32", "tensor(float16)": "float16"}
_WARNING, _FATAL = 2, 4  # ONNX Runtime's severities
_LEFT_TO_CPU = "assigned to the default CPU EP"  # in the error of a session that may leave it nothing


class OnnxBackend:
    """A model in ONNX Runtime.

    `auto` starts CUDA where a GPU answers, and the CPU otherwise; never TensorRT, which compiles for minutes.

    Args:
        path: the model.
        spec: inside it.
        device: as for `open_backend`.
        threads: the same.
        whole: the same.
    """

    engine = "onnx"

    def __init__(
        self,
        path: Path,
        spec: ModelSpec,
        *,
        device: Device = "auto",
        threads: int | None = None,
        whole: bool = False,
    ) -> None:
        self._input = spec.input
        self.threads = threads or usable_cores()
        self.precision = weight_precision(path)
        self._session = _session(path, device, self.precision, self.threads, whole)
        self.device = _NAMES[self._session.get_providers()[0]]
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        check_signature(
            path,
            spec,
            inputs=[_port(item) for item in inputs],
            outputs=[_port(item) for item in outputs],
            scores=frozenset({"float32", "float16"}),
        )
        self._input_name = inputs[0].name
        self._output_names = [outputs[0].name]

    def infer(self, tensor: InputTensor) -> Scores:
        check_tensor(tensor, self._input)
        try:
            (scores,) = self._session.run(self._output_names, {self._input_name: tensor})
        except _errors() as error:
            raise DeviceError(
                f"ONNX Runtime stopped on {self.device}: {reason_of(error)}; try another device"
            ) from error
        single: Scores = scores[0].astype(np.float32, copy=False)
        return single

    def close(self) -> None:
        del self._session


def rewritten(path: Path) -> bytes:
    """The model as ONNX Runtime runs it on a CPU: fused, and integer where it has integer kernels.

    Raises:
        MissingDependencyError, ArtifactError.
    """
    onnxruntime = _imported(path)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED  # of no one processor
    options.log_severity_level = _FATAL
    with TemporaryDirectory() as folder:
        target = Path(folder, "rewritten.onnx")
        options.optimized_model_filepath = str(target)
        try:
            onnxruntime.InferenceSession(path, options, providers=[_CPU], enable_fallback=0)
        except _errors() as error:
            raise ArtifactError(f"ONNX model {path} cannot be opened: {reason_of(error)}; export it again") from error
        return target.read_bytes()


def _session(path: Path, device: Device, precision: Precision, threads: int, whole: bool = False) -> Any:
    """A session on the device that was asked for, and on no other.

    Raises:
        MissingDependencyError, DeviceError, ArtifactError.
    """
    onnxruntime = _imported(path)
    if device in {"cuda", "tensorrt"}:
        return _gpu_session(onnxruntime, path, device, precision, threads, whole)
    session = _gpu_session_that_starts(onnxruntime, path, precision, threads) if device == "auto" else None
    if session is not None:
        return session
    try:
        return _created(onnxruntime, path, [_CPU], threads)
    except _errors() as error:
        raise ArtifactError(f"ONNX model {path} cannot be opened: {reason_of(error)}; export it again") from error


def _imported(path: Path) -> Any:
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # the official builds report to their maker from the import on
    try:
        import onnxruntime

        if not hasattr(onnxruntime, "InferenceSession"):  # what uninstalling one of its two builds leaves
            raise ImportError("parts of it are missing")
    except ImportError as error:
        raise MissingDependencyError(
            f"{path} needs ONNX Runtime, which does not load ({reason_of(error)}): "
            "pip install --force-reinstall onnxruntime (on x86-64 onnxruntime-gpu)"
        ) from error
    return onnxruntime


def _gpu_session_that_starts(onnxruntime: Any, path: Path, precision: Precision, threads: int) -> Any | None:
    missing = _missing(onnxruntime, "cuda")
    if missing:
        logger.info("device auto: CPU, because %s", missing)
        return None
    try:
        session = _gpu_session(onnxruntime, path, "cuda", precision, threads)
    except DeviceError as error:
        logger.warning("device auto: CPU, because %s", error)
        return None
    logger.info("device auto: CUDA, because a GPU answers")
    return session


def _missing(onnxruntime: Any, device: Literal["cuda", "tensorrt"]) -> str | None:
    """Why the device cannot be had here at all, found out before an attempt that takes its time."""
    available = onnxruntime.get_available_providers()
    if _PROVIDERS[device][0] not in available:
        return f"this ONNX Runtime has {', '.join(available)} only: onnxruntime-gpu must be installed in its place"
    return why_no_gpu() or None


def _gpu_session(
    onnxruntime: Any,
    path: Path,
    device: Literal["cuda", "tensorrt"],
    precision: Precision,
    threads: int,
    whole: bool = False,
) -> Any:
    missing = _missing(onnxruntime, device)
    if missing:
        raise DeviceError(f"device {device} is not there: {missing}; the CPU would run instead: ask for --device cpu")
    providers = [each for each in _PROVIDERS[device] if each != _CPU or not whole]
    options = {_TENSORRT: provider_options(path, precision, onnxruntime.__version__)} if device == "tensorrt" else {}
    cause = None
    try:
        session = _created(onnxruntime, path, providers, threads, options, whole)
        runs = session.get_providers()[0]  # the truth: a provider that fails is left out, without an error
        if runs == providers[0]:
            return session
        reason = missing_library(device) or f"{_NAMES.get(runs, runs)} would run instead"
    except _errors() as error:
        if whole and _LEFT_TO_CPU in str(error) and not missing_library(device):
            raise DeviceError(
                f"device {device} cannot run all of {path}: some of its operators would run on the CPU; "
                f"take the float32 or fp16 export, or allow that with --device {device}"
            ) from error
        cause, reason = error, missing_library(device) or reason_of(error)
    raise DeviceError(
        f"device {device} did not start in ONNX Runtime {onnxruntime.__version__} ({reason}); "
        f"install {_NEEDS[device]} (https://onnxruntime.ai/docs/execution-providers), or use --device cpu"
    ) from cause


def _created(
    onnxruntime: Any,
    path: Path,
    providers: list[str],
    threads: int,
    of_provider: dict[str, Options] | None = None,
    whole: bool = False,
) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads wait on the cores that decoding and drawing need: with a reader thread and a full-size blend on
    # 2 cores, a frame took 27-30 ms spinning and 15-17 ms without. An idle machine loses 12 % (5.1 ms against 4.5).
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if whole:
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    options.log_severity_level = _FATAL  # what goes wrong is raised too, and said once
    # A provider that does not load logs screens of text through the global logger, and what looks for CUDA among
    # Python's packages prints; the caller says it in a line. Without enable_fallback=0 a provider that fails is
    # replaced, with a banner on stdout.
    onnxruntime.set_default_logger_severity(_FATAL)
    try:
        if _CUDA in providers:
            with contextlib.redirect_stdout(io.StringIO()):
                onnxruntime.preload_dlls()
        chosen = [(name, (of_provider or {}).get(name, {})) for name in providers]
        return onnxruntime.InferenceSession(path, options, providers=chosen, enable_fallback=0)
    finally:
        onnxruntime.set_default_logger_severity(_WARNING)


def _errors() -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises: types of its own without a common base, and the bare ones of its providers."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = tuple(item for item in vars(state).values() if isinstance(item, type) and issubclass(item, Exception))
    return (*own, RuntimeError, ValueError)


def _port(item: Any) -> Port:
    return Port(
        _DTYPES.get(item.type, item.type), tuple(side if isinstance(side, int) else None for side in item.shape)
    )

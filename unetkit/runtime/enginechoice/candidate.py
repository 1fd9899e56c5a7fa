"""The ways in which a model can be opened here, to be timed against each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from unetkit.contract.artifact import read_format
from unetkit.runtime.backends.backend import Device, Engine
from unetkit.runtime.backends.opening import ENGINES_OF

ENGINE_NAMES: dict[str, str] = {
    "onnx": "ONNX Runtime",
    "tflite": "LiteRT",
    "openvino": "OpenVINO",
    "opencv": "cv2.dnn",
    "keras": "Keras",
    "tensorflow": "TensorFlow",
}
_PACKAGES = {"onnx": "onnxruntime", "tflite": "ai_edge_litert", "openvino": "openvino", "opencv": "cv2"}
_FIRST_THREADS = 4  # more than that slows small networks down in some engines


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One way to open one file; see `open_backend`."""

    path: Path
    engine: Engine
    device: Device
    threads: int | None

    @property
    def name(self) -> str:
        """For people: `LiteRT, 2 threads`, `ONNX Runtime, CUDA`."""
        if self.device in {"cuda", "tensorrt"}:
            return f"{ENGINE_NAMES[self.engine]}, {'CUDA' if self.device == 'cuda' else 'TensorRT'}"
        threads = "" if self.threads is None else f", {self.threads} thread{'s' * (self.threads != 1)}"
        return f"{ENGINE_NAMES[self.engine]}{threads}"


def engine_candidates(
    paths: Sequence[Path], *, device: Device, threads: int | None, cores: int, gpu: bool, tensorrt: Sequence[Path] = ()
) -> tuple[Candidate, ...]:
    """One candidate for each engine that is installed and reads one of the files, with a usual number of threads.

    Args:
        paths: files of one model in one precision.
        device: `auto`: the CPU, and CUDA where there is a GPU; else that one alone.
        threads: fixed by the user; None: any.
        cores: that may be used.
        gpu: an NVIDIA GPU answers.
        tensorrt: files that it was built for already; it is never built for a timing, for that takes minutes.
    """
    return tuple(_engine_candidates(paths, device, threads or min(cores, _FIRST_THREADS), cores, gpu, tensorrt))


def _engine_candidates(
    paths: Sequence[Path], device: Device, threads: int, cores: int, gpu: bool, tensorrt: Sequence[Path]
) -> Iterator[Candidate]:
    formats = {path: read_format(path) for path in paths}
    for path, kind in formats.items():
        for engine in ENGINES_OF[kind]:
            package = _PACKAGES.get(engine)
            if package is not None and find_spec(package) is None:
                continue
            if engine == "openvino" and kind == "tflite" and "onnx" in formats.values():
                continue  # the same network; of int8 .tflite files it cannot tell the scores' scale
            if engine == "onnx" and device != "cpu":
                if device == "tensorrt" or (device == "auto" and gpu and path in tensorrt):
                    yield Candidate(path=path, engine=engine, device="tensorrt", threads=cores)
                if device == "cuda" or (device == "auto" and gpu):
                    yield Candidate(path=path, engine=engine, device="cuda", threads=cores)
            if device in {"auto", "cpu"}:
                yield Candidate(path=path, engine=engine, device="cpu", threads=threads if package else None)


def thread_candidates(candidate: Candidate, *, cores: int) -> tuple[Candidate, ...]:
    """The same with every other number of threads that is worth a try: 1, 2, 4, ..., half of the cores, all of them.

    cv2.dnn has none: its threads are OpenCV's, which decodes and draws with them, too.
    """
    if candidate.device != "cpu" or candidate.engine not in {"onnx", "tflite", "openvino"}:
        return ()
    powers = {1 << power for power in range(cores.bit_length()) if 1 << power <= cores}
    counts = sorted(powers | {max(1, cores // 2), cores})
    return tuple(
        Candidate(path=candidate.path, engine=candidate.engine, device="cpu", threads=count)
        for count in counts
        if count != candidate.threads
    )

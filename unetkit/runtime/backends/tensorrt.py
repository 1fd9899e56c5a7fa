"""TensorRT behind ONNX Runtime: engines are compiled for minutes, once, and kept for the next opening."""

from pathlib import Path

import platformdirs

from unetkit.contract.artifact import sha256_of
from unetkit.runtime.backends.backend import Precision
from unetkit.runtime.host import package_version

Options = dict[str, str]
_ENGINES = "*.engine"  # what the provider calls them


def engine_folder(path: Path, onnxruntime_version: str, *, cache: Path | None = None) -> Path:
    """Where a model's compiled engines are kept.

    The provider names its engines after the graph, not after its weights, and TensorRT after the GPU: models that
    differ in weights alone, and versions, are kept apart by a folder each.

    Args:
        path: the .onnx file.
        onnxruntime_version: decides which TensorRT made an engine.
        cache: folder for engines; the user's cache folder when None.
    """
    root = cache or Path(platformdirs.user_cache_dir("unetkit"))
    return root / "tensorrt" / f"{sha256_of(path)[:16]}-{onnxruntime_version}"


def is_built(path: Path, *, cache: Path | None = None) -> bool:
    """Whether an engine was compiled for this model, by the ONNX Runtime that is installed."""
    version = package_version("onnxruntime")
    return version is not None and any(engine_folder(path, version, cache=cache).glob(_ENGINES))


def provider_options(
    path: Path, precision: Precision, onnxruntime_version: str, *, cache: Path | None = None
) -> Options:
    """Options of ONNX Runtime's TensorRT provider for a model.

    Args:
        path: the .onnx file.
        precision: of it; an fp16 model may be computed in half precision throughout, an fp32 one is not.
        onnxruntime_version: see `engine_folder`.
        cache: the same.

    Reference:
        onnxruntime.ai/docs/execution-providers/TensorRT-ExecutionProvider.html
    """
    folder = engine_folder(path, onnxruntime_version, cache=cache)
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "trt_engine_cache_enable": "True",
        "trt_engine_cache_path": str(folder),
        "trt_timing_cache_enable": "True",
        "trt_timing_cache_path": str(folder.parent),
        "trt_fp16_enable": str(precision == "fp16"),
        # An int8 model says itself, by QuantizeLinear and DequantizeLinear, what is quantised.
        "trt_int8_enable": str(precision == "int8"),
    }

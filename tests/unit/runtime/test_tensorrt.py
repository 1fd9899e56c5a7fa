"""What ONNX Runtime's TensorRT provider is told; the provider itself needs a GPU."""

from pathlib import Path

import pytest

from tests.tiny_models import write_onnx
from unetkit.runtime.backends import onnx_backend
from unetkit.runtime.backends.backend import Precision
from unetkit.runtime.backends.tensorrt import provider_options


@pytest.mark.parametrize(
    ("precision", "fp16", "int8"), [("fp32", "False", "False"), ("fp16", "True", "False"), ("int8", "False", "True")]
)
def test_the_precision_is_the_models(precision: Precision, fp16: str, int8: str, tmp_path: Path) -> None:
    options = provider_options(write_onnx(tmp_path / "model.onnx", precision), precision, "1.31.1", cache=tmp_path)
    assert (options["trt_fp16_enable"], options["trt_int8_enable"]) == (fp16, int8)


def test_engines_are_kept_in_a_folder_of_the_models_content_and_the_version(tmp_path: Path) -> None:
    one, other = write_onnx(tmp_path / "a.onnx"), write_onnx(tmp_path / "b.onnx", "fp16")
    folders = [
        Path(provider_options(path, "fp32", version, cache=tmp_path)["trt_engine_cache_path"])
        for path, version in ((one, "1"), (one, "1"), (other, "1"), (one, "2"))
    ]
    assert folders[0] == folders[1]
    assert len(set(folders)) == 3
    assert all(folder.is_dir() and folder.parent == tmp_path / "tensorrt" for folder in folders)


def test_the_session_is_asked_for_tensorrt_first_and_given_its_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for an ONNX Runtime with a GPU: it records what it was asked for."""
    asked: dict[str, object] = {}

    class Session:
        def __init__(self, path: Path, options: object, *, providers: list[object], enable_fallback: int) -> None:
            asked.update(providers=providers, fallback=enable_fallback)

        def get_providers(self) -> list[str]:
            return ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]

    import onnxruntime

    monkeypatch.setattr(onnxruntime, "InferenceSession", Session)
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["TensorrtExecutionProvider"])
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: None)
    monkeypatch.setattr(onnx_backend, "why_no_gpu", lambda: "")
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / name))
    path = write_onnx(tmp_path / "model.onnx", "fp16")
    onnx_backend._session(path, "tensorrt", "fp16", 2)
    options = provider_options(path, "fp16", onnxruntime.__version__)
    assert asked == {
        "providers": [
            ("TensorrtExecutionProvider", options),
            ("CUDAExecutionProvider", {}),
            ("CPUExecutionProvider", {}),
        ],
        "fallback": 0,
    }
    assert options["trt_engine_cache_path"].startswith(str(tmp_path / "unetkit" / "tensorrt"))

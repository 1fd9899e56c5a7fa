"""What is the ONNX backend's own: devices that are not there, files that are none, a package that is missing."""

import logging
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.tiny_models import SPEC, random_tensor, write_onnx
from unetkit.contract.artifact import write_spec
from unetkit.errors import ArtifactError, DeviceError, MissingDependencyError, UsageError
from unetkit.runtime.backends import onnx_backend
from unetkit.runtime.backends.devices import nvidia_gpus
from unetkit.runtime.backends.opening import open_backend
from unetkit.runtime.host import HostInfo

no_gpu = pytest.mark.skipif(nvidia_gpus() > 0, reason="this machine has a GPU, so that CUDA may well start")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_onnx(tmp_path / "model.onnx")


@no_gpu
@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_gpu_that_no_driver_offers_is_an_error_that_says_what_runs_instead(path: Path, device: Any) -> None:
    with pytest.raises(DeviceError, match=rf"device {device} is not there: .*the CPU would run instead"):
        open_backend(path, SPEC, device=device)


@no_gpu
@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_provider_that_does_not_start_is_an_error_and_nothing_else_is_written(
    path: Path, device: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(onnx_backend, "why_no_gpu", lambda: "")
    with pytest.raises(DeviceError, match=f"device {device}") as caught:
        open_backend(path, SPEC, device=device)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("whole", "left"), [(False, ["CPUExecutionProvider"]), (True, [])])
def test_a_device_that_has_to_run_the_whole_model_gets_no_cpu_to_fall_back_on(
    whole: bool, left: list[str], path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for an ONNX Runtime with a GPU: it records what it was asked for."""
    import onnxruntime

    asked: dict[str, Any] = {}

    class Session:
        def __init__(self, path: Path, options: Any, *, providers: list[Any], enable_fallback: int) -> None:
            asked["providers"] = [name for name, _ in providers]
            try:
                asked["no fallback"] = options.get_session_config_entry("session.disable_cpu_ep_fallback")
            except RuntimeError:  # was not set
                asked["no fallback"] = "0"

        def get_providers(self) -> list[str]:
            return ["CUDAExecutionProvider"]

    monkeypatch.setattr(onnxruntime, "InferenceSession", Session)
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: None)
    monkeypatch.setattr(onnx_backend, "_missing", lambda *_: None)
    onnx_backend._session(path, "cuda", "fp32", 2, whole)
    assert asked == {"providers": ["CUDAExecutionProvider", *left], "no fallback": "01"[whole]}


def test_a_model_of_which_a_part_would_run_on_the_cpu_is_refused_where_the_whole_is_required(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime

    def session(*_: Any, **__: Any) -> None:
        raise RuntimeError(
            "This session contains graph nodes that are assigned to the default CPU EP, but fallback to CPU EP has "
            "been explicitly disabled by the user."
        )

    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: None)
    monkeypatch.setattr(onnx_backend, "_missing", lambda *_: None)
    monkeypatch.setattr(onnx_backend, "missing_library", lambda _: "")
    with pytest.raises(
        DeviceError, match=r"device cuda cannot run all of .*: some of its operators would run on the CPU"
    ):
        open_backend(path, SPEC, device="cuda", whole=True)


@no_gpu
def test_the_library_that_is_missing_is_the_reason(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ONNX Runtime only logs, before it would run on the CPU."""
    monkeypatch.setattr(onnx_backend, "why_no_gpu", lambda: "")
    monkeypatch.setattr(onnx_backend, "missing_library", lambda _: "the library libcudnn.so.9 is not found")
    with pytest.raises(DeviceError, match=r"did not start .* \(the library libcudnn.so.9 is not found\); install"):
        open_backend(path, SPEC, device="cuda")


@no_gpu
def test_auto_takes_the_cpu_when_cuda_does_not_start_and_says_so(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(onnx_backend, "why_no_gpu", lambda: "")
    with caplog.at_level(logging.INFO):
        assert open_backend(path, SPEC).device == "CPU"
    assert "device auto: CPU, because" in caplog.text


@no_gpu
def test_auto_says_why_it_takes_the_cpu(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert open_backend(path, SPEC).device == "CPU"
    assert "device auto: CPU, because" in caplog.text


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_the_precision_is_the_graphs_whatever_the_file_is_called(precision: str, tmp_path: Path) -> None:
    backend = open_backend(write_onnx(tmp_path / "model.onnx", precision), SPEC, device="cpu")
    assert backend.precision == precision


def test_threads_are_those_asked_for_or_all_that_may_be_used(path: Path) -> None:
    assert open_backend(path, SPEC, device="cpu", threads=3).threads == 3
    assert open_backend(path, SPEC, device="cpu").threads == HostInfo.here().usable_cores


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"engine": "tflite"}, "engine tflite cannot run .*, a model for onnx"),
        ({"engine": "keras"}, "engine keras cannot run"),
        ({"engine": "ncnn"}, "unknown engine 'ncnn'; choose one of auto, onnx, tflite, keras, openvino"),
        ({"device": "tpu"}, "unknown device 'tpu'; choose one of auto, cpu, cuda, tensorrt"),
        ({"threads": 0}, "threads must be 1 or more, received 0"),
    ],
    ids=lambda item: str(item)[:30],
)
def test_a_wrong_argument_is_a_usage_error(path: Path, arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        open_backend(path, SPEC, **arguments)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n", "is not a .keras, .onnx, .tflite or OpenVINO .xml model"),
        (b"\x08\x09", "was damaged or changed after it was written"),
        (b"\x08\x09" + b"\xff" * 200, "was damaged or changed after it was written"),
    ],
    ids=["empty", "a picture", "a version alone", "noise"],
)
def test_a_file_that_is_no_model_is_an_artifact_error(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match=told):
        open_backend(path, SPEC)


def test_a_graph_that_the_engine_refuses_is_an_artifact_error_of_one_line(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"\x08\x09")  # ir_version 9, and no graph
    write_spec(path, SPEC)
    with pytest.raises(ArtifactError, match="cannot be opened") as caught:
        open_backend(path, SPEC)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "package", [None, ModuleType("onnxruntime")], ids=["absent", "half uninstalled, an empty package"]
)
def test_without_onnx_runtime_the_install_line_is_given(
    path: Path, package: ModuleType | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", package)
    with pytest.raises(MissingDependencyError, match="pip install --force-reinstall onnxruntime"):
        open_backend(path, SPEC)


def test_a_device_that_fails_in_the_middle_is_an_error_of_the_family(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class OutOfMemory:
        def run(self, *_: object) -> None:
            raise RuntimeError("CUDA failure 2: out of memory\nat line 1")

    backend = open_backend(path, SPEC, device="cpu")
    monkeypatch.setattr(backend, "_session", OutOfMemory())
    with pytest.raises(DeviceError, match="stopped on CPU: CUDA failure 2: out of memory; try another device"):
        backend.infer(random_tensor(1))


def test_a_model_runs_without_tensorflow_or_onnx(path: Path) -> None:
    program = (
        "import sys, numpy; from unetkit.runtime.segmenter import Segmenter;"
        f"Segmenter.open({str(path)!r}).predict(numpy.zeros((9, 9, 3), numpy.uint8));"
        "print(sorted({'tensorflow', 'keras', 'onnx', 'tf2onnx', 'matplotlib', 'ai_edge_litert'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_weights_in_another_file_are_refused_before_an_engine_looks_for_them(tmp_path: Path) -> None:
    import onnx

    path = write_onnx(tmp_path / "model.onnx", spec=None)
    onnx.save(onnx.load(path), path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    write_spec(path, SPEC)
    with pytest.raises(ArtifactError, match="keeps weights in other files"):
        open_backend(path, SPEC)

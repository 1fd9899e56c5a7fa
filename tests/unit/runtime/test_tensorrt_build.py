"""When TensorRT is compiled, and what is said meanwhile; the compilation itself needs a GPU."""

import threading
from pathlib import Path

import pytest

from tests.tiny_models import write_onnx
from tests.unit.contract.modelfiles import write_bare
from unetkit.errors import DeviceError
from unetkit.runtime.backends import tensorrt, tensorrt_build
from unetkit.runtime.backends.devices import nvidia_gpus
from unetkit.runtime.backends.tensorrt import engine_folder, is_built
from unetkit.runtime.backends.tensorrt_build import build, needs_building
from unetkit.terminal.progress import waiting


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / "cache" / name))
    monkeypatch.setattr(tensorrt, "package_version", lambda _: "1.31.1")
    monkeypatch.setattr(tensorrt_build, "nvidia_gpus", lambda: 1)
    return write_onnx(tmp_path / "model.onnx")


def test_a_model_is_compiled_once_for_each_version_of_the_engine(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert needs_building(path)
    folder = engine_folder(path, "1.31.1")
    folder.mkdir(parents=True)
    assert needs_building(path)  # an empty folder is what a compilation leaves that was cut off
    (folder / "TensorrtExecutionProvider_TRTKernel_graph_tiny_1_0_sm90.engine").write_bytes(b"engine")
    assert is_built(path)
    assert not needs_building(path)
    monkeypatch.setattr(tensorrt, "package_version", lambda _: "1.32.0")
    assert needs_building(path)


def test_without_onnx_runtime_nothing_was_compiled(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensorrt, "package_version", lambda _: None)
    assert not is_built(path)


def test_without_a_gpu_nothing_is_compiled(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensorrt_build, "nvidia_gpus", lambda: 0)
    assert not needs_building(path)


def test_what_tensorrt_does_not_read_is_not_compiled(path: Path, tmp_path: Path) -> None:
    assert not needs_building(write_bare(tmp_path / "model.tflite", "tflite"))


@pytest.mark.skipif(nvidia_gpus() > 0, reason="there is an NVIDIA GPU here")
def test_the_real_reason_comes_back_from_the_process_that_compiles(path: Path) -> None:
    with pytest.raises(DeviceError, match="device tensorrt is not there: there is no NVIDIA driver"):
        build(path)


def test_off_a_terminal_the_wait_is_told_at_times(capsys: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    with waiting("compiling", every_s=0.01):
        pause = threading.Event()
        while len(said) < 3:
            said += capsys.readouterr().err.splitlines()
            pause.wait(0.01)
    assert said[:3] == ["compiling", "compiling: 0 s so far", "compiling: 0 s so far"]

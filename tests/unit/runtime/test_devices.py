"""The NVIDIA driver is asked, and believed."""

import ctypes
from typing import Any

import pytest

from unetkit.runtime.backends.devices import missing_library, nvidia_gpus, why_no_gpu


class Driver:
    def __init__(self, status: int, count: int) -> None:
        self._status, self._count = status, count

    def cuInit(self, _flags: int) -> int:
        return self._status

    def cuDeviceGetCount(self, pointer: Any) -> int:
        pointer._obj.value = self._count
        return 0


@pytest.mark.parametrize(
    ("driver", "gpus"),
    [(Driver(0, 2), 2), (Driver(0, 0), 0), (Driver(100, 2), 0), (object(), 0)],
    ids=["two", "none", "CUDA_ERROR_NO_DEVICE", "a library that is no driver"],
)
def test_the_drivers_answer_is_the_count(driver: object, gpus: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: driver)
    assert nvidia_gpus() == gpus


def test_without_a_driver_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", missing)
    assert nvidia_gpus() == 0


@pytest.mark.parametrize(
    ("driver", "reason"),
    [
        (Driver(0, 1), ""),
        (Driver(0, 0), "no NVIDIA GPU is visible to this process (a container needs --gpus all"),
        (Driver(100, 0), "no NVIDIA GPU is visible to this process"),
        (Driver(803, 0), "the NVIDIA driver's library and its kernel module are of different versions"),
        (Driver(7777, 0), "the NVIDIA driver does not start (CUDA error 7777)"),
        (object(), "is no NVIDIA driver"),
    ],
)
def test_the_drivers_own_reason_is_told(driver: object, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: driver)
    assert reason in why_no_gpu() if reason else why_no_gpu() == ""


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (None, ""),
        (
            "libcudnn.so.9: cannot open shared object file: No such file",
            "the library libcudnn.so.9 of CUDA and cuDNN is",
        ),
        ("/x/libonnxruntime_providers_cuda.so: cannot open", "this ONNX Runtime was built without CUDA and cuDNN"),
    ],
)
def test_the_library_that_a_provider_misses_is_named(
    fault: str | None, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(name: str, mode: int = 0) -> None:
        if fault and "shared" not in name:
            raise OSError(fault)

    monkeypatch.setattr(ctypes, "CDLL", load)
    assert told in missing_library("cuda") if told else missing_library("cuda") == ""

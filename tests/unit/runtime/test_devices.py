"""The NVIDIA driver is asked, and believed."""

import ctypes
from typing import Any

import pytest

from unetkit.runtime.devices import nvidia_gpus


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

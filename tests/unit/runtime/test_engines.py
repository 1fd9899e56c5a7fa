"""Which engines work here, and the real reason where one does not."""

import sys

import pytest

from unetkit.runtime.backends import engines
from unetkit.runtime.backends.engines import engines_here
from unetkit.runtime.backends.opening import ENGINES_OF


def found() -> dict[tuple[str, str], engines.EngineHere]:
    return {(item.engine, item.device): item for item in engines_here()}


def test_every_engine_of_every_format_is_listed_once() -> None:
    listed = engines_here()
    assert {item.engine for item in listed} == {engine for chosen in ENGINES_OF.values() for engine in chosen}
    assert len({(item.engine, item.device) for item in listed}) == len(listed)
    for item in listed:
        assert item.formats == tuple(form for form, chosen in ENGINES_OF.items() if item.engine in chosen)


def test_what_works_says_its_version_and_nothing_else() -> None:
    item = found()["onnx", "cpu"]
    assert (item.version[:2], item.why_not) == ("1.", "")
    assert found()["opencv", "cpu"].version


def test_a_package_that_does_not_load_is_named_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    item = found()["openvino", "cpu"]
    assert "openvino does not load (import of openvino halted" in item.why_not
    assert item.version == ""


@pytest.mark.parametrize(
    ("providers", "gpus", "device", "told"),
    [
        (["CPUExecutionProvider"], 1, "cuda", "has no CUDAExecutionProvider: onnxruntime-gpu must be installed"),
        (["CUDAExecutionProvider"], 0, "cuda", "there is no NVIDIA driver"),
        (["CUDAExecutionProvider"], 1, "cuda", ""),
        (["CUDAExecutionProvider"], 1, "cuda", "libcudnn.so.9"),
        (["CUDAExecutionProvider"], 1, "tensorrt", "has no TensorrtExecutionProvider"),
        (["TensorrtExecutionProvider"], 0, "tensorrt", "there is no NVIDIA driver"),
        (["TensorrtExecutionProvider"], 1, "tensorrt", "libnvinfer.so.10"),
    ],
)
def test_a_gpus_engine_needs_its_provider_a_driver_and_its_library(
    providers: list[str], gpus: int, device: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: providers)
    monkeypatch.setattr(engines, "why_no_gpu", lambda: "" if gpus else "there is no NVIDIA driver")
    monkeypatch.setattr(engines, "missing_library", lambda _: told if told.startswith("lib") else "")
    why_not = found()["onnx", device].why_not
    assert told in why_not if told else why_not == ""

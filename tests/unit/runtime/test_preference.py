"""Which formats a machine would rather run."""

from importlib.machinery import ModuleSpec

import pytest

from unetkit.runtime import preference
from unetkit.runtime.preference import preferred_formats


@pytest.mark.parametrize(
    ("engine", "device", "has_litert", "formats"),
    [
        ("auto", "auto", True, ("tflite", "onnx")),
        ("auto", "cpu", True, ("tflite", "onnx")),
        ("auto", "auto", False, ("onnx",)),
        ("auto", "cuda", True, ("onnx",)),
        ("auto", "tensorrt", True, ("onnx",)),
        ("onnx", "auto", True, ("onnx",)),
        ("tflite", "auto", False, ("tflite",)),  # opening it says which package is missing
        ("tflite", "cuda", True, ("tflite",)),  # opening it says that it cannot run there
        ("keras", "auto", True, ("keras",)),
        ("openvino", "auto", True, ("openvino", "onnx", "tflite")),
        ("opencv", "auto", True, ("onnx",)),
        ("tensorflow", "auto", True, ("saved_model",)),
    ],
)
def test_the_engine_that_was_asked_for_else_what_is_fastest_here(
    engine: str, device: str, has_litert: bool, formats: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ModuleSpec("ai_edge_litert", None) if has_litert else None
    monkeypatch.setattr(preference, "find_spec", lambda _: found)
    assert preferred_formats(engine, device) == formats  # type: ignore[arg-type]

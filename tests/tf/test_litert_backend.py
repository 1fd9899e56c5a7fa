"""What is the LiteRT backend's own: quantised scores, its CPU, a package that is missing."""

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.tf.tiny_models import write_tflite
from tests.tiny_models import SPEC, random_tensor
from unetkit.errors import DeviceError, MissingDependencyError
from unetkit.runtime.backends.opening import open_backend

pytestmark = pytest.mark.tf


def test_quantised_scores_come_back_by_the_quantisers_formula(tmp_path: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter

    path = write_tflite(tmp_path / "model.tflite", "int8")
    tensor = random_tensor(1)
    scores = open_backend(path, SPEC).infer(tensor)

    engine = Interpreter(model_path=str(path))
    engine.allocate_tensors()
    engine.set_tensor(engine.get_input_details()[0]["index"], tensor)
    engine.invoke()
    given = engine.get_output_details()[0]
    scale, zero_point = given["quantization"]
    raw = engine.get_tensor(given["index"])[0]
    assert raw.dtype == np.int8
    assert zero_point != 0  # or the test would not see a forgotten one
    # A float32 product of an integer below 256 and the scale rounds once.
    np.testing.assert_allclose(scores, (raw.astype(np.float64) - zero_point) * scale, rtol=1e-6, atol=0)


def test_the_precision_is_the_graphs_whatever_the_file_is_called(tmp_path: Path) -> None:
    assert open_backend(write_tflite(tmp_path / "model.int8.tflite", "fp32"), SPEC).precision == "fp32"


def test_threads_are_those_asked_for(tmp_path: Path) -> None:
    path = write_tflite(tmp_path / "model.tflite")
    assert open_backend(path, SPEC, threads=1).threads == 1


def test_a_gpu_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = write_tflite(tmp_path / "model.tflite")
    with pytest.raises(DeviceError, match=r"device cuda is not for TFLite models.*use the \.onnx one"):
        open_backend(path, SPEC, device="cuda")


def test_without_litert_the_install_line_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_tflite(tmp_path / "model.tflite")
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(MissingDependencyError, match="pip install ai-edge-litert"):
        open_backend(path, SPEC)

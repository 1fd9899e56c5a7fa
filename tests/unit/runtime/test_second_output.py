"""A model with labels beside its scores: every engine gives the scores."""

from pathlib import Path

import numpy as np
import pytest

from tests.tiny_models import HEIGHT, SPEC, WIDTH, expected_scores, random_tensor, write_onnx
from unetkit.contract.artifact import write_spec
from unetkit.runtime.backends.backend import Engine
from unetkit.runtime.segmenter import Segmenter


@pytest.mark.parametrize("engine", ["onnx", "openvino", "opencv"])
def test_scores_come_of_a_model_that_gives_labels_too(engine: Engine, tmp_path: Path) -> None:
    import onnx

    if engine == "openvino":
        pytest.importorskip("openvino", reason="openvino is not installed")
    path = write_onnx(tmp_path / "model.onnx", spec=None)
    model = onnx.load(path)
    model.graph.node.append(onnx.helper.make_node("ArgMax", ["scores"], ["labels"], axis=3, keepdims=0))
    labels = onnx.helper.make_tensor_value_info("labels", onnx.TensorProto.INT64, [1, HEIGHT, WIDTH])
    model.graph.output.append(labels)
    onnx.save(model, path)
    write_spec(path, SPEC)
    tensor = random_tensor(6)
    with Segmenter.open(path, engine=engine, device="cpu") as segmenter:
        # float32 sums of three products below 2
        np.testing.assert_allclose(segmenter.infer(tensor), expected_scores(tensor), atol=1e-5)

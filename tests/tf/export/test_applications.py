"""What the keras.applications encoders bring along - swish, squeeze-and-excite, odd padding - reaches every format."""

from typing import Any

import numpy as np
import pytest

from unetkit.contract.preprocess import normalise
from unetkit.deployment.network import for_inference
from unetkit.export.calibration import CalibrationSet
from unetkit.export.converter import Converter
from unetkit.export.target import Target
from unetkit.trainer.networks import NETWORKS

pytestmark = pytest.mark.tf

SIDE = 32
# Between them every kind of layer that the four encoders have.
NAMES = ("mobilenet_v3_small", "efficientnet_v2_b0")


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def frames() -> Any:
    return np.random.default_rng(0).integers(0, 256, (4, SIDE, SIDE, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def trained(name: str) -> Any:
    """The network with norms that have seen something: nothing is 0 or 1 by luck."""
    import keras

    keras.utils.set_random_seed(0)
    model = NETWORKS[name].build(SIDE, SIDE, 3, None, depth=4)
    random = np.random.default_rng(0)
    for layer in model.layers:
        if type(layer).__name__ == "BatchNormalization":
            layer.set_weights([random.uniform(0.5, 1.5, value.shape) for value in layer.get_weights()])
    return model


@pytest.fixture(scope="module")
def converter(name: str, trained: Any, frames: Any) -> Converter:
    spec = NETWORKS[name].input_spec(SIDE, depth=4)
    rebuilt = for_inference(trained, spec)
    assert "BatchNormalization" not in {type(layer).__name__ for layer in rebuilt.layers}
    return Converter(rebuilt, spec, CalibrationSet(names=("a",) * len(frames), frames=frames, seed=0, sha256=""))


def test_onnx_gives_the_scores_of_the_trained_model(name: str, trained: Any, converter: Converter, frames: Any) -> None:
    import onnxruntime

    content = converter.content(Target(format="onnx", precision="fp32"))
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    given = np.concatenate([session.run(None, {"frame": frame[np.newaxis]})[0] for frame in frames])
    expected = np.asarray(trained(normalise(frames.astype(np.float32), NETWORKS[name].input_spec(SIDE, depth=4))))
    # Folding rounds each weight once more (2^-24 of it), and fifty layers add that up.
    np.testing.assert_allclose(given, expected, atol=1e-5 * np.abs(expected).max())


def test_int8_tflite_is_of_builtins_and_integer_throughout(converter: Converter) -> None:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    content = converter.content(Target(format="tflite", precision="int8"))
    interpreter = Interpreter(
        model_content=content, experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    )
    operators = {item["op_name"] for item in interpreter._get_ops_details()}
    assert not [item for item in operators if item.startswith(("Flex", "CUSTOM", "TILE", "SHAPE"))]
    assert {np.dtype(item["dtype"]).name for item in interpreter.get_tensor_details()} <= {"uint8", "int8", "int32"}

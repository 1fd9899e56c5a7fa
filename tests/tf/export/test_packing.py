"""What the files weigh, on the network of which the packaging is the largest share: many small layers."""

import re
from pathlib import Path

import numpy as np
import pytest

from unetkit.contract.artifact import write_spec
from unetkit.contract.spec import ClassSpec, ModelSpec
from unetkit.deployment.network import for_inference
from unetkit.export.calibration import CalibrationSet
from unetkit.export.converter import Converter
from unetkit.export.target import Format, Target
from unetkit.export.tflite_metadata import describe_tflite
from unetkit.export.tflite_packing import layer_name, packed
from unetkit.runtime.backends.backend import Precision
from unetkit.runtime.backends.openvino_backend import OpenVinoBackend
from unetkit.runtime.segmenter import Segmenter
from unetkit.trainer.networks import NETWORKS

pytestmark = pytest.mark.tf

CLASSES = tuple(ClassSpec(name=name, bgr=(0, 0, index)) for index, name in enumerate("abc"))


@pytest.fixture(scope="module")
def converter() -> Converter:
    import keras

    keras.utils.set_random_seed(0)
    edge = NETWORKS["edge"]
    spec = edge.input_spec(32)
    frames = np.random.default_rng(0).integers(0, 256, (2, *spec.hw, 3), dtype=np.uint8)
    network = for_inference(edge.build(None, None, 3, None), spec)
    generator = np.random.default_rng(0)  # biases as after a training: those of an untrained network are all 0
    biases = [generator.normal(0, 0.1, item.shape) if item.ndim == 1 else item for item in network.get_weights()]
    network.set_weights(biases)
    return Converter(network, spec, CalibrationSet(names=("a", "b"), frames=frames, seed=0, sha256=""))


@pytest.mark.parametrize("form", ["onnx", "tflite"])
@pytest.mark.parametrize(("precision", "share"), [("fp16", 0.52), ("int8", 0.29)])
def test_a_file_weighs_hardly_more_than_its_weights(
    converter: Converter, form: Format, precision: Precision, share: float
) -> None:
    """Half and a quarter are weights; of int8 also a scale for each channel, and a 32-bit bias."""
    whole, part = (len(converter.content(Target(format=form, precision=kind))) for kind in ("fp32", precision))
    weights = 4 * sum(int(np.prod(item.shape)) for item in converter._network.weights)
    assert whole < 1.02 * weights
    assert part < share * whole


def test_tflite_tensors_have_short_names_of_their_own(converter: Converter) -> None:
    from tensorflow.lite.python import schema_py_generated as schema

    content = converter.content(Target(format="tflite", precision="int8"))
    graph = schema.ModelT.InitFromPackedBuf(content, 0).subgraphs[0]
    names = [tensor.name.decode() for tensor in graph.tensors]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) < 32
    layers = {graph.tensors[operator.outputs[0]].name.decode() for operator in graph.operators}
    assert set(converter.quantiser(Target(format="tflite", precision="int8")).layers) <= layers | {"scores"}


@pytest.mark.parametrize(
    ("tensor", "name"),
    [
        ("network_1/down0_relu_1/Relu;network_1/down0_conv_1/BiasAdd", "down0_relu_1"),
        ("network_1/resize/ResizeNearestNeighbor", "resize"),
        ("scores", "scores"),
    ],
)
def test_a_tensor_is_called_as_its_layer(tensor: str, name: str) -> None:
    assert layer_name(tensor) == name


@pytest.mark.parametrize("precision", ["fp32", "fp16", "dynamic", "int8"])
def test_tflite_constants_lie_where_the_schema_wants_them(
    converter: Converter, precision: Precision, tmp_path: Path
) -> None:
    """`force_align: 16` of Buffer.data; kernels that load 16 bytes at once may count on it."""
    from tensorflow.lite.python import schema_py_generated as schema

    path = tmp_path / "model.tflite"
    path.write_bytes(converter.content(Target(format="tflite", precision=precision)))
    describe_tflite(path, ModelSpec(name="edge", input=converter._spec, classes=CLASSES))
    content = path.read_bytes()
    model = schema.Model.GetRootAs(content, 0)
    tables = [model.Buffers(index) for index in range(model.BuffersLength())]
    places = [table._tab.Vector(table._tab.Offset(4)) for table in tables if table.DataLength()]
    assert len(places) > 90
    assert {place % 16 for place in places} == {0}


def test_equal_vectors_stand_once_and_come_back_as_they_were() -> None:
    from tensorflow.lite.python import schema_py_generated as schema

    def model(*contents: list[int]) -> bytes:
        made = schema.ModelT()
        made.buffers = []
        for content in contents:
            made.buffers.append(schema.BufferT())
            made.buffers[-1].data = np.array(content * 100, np.uint8)
        return packed(made)

    given = model([1], [2], [1])
    back = schema.ModelT.InitFromPackedBuf(given, 0)
    assert [(item.data[0], len(item.data)) for item in back.buffers] == [(1, 100), (2, 100), (1, 100)]
    assert len(model([1], [2], [3])) - len(given) > 90


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_an_openvino_ir_holds_equal_constants_once_and_no_bias_in_steps(
    converter: Converter, precision: Precision, tmp_path: Path
) -> None:
    openvino = pytest.importorskip("openvino", reason="openvino is not installed")
    path = converter.write(Target(format="openvino", precision=precision), tmp_path)
    constants = [item for item in openvino.Core().read_model(path).get_ops() if item.get_type_name() == "Constant"]
    types = [item.get_element_type().get_type_name() for item in constants]
    keys = [(kind, tuple(item.shape), item.data.tobytes()) for kind, item in zip(types, constants, strict=True)]
    assert len(set(keys)) == len(keys)
    assert "i32" not in types
    assert "i8" in types if precision == "int8" else "i8" not in types
    assert not re.search(r">\s+<", path.read_text(encoding="utf-8"))


def test_openvino_gives_the_same_scores_by_its_ir_and_by_the_onnx_file_and_reads_the_bytes_in_integers(
    converter: Converter, tmp_path: Path
) -> None:
    pytest.importorskip("openvino", reason="openvino is not installed")
    spec = ModelSpec(name="edge", input=converter._spec, classes=CLASSES)
    frame = np.random.default_rng(1).integers(0, 256, (1, *spec.input.hw, 3), dtype=np.uint8)
    forms: tuple[Format, ...] = ("onnx", "openvino")
    scores = []
    for form in forms:
        path = converter.write(Target(format=form, precision="int8"), tmp_path)
        write_spec(path, spec)
        with Segmenter.open(path, engine="openvino", device="cpu") as segmenter:
            assert isinstance(segmenter.backend, OpenVinoBackend)
            scores.append(segmenter.infer(frame))
            executed = segmenter.backend._request.get_compiled_model().get_runtime_model().get_ordered_ops()
        told = [{key: str(value.value) for key, value in item.get_rt_info().items()} for item in executed]
        kernels = [item["runtimePrecision"] for item in told if item["layerType"].endswith("Convolution")]
        assert set(kernels) <= {"u8", "i8"}, kernels  # which of the two is the processor's choice
        assert len(kernels) == 48
    np.testing.assert_allclose(scores[0], scores[1], atol=1e-4)

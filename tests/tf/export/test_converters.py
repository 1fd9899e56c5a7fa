"""What is inside the files: operators, types, scales and sizes, read with each format's own library."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.tf.export.standins import SIDE, Style, frames_of, network_of, spec_of
from unetkit.contract.spec import InputSpec
from unetkit.errors import DataError, VerificationError
from unetkit.export.calibration import CalibrationSet
from unetkit.export.converter import Converter
from unetkit.export.network import for_inference
from unetkit.export.onnx_float import OPSET
from unetkit.export.onnx_int8 import quantised_onnx
from unetkit.export.target import Format, Target
from unetkit.runtime.backend import Precision

pytestmark = pytest.mark.tf


def calibration() -> CalibrationSet:
    frames = frames_of(8)[2:] // 2 + 50  # 50..177: a quantiser that looks at the data alone finds another input scale
    return CalibrationSet(names=("a",) * 6, frames=frames, seed=0, sha256="")


@pytest.fixture(scope="module", params=["edge", "classic"])
def style(request: pytest.FixtureRequest) -> Style:
    chosen: Style = request.param
    return chosen


@pytest.fixture(scope="module")
def converter(style: Style) -> Converter:
    spec = spec_of(style).input
    return Converter(for_inference(network_of(style), spec), spec, calibration())


def onnx_of(converter: Converter, precision: Precision) -> Any:
    import onnx

    model = onnx.load_from_string(converter.content(Target(format="onnx", precision=precision)))
    onnx.checker.check_model(model, full_check=True)
    return model


def litert_of(converter: Converter, precision: Precision) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    content = converter.content(Target(format="tflite", precision=precision))
    return Interpreter(model_content=content, experimental_op_resolver_type=_without_delegate())


def _without_delegate() -> Any:
    from ai_edge_litert.interpreter import OpResolverType

    return OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES


def operators(interpreter: Any) -> list[str]:
    return [item["op_name"] for item in interpreter._get_ops_details()]


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_onnx_takes_bytes_and_gives_float_scores_under_fixed_names(converter: Converter, precision: Precision) -> None:
    from onnx import TensorProto

    graph = onnx_of(converter, precision).graph
    ends = [
        (item.name, item.type.tensor_type.elem_type, [side.dim_value for side in item.type.tensor_type.shape.dim])
        for item in (*graph.input, *graph.output)
    ]
    assert ends == [
        ("frame", TensorProto.UINT8, [1, SIDE, SIDE, 3]),
        ("scores", TensorProto.FLOAT, [1, SIDE, SIDE, 3]),
    ]


def test_onnx_is_plain_operators_of_one_opset_with_one_transpose_at_each_end(
    converter: Converter, style: Style
) -> None:
    model = onnx_of(converter, "fp32")
    kinds = [node.op_type for node in model.graph.node]
    assert [(item.domain, item.version) for item in model.opset_import if item.domain == ""] == [("", OPSET)]
    assert kinds.count("Transpose") == 2
    assert not {"Tile", "Reshape", "Gather", "BatchNormalization"} & set(kinds) or style == "classic"


def test_float16_onnx_holds_its_weights_in_half_precision(converter: Converter) -> None:
    from onnx import TensorProto

    graph = onnx_of(converter, "fp16").graph
    types = {item.name: item.data_type for item in graph.initializer}
    weights = [types[name] for node in graph.node if node.op_type == "Conv" for name in node.input[1:]]
    assert len(weights) >= 10
    assert set(weights) == {TensorProto.FLOAT16}


def test_int8_onnx_quantises_every_convolution_per_channel_in_s8(converter: Converter) -> None:
    from onnx import TensorProto, numpy_helper

    graph = onnx_of(converter, "int8").graph
    constants = {item.name: item for item in graph.initializer}
    producers = {name: node for node in graph.node for name in node.output}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    assert len(convolutions) >= 6
    for node in convolutions:
        weight = producers[node.input[1]]
        assert weight.op_type == "DequantizeLinear"
        assert constants[weight.input[0]].data_type == TensorProto.INT8
        assert constants[weight.input[1]].dims == constants[weight.input[0]].dims[:1]
        # 7 bits: pairs of U8 x S8 products then fit the 16 bits that AVX2 adds them in, so every CPU agrees
        assert np.abs(numpy_helper.to_array(constants[weight.input[0]])).max() <= 64
        activation = producers[node.input[0]]
        assert activation.op_type == "DequantizeLinear"


def test_int8_onnx_takes_the_bytes_as_they_are(converter: Converter, style: Style) -> None:
    """The frame reaches a DequantizeLinear with the spec's own pair, through nothing that computes."""
    from onnx import numpy_helper

    graph = onnx_of(converter, "int8").graph
    constants = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    (first,) = [node for node in graph.node if "frame" in node.input]
    assert first.op_type == "Transpose"
    (entry,) = [node for node in graph.node if first.output[0] in node.input]
    assert entry.op_type == "DequantizeLinear"
    spec = spec_of(style).input
    assert constants[entry.input[1]] == np.float32(spec.scale)
    assert constants[entry.input[2]] == np.uint8(spec.zero_point)


def test_a_softmax_stays_float_in_int8_onnx() -> None:
    spec = spec_of("classic").input
    classic = Converter(for_inference(network_of("classic"), spec), spec, calibration())
    graph = onnx_of(classic, "int8").graph
    (softmax,) = [node for node in graph.node if node.op_type == "Softmax"]
    readers = [node.op_type for node in graph.node if softmax.output[0] in node.input]
    assert readers == ["Transpose"] or softmax.output[0] == "scores"


def test_a_quantiser_that_does_not_keep_the_input_pair_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from unetkit.export import onnx_int8
    from unetkit.export.graph import normalised_graph
    from unetkit.export.onnx_float import float_onnx

    spec = spec_of("edge").input
    model = float_onnx(normalised_graph(for_inference(network_of("edge"), spec), spec))
    path_of = onnx_int8._input_path
    calls: list[int] = []

    def nothing_to_override(graph: Any) -> list[str]:
        calls.append(1)
        return [] if len(calls) == 1 else path_of(graph)

    monkeypatch.setattr(onnx_int8, "_input_path", nothing_to_override)
    with pytest.raises(VerificationError, match=r"the input is quantised with .*, the spec says \(0\.0078125, 127\)"):
        quantised_onnx(model, calibration(), spec)


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_tflite_takes_bytes_under_fixed_names_and_uses_builtins_only(
    converter: Converter, precision: Precision
) -> None:
    interpreter = litert_of(converter, precision)
    (entry,), (end,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert (entry["name"], entry["dtype"], entry["shape"].tolist()) == ("frame", np.uint8, [1, SIDE, SIDE, 3])
    assert (end["name"], end["shape"].tolist()) == ("scores", [1, SIDE, SIDE, 3])
    assert end["dtype"] == (np.int8 if precision == "int8" else np.float32)
    assert not [name for name in operators(interpreter) if name.startswith(("Flex", "CUSTOM", "TILE", "SHAPE"))]


def test_float16_tflite_holds_its_weights_in_half_precision(converter: Converter) -> None:
    types = [item["dtype"] for item in litert_of(converter, "fp16").get_tensor_details()]
    assert types.count(np.float16) > 10


def test_int8_tflite_is_integer_throughout_and_keeps_the_input_pair(converter: Converter, style: Style) -> None:
    interpreter = litert_of(converter, "int8")
    spec = spec_of(style).input
    scale, zero_point = interpreter.get_input_details()[0]["quantization"]
    assert scale == pytest.approx(spec.scale, rel=1e-6)
    assert zero_point == spec.zero_point
    types = {np.dtype(item["dtype"]).name for item in interpreter.get_tensor_details()}
    assert types <= {"uint8", "int8", "int32"}
    per_channel = [
        len(item["quantization_parameters"]["scales"])
        for item in interpreter.get_tensor_details()
        if len(item["quantization_parameters"]["scales"]) > 1
    ]
    assert len(per_channel) >= 6


@pytest.mark.parametrize("form", ["onnx", "tflite"])
def test_int8_without_a_calibration_set_is_an_error(form: Format) -> None:
    spec = spec_of("edge").input
    converter = Converter(for_inference(network_of("edge"), spec), spec, None)
    with pytest.raises(DataError, match=f"model.int8.{form} needs frames"):
        converter.content(Target(format=form, precision="int8"))


@pytest.mark.parametrize("form", ["onnx", "tflite"])
def test_any_scale_and_zero_point_can_be_the_input_pair(form: Format) -> None:
    spec = replace(InputSpec(height=SIDE, width=SIDE), scale=0.0171, zero_point=119)
    converter = Converter(for_inference(network_of("edge"), spec), spec, calibration())
    converter.content(Target(format=form, precision="int8"))  # raises VerificationError where it was not kept


def test_int8_onnx_computes_in_integers_but_for_a_closing_softmax(converter: Converter, style: Style) -> None:
    """Every operator between the entry and the scores reads a DequantizeLinear, so engines can run it in int8."""
    graph = onnx_of(converter, "int8").graph
    producers = {name: node.op_type for node in graph.node for name in node.output}
    layout = {"Transpose", "DepthToSpace", "QuantizeLinear", "DequantizeLinear", "Softmax"}
    computing = [node for node in graph.node if node.op_type not in layout]
    odd = {node.op_type for node in computing if producers[node.input[0]] != "DequantizeLinear"}
    assert not odd
    assert "ConvTranspose" not in {node.op_type for node in graph.node}

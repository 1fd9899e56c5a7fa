"""What is inside the files: operators, types, scales and sizes, read with each format's own library."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tf.export.standins import SIDE, Style, frames_of, network_of, spec_of
from unetkit.contract.arrays import Scores
from unetkit.contract.artifact import write_spec
from unetkit.contract.spec import InputSpec
from unetkit.deployment.network import for_inference
from unetkit.errors import DataError, VerificationError
from unetkit.export.calibration import CalibrationSet
from unetkit.export.converter import Converter
from unetkit.export.onnx_float import OPSET
from unetkit.export.quantisation.ranking import sqnr_db
from unetkit.export.quantisation.recipe import Recipe
from unetkit.export.target import Format, Target
from unetkit.proof.golden import golden_frames
from unetkit.runtime.backends.backend import Precision
from unetkit.runtime.backends.operators import OperatorCount, count_operators
from unetkit.runtime.segmenter import Segmenter

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


def test_float16_onnx_computes_in_half_precision_between_the_bytes_and_the_scores(converter: Converter) -> None:
    """Two casts: behind the camera bytes, and before the scores; no float32 constant but a Resize's factors."""
    from onnx import TensorProto

    graph = onnx_of(converter, "fp16").graph
    casts = [(node.input[0], node.output[0], node.attribute[0].i) for node in graph.node if node.op_type == "Cast"]
    (taken, _, half), (_, given, single) = casts
    assert (taken, half) == ("frame", TensorProto.FLOAT16)
    assert (given, single) == ("scores", TensorProto.FLOAT)
    resized = {name for node in graph.node if node.op_type == "Resize" for name in node.input[1:]}
    wide = {item.name for item in graph.initializer if item.data_type == TensorProto.FLOAT}
    assert wide <= resized


def test_float16_openvino_stores_its_weights_in_half_precision(converter: Converter, tmp_path: Path) -> None:
    import openvino

    path = converter.write(Target(format="openvino", precision="fp16"), tmp_path)
    constants = [item for item in openvino.Core().read_model(path).get_ops() if item.get_type_name() == "Constant"]
    kinds = {
        item.get_output_element_type(0).get_type_name() for item in constants if np.prod(item.get_output_shape(0)) > 8
    }
    assert kinds - {"i64", "i32"} == {"f16"}


@pytest.mark.parametrize("form", ["onnx", "tflite", "openvino"])
def test_int8_pads_and_folds_as_the_float_network_does(style: Style, form: Format, tmp_path: Path) -> None:
    """A padding of another value than the zero point, or a wrong fold, moves such frames by most of the range."""
    spec = spec_of(style)
    seen = CalibrationSet(names=("a",) * 8, frames=frames_of(8), seed=0, sha256="")  # dark and bright among them
    converter = Converter(for_inference(network_of(style), spec.input), spec.input, seen)
    frames = golden_frames([frames_of(3)[2]], spec.input)
    scores: list[Scores] = []
    for precision in ("fp32", "int8"):
        path = converter.write(Target(format=form, precision=precision), tmp_path)
        write_spec(path, spec)
        with Segmenter.open(path, device="cpu") as segmenter:
            scores += [segmenter.infer(frames[name][np.newaxis]) for name in ("dark", "bright", "border")]
    score_range = float(np.ptp(scores[:3]))
    for exact, quantised in zip(scores[:3], scores[3:], strict=True):
        assert np.abs(quantised - exact).max() <= 0.15 * score_range  # a dozen layers of 1/256 steps, untrained


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
        # Pairs of U8 x S8 products fit the 16 bits that AVX2 adds them in, so every CPU agrees.
        kernel = numpy_helper.to_array(constants[weight.input[0]]).astype(int)
        if kernel.shape[1] > 1:
            ordered = kernel.transpose(0, 2, 3, 1).reshape(len(kernel), -1)
            pairs = ordered[:, :-1] + ordered[:, 1:]
            assert -32768 <= 255 * pairs.min() <= 255 * pairs.max() <= 32767
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
    from unetkit.export.quantisation.onnx_quantiser import OnnxQuantiser

    spec = spec_of("edge").input
    monkeypatch.setattr(OnnxQuantiser, "_input_overrides", lambda self: {})
    converter = Converter(for_inference(network_of("edge"), spec), spec, calibration())
    with pytest.raises(VerificationError, match=r"the input is quantised with .*, the spec says \(0\.0078125, 127\)"):
        converter.content(Target(format="onnx", precision="int8"))


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


@pytest.mark.parametrize("form", ["onnx", "tflite"])
def test_layers_that_a_recipe_names_stay_float_and_no_others(
    converter: Converter, style: Style, form: Format, tmp_path: Path
) -> None:
    """The first layer among them, which reads the bytes, and the last."""
    target = Target(format=form, precision="int8")
    layers = converter.quantiser(target).layers
    counts: list[OperatorCount | None] = []
    whole: list[Scores] = []
    for kept in ((), (layers[0], layers[-1])):
        path = tmp_path / f"{len(kept)}.{form}"
        path.write_bytes(converter.content(target, Recipe(float_layers=kept)))
        write_spec(path, spec_of(style))
        counts.append(count_operators(path))
        with Segmenter.open(path, device="cpu") as segmenter:
            scores = [segmenter.infer(frame[np.newaxis]) for frame in frames_of(4)]
        if kept:
            assert sqnr_db(whole, scores) > 15  # of a stand-in with random weights: near, and not the same
            assert any((answer != truth).any() for answer, truth in zip(scores, whole, strict=True))
        whole = scores
    without, some = counts
    assert without is not None
    assert some is not None
    convolutions = {kind: count for kind, count in some.floating_kinds if "CONV" in kind.upper()}
    assert sum(convolutions.values()) == 2
    assert not [kind for kind, _ in without.floating_kinds if "CONV" in kind.upper()]


@pytest.mark.parametrize("form", ["onnx", "tflite"])
def test_each_choice_of_a_recipe_reaches_the_file(converter: Converter, form: Format) -> None:
    target = Target(format=form, precision="int8")
    recipes = (
        Recipe(),
        Recipe(ranges="mse"),
        Recipe(ranges="entropy"),
        Recipe(per_channel=False),
        Recipe(bias_correction=True),
    )
    contents = [converter.content(target, recipe) for recipe in recipes]
    assert len(set(contents)) == len(recipes)
    assert converter.content(target, Recipe()) == contents[0]


def test_a_sigmoid_inside_a_network_is_integer_and_one_that_gives_the_scores_stays_float(tmp_path: Path) -> None:
    """Swish is x * sigmoid(x): were its sigmoid float, every block would leave the integers."""
    from keras import Input, Model, layers

    frame = Input((SIDE, SIDE, 3))
    inner = layers.Conv2D(8, 3, padding="same", activation="swish")(frame)
    inner = layers.Conv2D(8, 3, padding="same", activation="swish")(inner)
    spec = replace(spec_of("edge"), head="sigmoid", scores="probabilities", classes=spec_of("edge").classes[:2])
    model = Model(frame, layers.Conv2D(1, 1, activation="sigmoid")(inner))
    converter = Converter(for_inference(model, spec.input), spec.input, calibration())
    path = tmp_path / "model.onnx"
    path.write_bytes(converter.content(Target(format="onnx", precision="int8")))
    write_spec(path, spec)
    count = count_operators(path)
    assert count is not None
    assert dict(count.floating_kinds).get("Sigmoid") == 1
    assert count.mostly_integer

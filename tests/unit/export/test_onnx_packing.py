"""A packed ONNX model is smaller and computes the same."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from unetkit.export.graph import INPUT_NAME, OUTPUT_NAME
from unetkit.export.onnx_packing import pack

onnx = pytest.importorskip("onnx", reason="the training extra is not installed")

FRAME = np.arange(24, dtype=np.float32).reshape(1, 2, 4, 3)


def model() -> Any:
    """Two additions of equal constants of their own, a constant that nobody reads, and what quantisers leave behind."""
    values = np.array([1, 2, 3], np.float32)
    nodes = [
        onnx.helper.make_node("Add", [INPUT_NAME, "a_long_name"], ["sum"], "Add_0"),
        onnx.helper.make_node("Clip", ["sum", "", "largest"], ["clipped"], "Clip_1"),
        onnx.helper.make_node("Mul", ["clipped", "another_long_name"], [OUTPUT_NAME], "Mul_2"),
    ]
    constants = [
        onnx.numpy_helper.from_array(value, name)
        for name, value in {
            "a_long_name": values,
            "another_long_name": values,
            "largest": np.array(20, np.float32),
            "unread": np.zeros(5, np.float32),
        }.items()
    ]
    ends = [onnx.helper.make_tensor_value_info(name, 1, FRAME.shape) for name in (INPUT_NAME, OUTPUT_NAME)]
    graph = onnx.helper.make_graph(nodes, "g", ends[:1], ends[1:], constants, doc_string="made somewhere")
    made = onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 17), onnx.helper.make_opsetid("com.microsoft", 1)]
    )
    made.ir_version = 8
    onnx.helper.set_model_props(made, {"onnx.infer": "onnxruntime.quant"})
    return made


def answer(made: Any) -> NDArray[np.float32]:
    import onnxruntime

    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    scores: NDArray[np.float32] = session.run([OUTPUT_NAME], {INPUT_NAME: FRAME})[0]
    return scores


def test_equal_constants_stand_once_and_what_nobody_reads_goes() -> None:
    made = model()
    pack(made)
    assert [list(item.dims) for item in made.graph.initializer] == [[3], []]
    assert made.graph.node[0].input[1] == made.graph.node[2].input[1]


def test_equal_bytes_of_another_type_or_shape_are_another_constant() -> None:
    made = model()
    values: dict[str, NDArray[Any]] = {
        "int": np.zeros(3, np.int32),
        "flat": np.zeros(3, np.float32),
        "row": np.zeros((1, 3), np.float32),
    }
    for name, value in values.items():
        made.graph.initializer.append(onnx.numpy_helper.from_array(value, name))
        made.graph.node.append(onnx.helper.make_node("Identity", [name], [f"{name}_out"], name))
    pack(made)
    assert len({node.input[0] for node in made.graph.node[3:]}) == 3


def test_the_answer_and_the_names_of_frame_scores_and_nodes_stay() -> None:
    made, before = model(), answer(model())
    pack(made)
    onnx.checker.check_model(made, full_check=True)
    np.testing.assert_array_equal(answer(made), before)
    assert [node.name for node in made.graph.node] == ["Add_0", "Clip_1", "Mul_2"]
    assert (made.graph.input[0].name, made.graph.output[0].name) == (INPUT_NAME, OUTPUT_NAME)


def test_an_input_that_is_left_out_stays_left_out() -> None:
    made = model()
    pack(made)
    assert made.graph.node[1].input[1] == ""


def test_names_depend_on_the_graph_alone() -> None:
    made, other = model(), model()
    for node in other.graph.node:
        node.input[:] = [name if name in ("", INPUT_NAME) else f"{name}_99" for name in node.input]
        node.output[:] = [name if name == OUTPUT_NAME else f"{name}_99" for name in node.output]
    for item in other.graph.initializer:
        item.name = f"{item.name}_99"
    pack(made)
    pack(other)
    assert made.SerializeToString(deterministic=True) == other.SerializeToString(deterministic=True)


def test_domains_that_no_node_is_of_and_the_tools_own_notes_go() -> None:
    made = model()
    pack(made)
    assert [item.domain for item in made.opset_import] == [""]
    assert not made.metadata_props
    assert not made.graph.doc_string

"""How many operators are integer: a QDQ graph as ONNX Runtime fuses it, and counts in words."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tiny_models import write_onnx
from unetkit.contract.artifact import write_spec
from unetkit.errors import ArtifactError
from unetkit.runtime.backends.operators import OperatorCount, count_operators


def test_a_float_model_has_no_integer_operator_but_what_moves_its_bytes(tmp_path: Path) -> None:
    count = count_operators(write_onnx(tmp_path / "model.onnx"))
    assert count is not None
    assert not count.mostly_integer
    assert dict(count.floating_kinds)["Conv"] == 1
    assert "Conv" in str(count)


def test_a_quantised_convolution_counts_as_integer(tmp_path: Path) -> None:
    count = count_operators(write_onnx(tmp_path / "model.onnx", "int8"))
    assert count is not None
    assert count.mostly_integer
    assert "QLinearConv" not in dict(count.floating_kinds)


def chain(path: Path, *kinds: str) -> Path:
    """uint8 frame -> DequantizeLinear -> each kind between a pair of its own -> QuantizeLinear -> DequantizeLinear."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[Any] = [helper.make_node("DequantizeLinear", ["bgr", "scale", "zero"], ["float0"])]
    for index, kind in enumerate(kinds):
        nodes += [
            helper.make_node(kind, [f"float{index}"], [f"given{index}"]),
            helper.make_node("QuantizeLinear", [f"given{index}", "scale", "zero"], [f"bytes{index}"]),
            helper.make_node("DequantizeLinear", [f"bytes{index}", "scale", "zero"], [f"float{index + 1}"]),
        ]
    nodes[-1].output[0] = "scores"
    graph = helper.make_graph(
        nodes,
        "chain",
        [helper.make_tensor_value_info("bgr", TensorProto.UINT8, [1, 8, 12, 3])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 8, 12, 3])],
        [
            numpy_helper.from_array(np.array(1 / 64, np.float32), "scale"),
            numpy_helper.from_array(np.array(128, np.uint8), "zero"),
        ],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def test_an_operator_without_an_integer_kernel_is_float_whatever_stands_around_it(tmp_path: Path) -> None:
    count = count_operators(chain(tmp_path / "model.onnx", "Sigmoid", "Erf", "Erf", "Tanh"))
    assert count is not None
    assert count.floating_kinds == (("Erf", 2), ("Tanh", 1))
    assert count.integer == 1  # QLinearSigmoid
    assert not count.mostly_integer


@pytest.mark.parametrize(
    ("operators", "words"),
    [
        ([("A", True)] * 3, "3 of 3 operators are integer"),
        ([("A", True), ("B", False), ("C", False), ("C", False)], "1 of 4 operators are integer; float: 2 C, 1 B"),
    ],
)
def test_a_count_in_words_names_the_float_ones(operators: list[tuple[str, bool]], words: str) -> None:
    assert str(OperatorCount.of(operators, borders=1)) == words


def test_half_of_the_operators_is_not_most() -> None:
    assert not OperatorCount.of([("A", True), ("B", False)], borders=0).mostly_integer
    assert OperatorCount.of([("A", True), ("A", True), ("B", False)], borders=0).mostly_integer


def test_a_file_that_is_no_graph_is_an_artifact_error(tmp_path: Path) -> None:
    from tests.tiny_models import SPEC

    path = tmp_path / "model.onnx"
    path.write_bytes(b"\x08\x09")  # an ir_version alone
    write_spec(path, SPEC)
    with pytest.raises(ArtifactError, match="cannot be opened"):
        count_operators(path)

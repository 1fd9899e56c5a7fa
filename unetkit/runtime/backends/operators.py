"""How many operators of a model compute with integers, as its own engine runs it."""

import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unetkit.contract.artifact import read_format
from unetkit.contract.onnx_wire import WireGraph
from unetkit.contract.spec import Scalar

_INTEGERS = {"INT8", "UINT8", "INT16"}
_FLOATS = {"FLOAT32", "FLOAT16"}
_TFLITE_BORDERS = {"QUANTIZE", "DEQUANTIZE"}
_ONNX_BORDERS = {"QuantizeLinear", "DequantizeLinear"}


@dataclass(frozen=True, kw_only=True)
class OperatorCount:
    """Operators by what they compute in; what only quantises or dequantises is counted apart.

    Attributes:
        integer: operators that give 8-bit (or 16-bit) integers.
        floating: operators that give floats.
        floating_kinds: the kinds among them, the most frequent first, with how many there are of each.
        borders: conversions between the two.
    """

    integer: int
    floating: int
    floating_kinds: tuple[tuple[str, int], ...]
    borders: int

    @classmethod
    def of(cls, operators: Iterable[tuple[str, bool]], *, borders: int) -> "OperatorCount":
        """From each operator's kind and whether it is an integer one."""
        listed = list(operators)
        floating = Counter(kind for kind, integer in listed if not integer)
        return cls(
            integer=sum(integer for _, integer in listed),
            floating=floating.total(),
            floating_kinds=tuple(sorted(floating.items(), key=lambda item: (-item[1], item[0]))),
            borders=borders,
        )

    @property
    def total(self) -> int:
        return self.integer + self.floating

    @property
    def mostly_integer(self) -> bool:
        return self.integer > self.floating

    def provenance(self) -> dict[str, Scalar]:
        """What an artifact's spec says about it, so that it can be read without an engine."""
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.floating_kinds)
        return {
            "operators_integer": self.integer,
            "operators_float": self.floating,
            "operators_float_kinds": kinds[:1000],
        }

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "integer": self.integer,
            "float": self.floating,
            "float_kinds": dict(self.floating_kinds),
            "conversions": self.borders,
        }

    def __str__(self) -> str:
        """`63 of 65 operators are integer; float: 2 Softmax`."""
        text = f"{self.integer} of {self.total} operators are integer"
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.floating_kinds)
        return f"{text}; float: {kinds}" if kinds else text


def count_operators(path: Path) -> OperatorCount | None:
    """Count a model's operators; None for a format that has none to count.

    Raises:
        ArtifactError: the file cannot be opened.
        MissingDependencyError: its engine is not installed.
    """
    form = read_format(path)
    if form == "onnx":
        return _of_onnx(path)
    return _of_tflite(path) if form == "tflite" else None


def _of_onnx(path: Path) -> OperatorCount:
    """After ONNX Runtime's own rewriting: a QDQ file says what may be integer, this says what is.

    Types are followed through the graph: what quantises gives integers, what dequantises or casts gives floats, and
    everything else gives what it takes.
    """
    from unetkit.runtime.backends.onnx_backend import rewritten

    graph = WireGraph.read(io.BytesIO(rewritten(path)))
    integers = set(graph.byte_inputs)
    operators = []
    for node in graph.nodes:
        gives_integers = node.kind == "QuantizeLinear" or (
            any(name in integers for name in node.inputs)
            and node.kind not in {"DequantizeLinear", "Cast"}
            and not node.kind.endswith("ToFloat")
        )
        if gives_integers:
            integers.update(node.outputs)
        if node.kind not in _ONNX_BORDERS:
            operators.append((node.kind, gives_integers))
    return OperatorCount.of(operators, borders=len(graph.nodes) - len(operators))


def _of_tflite(path: Path) -> OperatorCount:
    from unetkit.runtime.backends.litert_backend import operator_types

    listed = operator_types(path)
    operators = [
        (kind, types <= _INTEGERS)
        for kind, types in listed
        if kind not in _TFLITE_BORDERS and types & (_INTEGERS | _FLOATS)
    ]
    return OperatorCount.of(operators, borders=sum(kind in _TFLITE_BORDERS for kind, _ in listed))

"""Where in the U-Net an inference spends its time: the engine's own profile, gathered by level.

A level is known by its resolution: everything before the coarsest is the encoder, everything after it the decoder.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from unetkit.benchmarks.nodetime import NodeTime, Shape
from unetkit.benchmarks.onnx_profile import profiled_nodes
from unetkit.benchmarks.openvino_profile import profiled_operators

_FEWEST, _MOST, _ABOUT_MS = 3, 50, 1000


@dataclass(frozen=True, kw_only=True)
class OperatorTime:
    """One operator as the engine runs it.

    Attributes:
        name: what the engine calls it.
        operator: its type, in the engine's words: optimisers fuse.
        level: `encoder 1/4`, `bottleneck 1/32`, `decoder 1/4`: the part of the network, and its resolution.
        mean_us: mean time, under the profiler.
    """

    name: str
    operator: str
    level: str
    mean_us: float


def operator_times(
    path: Path, *, engine: str, threads: int, input_hw: tuple[int, int], infer_ms: float
) -> tuple[OperatorTime, ...]:
    """The profile of an artifact in its engine; none where its Python package has no profiler (LiteRT, OpenCV).

    Args:
        path: an artifact that opens.
        engine: that runs it.
        threads: of inference.
        input_hw: height and width of the network's input.
        infer_ms: about how long an inference takes: a slow network is run a few times only.
    """
    runs = max(_FEWEST, min(_MOST, round(_ABOUT_MS / max(infer_ms, 1e-3))))
    nodes: tuple[NodeTime, ...] = ()
    if engine == "onnx":
        nodes = profiled_nodes(path, threads=threads, optimised=True, runs=runs)
    elif engine == "openvino":
        nodes = profiled_operators(path, threads=threads, runs=runs)
    levels = tuple(_levels([node.output_shapes for node in nodes], input_hw))
    return tuple(
        OperatorTime(name=node.name, operator=node.operator, level=level, mean_us=node.mean_us)
        for node, level in zip(nodes, levels, strict=True)
    )


def by_level(operators: Sequence[OperatorTime]) -> dict[str, float]:
    """Microseconds of each level, in the order of the network."""
    totals: dict[str, float] = {}
    for operator in operators:
        totals[operator.level] = totals.get(operator.level, 0.0) + operator.mean_us
    return totals


def _levels(outputs: Sequence[Sequence[Shape]], input_hw: tuple[int, int]) -> Iterator[str]:
    """A word for each operator; what has no resolution of its own belongs to the one before it."""
    steps: list[int] = []
    for shapes in outputs:
        found = next((step for shape in shapes if (step := _step(shape, input_hw))), None)
        steps.append(found or (steps[-1] if steps else 1))
    coarsest = max(steps, default=1)
    turning = [index for index, step in enumerate(steps) if step == coarsest]
    for index, step in enumerate(steps):
        if step == coarsest:
            yield f"bottleneck 1/{step}"
        else:
            yield f"{'encoder' if index < turning[0] else 'decoder'} 1/{step}"


def _step(shape: Shape, input_hw: tuple[int, int]) -> int | None:
    """How many times coarser than the input a tensor is, (N, H, W, C) or (N, C, H, W); None for another tensor."""
    height, width = input_hw
    for rows, columns in (shape[1:3], shape[2:4]) if len(shape) == 4 else ():
        if rows > 0 and columns > 0 and height % rows == 0 and height // rows == width / columns:
            step = height // rows
            if step & (step - 1) == 0:
                return step
    return None

"""One operator's time, as an engine's own profiler tells it."""

from dataclasses import dataclass

Shape = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class NodeTime:
    """An operator of a graph.

    Attributes:
        name: in the graph, or what the engine's optimiser calls it.
        operator: its type.
        input_shapes: of its inputs.
        output_shapes: of its outputs.
        mean_us: mean time of its kernel.
    """

    name: str
    operator: str
    input_shapes: tuple[Shape, ...]
    output_shapes: tuple[Shape, ...]
    mean_us: float

"""Which tensors of a network int8 rounds, and which of them share a range, in TFLite and in ONNX Runtime alike.

- A clamp (ReLU, ReLU6) that is all that follows a layer is that layer's end: one rounding for both.
- What only moves values (nearest upsampling, pooling of maxima, padding, depth-to-space) keeps their grid.
- What is concatenated has one range, or the engine would have to round again.
- The frame is the camera's bytes, and a softmax or sigmoid that gives the scores stays float: neither is rounded here.
"""

from dataclasses import dataclass
from typing import Any

from unetkit.deployment.topology import Topology
from unetkit.errors import UsageError

_CONVOLUTIONS = {"Conv2D", "DepthwiseConv2D", "Conv2DTranspose"}
_COMPUTES = {*_CONVOLUTIONS, "Add", "Multiply", "ReLU", "Activation", "GlobalAveragePooling2D", "AveragePooling2D"}
_MOVES = {"Resize", "DepthToSpace", "MaxPooling2D", "ZeroPadding2D", "Reshape", "Flatten"}
_ACTIVATIONS = {"linear", "relu", "relu6", "silu", "hard_silu", "sigmoid", "hard_sigmoid"}
_CLOSING = {"softmax", "sigmoid"}
_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class Grids:
    """Of one folded network; a grid is called after the first operation whose output it rounds.

    Attributes:
        rounded: by operation whose output is rounded, in the order they compute, its grid.
        of: by operation, the grid its output lies on, rounded there or moved from where it was.
    """

    rounded: dict[str, str]
    of: dict[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """Every grid once."""
        return tuple(dict.fromkeys(self.rounded.values()))

    @classmethod
    def plan(cls, network: Any) -> "Grids":
        """Plan the grids of a network.

        Args:
            network: Keras functional model, as `for_inference` gives it.

        Raises:
            UsageError: it has layers of which it is not known where int8 rounds them; names them.
        """
        topology = Topology.of(network)
        closing = _closing(network, topology)
        rounded: dict[str, str] = {}
        grid_of: dict[str, str] = {}
        unknown: list[str] = []
        for operation in network.operations:
            name, kind = operation.name, type(operation).__name__
            sources = topology.sources[name][0] if topology.sources[name] else ()
            if kind == "InputLayer" or name in closing:
                continue
            shared = [grid_of[source] for source in sources if source in grid_of]
            together = kind == "Concatenate"
            if not _is_known(operation, kind) or len(topology.sources[name]) > 1 or (together and not shared):
                unknown.append(f"{name} ({kind})")
            elif together:
                for table in (rounded, grid_of):
                    table.update({key: shared[0] for key, grid in table.items() if grid in shared})
                grid_of[name] = shared[0]
            elif kind in _MOVES:
                if shared:  # else it is the frame
                    grid_of[name] = shared[0]
            elif not _is_clamped(network, topology, name):
                rounded[name] = grid_of[name] = name
        if unknown:
            more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
            raise UsageError(
                f"--qat does not know how int8 rounds {', '.join(unknown[:_NAMED])}{more}; "
                "train one of unetkit's networks, or export with --int8 alone"
            )
        return cls(rounded=rounded, of=grid_of)


def _is_known(operation: Any, kind: str) -> bool:
    if kind == "Resize":
        return bool(operation.interpolation == "nearest")
    if kind == "Activation" or kind in _CONVOLUTIONS:
        return operation.activation.__name__ in _ACTIVATIONS
    return kind in _COMPUTES or kind in _MOVES or kind == "Concatenate"


def _is_clamped(network: Any, topology: Topology, name: str) -> bool:
    """Whether all that follows is a ReLU."""
    consumers = topology.consumers(name)
    if len(consumers) != 1 or not topology.feeds_only(name, consumers[0]):
        return False
    follower = next(operation for operation in network.operations if operation.name == consumers[0])
    if type(follower).__name__ == "Activation":
        return follower.activation.__name__ in {"relu", "relu6"}
    return type(follower).__name__ == "ReLU" and not follower.negative_slope and not follower.threshold


def _closing(network: Any, topology: Topology) -> set[str]:
    """The activation that gives the scores."""
    (last,) = topology.outputs
    operation = next(item for item in network.operations if item.name == last)
    is_closing = type(operation).__name__ == "Activation" and operation.activation.__name__ in _CLOSING
    return {last} if is_closing else set()

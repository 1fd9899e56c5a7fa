"""What a graph really takes and gives, held against what its spec promises."""

from pathlib import Path
from typing import NamedTuple

from unetkit.contract.spec import ModelSpec
from unetkit.errors import ArtifactError


class Port(NamedTuple):
    """One input or output of a graph; a dimension that is not fixed is None."""

    dtype: str
    shape: tuple[int | None, ...]

    def __str__(self) -> str:
        return f"{self.dtype} ({', '.join('?' if side is None else str(side) for side in self.shape)})"


def check_signature(
    path: Path, spec: ModelSpec, *, inputs: list[Port], outputs: list[Port], scores: frozenset[str]
) -> None:
    """A spec that does not fit its graph is found out when the model is opened, not at the first frame.

    Args:
        path: the model file, for the message.
        spec: what was promised: uint8 (1, H, W, 3) in, (1, H, W, C) out.
        inputs: what the graph takes.
        outputs: what it gives; the first holds the scores.
        scores: dtypes the engine's backend can turn into float32.

    Raises:
        ArtifactError: naming both.
    """
    height, width = spec.input.hw
    takes = inputs == [Port("uint8", (1, height, width, 3))]
    gives = bool(outputs) and outputs[0].shape == (1, height, width, spec.channels) and outputs[0].dtype in scores
    if not (takes and gives):
        raise ArtifactError(
            f"model {path} takes {_listed(inputs)} and gives {_listed(outputs)}, but its spec says uint8 "
            f"(1, {height}, {width}, 3) and {' or '.join(sorted(scores))} (1, {height}, {width}, {spec.channels}); "
            "export it again"
        )


def _listed(ports: list[Port]) -> str:
    return ", ".join(str(port) for port in ports) or "nothing"

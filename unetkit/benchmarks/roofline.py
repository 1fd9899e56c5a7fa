"""How near a network comes to what the machine can do (Williams, Waterman, Patterson 2009, "Roofline").

Each layer takes at least the longer of its multiply-adds at the machine's peak and its bytes at the machine's copying
speed. The sum over the layers is the limit; a network that reached it would spend nothing on anything else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from unetkit.benchmarks.peak import Peak
from unetkit.benchmarks.work import LayerWork


@dataclass(frozen=True, kw_only=True)
class Roofline:
    """An artifact against the machine.

    Attributes:
        multiply_adds: of one frame.
        weight_bytes: stored weights.
        moved_bytes: weights, inputs and outputs of every layer with weights, each once.
        limit_ms: shortest time that the machine's peak allows.
        share: of the limit that was reached: limit over the median time of an inference; NaN if that was not seen.
        compute_bound: share of the limit in which multiply-adds and not bytes are what a layer waits for.
        gmacs: multiply-adds a second that were reached, in billions.
    """

    multiply_adds: int
    weight_bytes: int
    moved_bytes: int
    limit_ms: float
    share: float
    compute_bound: float
    gmacs: float

    @property
    def intensity(self) -> float:
        """Multiply-adds a byte moved."""
        return self.multiply_adds / self.moved_bytes


def roofline(layers: Sequence[LayerWork], peak: Peak, *, precision: str, infer_ms: float) -> Roofline | None:
    """Hold a measured time against the machine; None for a network without a layer that has weights."""
    if not layers:
        return None
    gmacs = peak.gmacs(precision)
    computing = [layer.multiply_adds / gmacs / 1e6 for layer in layers]
    moving = [layer.moved_bytes / peak.gigabytes_s(layer.moved_bytes) / 1e6 for layer in layers]
    limit_ms = sum(map(max, computing, moving))
    multiply_adds = sum(layer.multiply_adds for layer in layers)
    return Roofline(
        multiply_adds=multiply_adds,
        weight_bytes=sum(layer.weight_bytes for layer in layers),
        moved_bytes=sum(layer.moved_bytes for layer in layers),
        limit_ms=limit_ms,
        share=limit_ms / infer_ms if infer_ms else float("nan"),
        compute_bound=sum(own for own, other in zip(computing, moving, strict=True) if own >= other) / limit_ms,
        gmacs=multiply_adds / infer_ms / 1e6 if infer_ms else float("nan"),
    )

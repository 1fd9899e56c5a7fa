"""Budget: what a network may take on the device it is chosen for."""

from dataclasses import dataclass
from typing import Self

from unetkit.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Limits on the 95th percentile of a stage's time; at least one of the two.

    A mean would let every other frame be late, and the maximum is whatever else the machine did once: 19 of 20 frames
    have to be in time.

    Attributes:
        end_to_end_ms: from frame in hand to drawn picture (preprocess, infer, postprocess, overlay); None: no limit.
        infer_ms: the network alone; None: no limit.
    """

    end_to_end_ms: float | None = None
    infer_ms: float | None = None

    @classmethod
    def of(cls, *, fps: float | None = None, latency_ms: float | None = None) -> Self:
        """`fps` frames a second end to end, `latency_ms` for the network alone, or both.

        Raises:
            UsageError: neither, or one that is not a number above 0.
        """
        for name, value in (("fps", fps), ("latency-ms", latency_ms)):
            if value is not None and not 0 < value < float("inf"):
                raise UsageError(f"--{name} is {value}, expected a number above 0")
        if fps is None and latency_ms is None:
            raise UsageError("a device profile needs a budget to choose by; give --fps or --latency-ms")
        return cls(end_to_end_ms=None if fps is None else 1000 / fps, infer_ms=latency_ms)

    def share(self, *, end_to_end_ms: float, infer_ms: float) -> float:
        """How much of the budget these times use; up to 1 they keep it. With two limits, the tighter one counts."""
        pairs = ((end_to_end_ms, self.end_to_end_ms), (infer_ms, self.infer_ms))
        return max(time / limit for time, limit in pairs if limit is not None)

    def __str__(self) -> str:
        limits = (("end to end", self.end_to_end_ms), ("infer", self.infer_ms))
        return " and ".join(f"{name} p95 <= {limit:.4g} ms" for name, limit in limits if limit is not None)

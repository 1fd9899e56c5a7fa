"""What came of unetkit against the tutorials' way."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from unetkit.benchmarks.table import host_line
from unetkit.runtime.host import HostInfo
from unetkit.version import VERSION


@dataclass(frozen=True, kw_only=True)
class VersusReport:
    """How much faster, on what.

    Attributes:
        host: the machine.
        clip: path of the clip.
        frame_hw: size of its frames.
        checkpoint: path of the Keras model the tutorial's pipeline runs.
        checkpoint_sha256: its digest.
        tutorial_device: where TensorFlow put it.
        artifact: path of the model exported from it.
        artifact_sha256: its digest.
        engine: what runs the artifact.
        device: where.
        precision: `fp32`, `fp16` or `int8`.
        threads: inference threads; None where the engine decides.
        frames_per_round: frames each did a round.
        tutorial_fps: frames a second, a round each.
        unetkit_fps: the same.
        ratios: unetkit's frames a second over the tutorial's, a round each.
        agreement_mean: share of equal pixels in both masks, over all frames.
        agreement_min: of the frame in which they agree least.
        version: of unetkit.
    """

    host: HostInfo
    clip: str
    frame_hw: tuple[int, int] | None
    checkpoint: str
    checkpoint_sha256: str
    tutorial_device: str
    artifact: str
    artifact_sha256: str
    engine: str
    device: str
    precision: str
    threads: int | None
    frames_per_round: int
    tutorial_fps: tuple[float, ...]
    unetkit_fps: tuple[float, ...]
    ratios: tuple[float, ...]
    agreement_mean: float
    agreement_min: float
    version: str = VERSION

    @property
    def ratio_median(self) -> float:
        return statistics.median(self.ratios)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        summary = {
            "ratio_median": self.ratio_median,
            "ratio_min": min(self.ratios),
            "ratio_max": max(self.ratios),
            "tutorial_fps_median": statistics.median(self.tutorial_fps),
            "unetkit_fps_median": statistics.median(self.unetkit_fps),
        }
        return asdict(self) | summary

    def lines(self) -> tuple[str, ...]:
        """For people."""
        size = "" if self.frame_hw is None else f", {self.frame_hw[1]}x{self.frame_hw[0]}"
        threads = "" if self.threads is None else f", {self.threads} threads"
        return (
            host_line(self.host),
            f"{self.clip}{size}: {len(self.ratios)} rounds of {self.frames_per_round} frames each, decode to overlay",
            f"tutorial  {_spread(self.tutorial_fps)} fps  Keras predict on {self.tutorial_device}, {self.checkpoint}",
            f"unetkit   {_spread(self.unetkit_fps)} fps  {self.engine} on {self.device}, {self.precision}{threads}, "
            f"{self.artifact}",
            f"ratio     {_spread(self.ratios)}",
            f"masks agree on {self.agreement_mean:.2%} of the pixels, {self.agreement_min:.2%} in the worst frame",
        )


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):6.1f} (rounds {min(values):.1f} to {max(values):.1f})"

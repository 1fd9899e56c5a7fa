"""What a benchmark's report says of candidates: their times on the device it was taken on."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from unetkit.benchmarks.report import ArtifactTimes, BenchReport, read_report
from unetkit.errors import UsageError
from unetkit.selection.capability import Candidate

_AGAIN = "make them with `unetkit candidates`, run `unetkit bench --json` over them on the device, and bring its file"


@dataclass(frozen=True, kw_only=True)
class Timing:
    """A candidate as an engine ran it.

    Attributes:
        candidate: network and size.
        engine: `onnx`, `tflite`, ...
        device: what really ran it.
        channels: of its scores.
        parameters: of the network.
        multiply_adds: of one frame.
        infer_ms: 95th percentile of the network's time.
        end_to_end_ms: 95th percentile from frame in hand to drawn picture.
        median_ms: of the latter's samples.
    """

    candidate: Candidate
    engine: str
    device: str
    channels: int
    parameters: int
    multiply_adds: int
    infer_ms: float
    end_to_end_ms: float
    median_ms: float


def read_profile(path: Path) -> BenchReport:
    """The report that `unetkit bench --json` wrote on a device.

    Raises:
        UsageError: it cannot be read, is no such report, or one of another schema.
    """
    try:
        return read_report(path, "device profile")
    except UsageError as error:
        raise UsageError(f"{error}; {_AGAIN}") from error.__cause__


def timings_of(report: BenchReport, wanted: Collection[Candidate] | None = None) -> tuple[Timing, ...]:
    """The int8 candidates of a report; other models that were measured beside them are passed over.

    float32 models are no candidates: int8 is what a device gets, and a choice that was made for one must not be kept
    by the other.

    Args:
        report: of this device or another.
        wanted: only these; all that are in the report when None.

    Raises:
        UsageError: no candidate among its models.
    """
    found = [timing for timing in map(_timing, report.artifacts) if timing is not None]
    if not found:
        raise UsageError(f"none of the {len(report.artifacts)} models in the device profile is a candidate; {_AGAIN}")
    timings = tuple(timing for timing in found if wanted is None or timing.candidate in wanted)
    if not timings:
        there = ", ".join(dict.fromkeys(str(timing.candidate) for timing in found))
        raise UsageError(f"the device profile has no time of what was asked for; it has {there}")
    return timings


def _timing(artifact: ArtifactTimes) -> Timing | None:
    """None for what is no candidate: not in int8, not square, or not made by `write_candidates`."""
    network, *counts = (artifact.provenance.get(key) for key in ("network", "parameters", "multiply_adds"))
    height, width = artifact.input_hw
    parameters, multiply_adds = (count if isinstance(count, int) else 0 for count in counts)
    whole = isinstance(network, str) and parameters > 0 and multiply_adds > 0
    if not whole or artifact.precision != "int8" or height != width:
        return None
    return Timing(
        candidate=Candidate(network=str(network), size=height),
        engine=artifact.engine,
        device=artifact.device,
        channels=artifact.channels,
        parameters=parameters,
        multiply_adds=multiply_adds,
        infer_ms=_time(artifact, "infer", "p95_ms"),
        end_to_end_ms=_time(artifact, "end_to_end", "p95_ms"),
        median_ms=_time(artifact, "end_to_end", "p50_ms"),
    )


def _time(artifact: ArtifactTimes, stage: str, figure: str) -> float:
    value = next((getattr(item, figure) for item in artifact.stages if item.name == stage), None)
    if not isinstance(value, int | float) or not value > 0:
        raise UsageError(f"the device profile has no time of {stage} for {artifact.path}; {_AGAIN}")
    return value

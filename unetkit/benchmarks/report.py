"""What a benchmark found, with all that a figure needs to mean something."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from unetkit.contract.spec import Scalar
from unetkit.errors import UsageError
from unetkit.runtime.host import HostInfo
from unetkit.runtime.latency import StageStats
from unetkit.version import VERSION

SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class ArtifactTimes:
    """One artifact: what ran it, and how long each stage took.

    Attributes:
        path: the model file.
        sha256: its digest.
        size_bytes: its size.
        engine: `onnx`, `tflite` or `keras`.
        device: what really ran it.
        precision: `fp32`, `fp16` or `int8`.
        threads: inference threads; None where the engine decides.
        input_hw: height and width of its input.
        channels: of its scores: one for a binary head, else one a class.
        provenance: where the model came from, as its spec says: the network's name, for example.
        stages: statistics a stage, in the order of the work.
    """

    path: str
    sha256: str
    size_bytes: int
    engine: str
    device: str
    precision: str
    threads: int | None
    input_hw: tuple[int, int]
    channels: int
    provenance: Mapping[str, Scalar]
    stages: tuple[StageStats, ...]


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """Time of an artifact's stage as a share of the first artifact's in the same round; below 1 is faster.

    Attributes:
        path: the artifact.
        stage: `end_to_end` or `infer`.
        n: pairs compared.
        median: of the pairs' ratios; NaN without pairs.
        q1: a quarter of the pairs lies below; NaN without pairs.
        q3: a quarter lies above; NaN without pairs.
    """

    path: str
    stage: str
    n: int
    median: float
    q1: float
    q3: float


def paired_ratio(path: str, stage: str, samples_ns: Sequence[int], first_ns: Sequence[int]) -> Ratio:
    """Ratio of two artifacts' samples, round by round.

    Neighbours in time share what the machine was doing, so a pair's ratio is steadier than that of two medians.
    Pairs in which the clock was too coarse to see the first artifact's time pass are left out.
    """
    ratios = [own / first for own, first in zip(samples_ns, first_ns, strict=True) if first > 0]
    q1, median, q3 = (float(value) for value in np.percentile(ratios, (25, 50, 75))) if ratios else (math.nan,) * 3
    return Ratio(path=path, stage=stage, n=len(ratios), median=median, q1=q1, q3=q3)


@dataclass(frozen=True, kw_only=True)
class BenchReport:
    """A run over one or more artifacts.

    Attributes:
        host: the machine.
        frames: where the frames came from.
        frame_count: how many different ones went round.
        frame_sizes_hw: their sizes.
        warmup: untimed rounds before the clock started.
        rounds: timed rounds; in each, every artifact did the same frame once, the order turning by one a round.
        ended: why it was over: `rounds` all done, `seconds` used up, or `interrupted` by Ctrl-C.
        artifacts: the artifacts in the order they were named.
        ratios: of every artifact but the first to the first.
        version: of unetkit.
        schema: of the report's JSON.
    """

    host: HostInfo
    frames: str
    frame_count: int
    frame_sizes_hw: tuple[tuple[int, int], ...]
    warmup: int
    rounds: int
    ended: str
    artifacts: tuple[ArtifactTimes, ...]
    ratios: tuple[Ratio, ...]
    version: str = VERSION
    schema: int = SCHEMA

    @property
    def interrupted(self) -> bool:
        return self.ended == "interrupted"

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: plain types only, and None where a figure is NaN."""
        table: dict[str, Any] = _plain(asdict(self))
        return table

    @classmethod
    def from_dict(cls, table: Any) -> Self:
        """Read what `to_dict` gave; None stands for NaN.

        Raises:
            UsageError: of another schema, or not a report.
        """
        schema = table.get("schema") if isinstance(table, dict) else None
        if schema != SCHEMA:
            writer = f"unetkit {table['version']}" if isinstance(table, dict) and "version" in table else "no unetkit"
            raise UsageError(f"it is of schema {schema!a}, written by {writer}; expected schema {SCHEMA}")
        try:
            read = {
                **table,
                "host": HostInfo(**table["host"]),
                "frame_sizes_hw": tuple((int(height), int(width)) for height, width in table["frame_sizes_hw"]),
                "artifacts": tuple(map(_artifact, table["artifacts"])),
                "ratios": tuple(Ratio(**_with_nans(item)) for item in table["ratios"]),
            }
            return cls(**read)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UsageError(f"it is not a report of `unetkit bench` ({ascii(str(error))[:200]})") from error


def _artifact(table: Mapping[str, Any]) -> ArtifactTimes:
    height, width = table["input_hw"]
    stages = tuple(StageStats(**_with_nans(item)) for item in table["stages"])
    return ArtifactTimes(**{**table, "input_hw": (int(height), int(width)), "stages": stages})


def _with_nans(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: math.nan if value is None else value for key, value in table.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

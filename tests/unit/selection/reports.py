"""Reports of a board that was never there, with the times a test asks for."""

from collections.abc import Mapping
from dataclasses import dataclass

from unetkit.benchmarks.bench import STAGES
from unetkit.benchmarks.report import ArtifactTimes, BenchReport
from unetkit.contract.spec import Scalar
from unetkit.runtime.host import HostInfo
from unetkit.runtime.latency import StageStats

HOST = HostInfo(
    cpu="ARM Cortex-A76",
    board="Raspberry Pi 5",
    gpu=None,
    logical_cores=4,
    usable_cores=4,
    memory_bytes=8_000_000_000,
    os="Linux 6.6 aarch64",
    python="3.11.7",
    packages={"numpy": "2.4.6"},
)


@dataclass(frozen=True)
class Timed:
    """A model and its 95th percentiles in milliseconds; the medians are `steady` times as long."""

    network: str
    size: int
    engine: str
    infer: float
    end_to_end: float
    work: int = 1_000_000
    steady: float = 0.9
    precision: str = "int8"
    channels: int = 3


def artifact(model: Timed, provenance: Mapping[str, Scalar] | None = None) -> ArtifactTimes:
    p95_ms = {"infer": model.infer, "end_to_end": model.end_to_end}
    return ArtifactTimes(
        path=f"candidates/{model.network}-{model.size}.{model.precision}.{model.engine}",
        sha256="0" * 64,
        size_bytes=100_000,
        engine=model.engine,
        device="CPU",
        precision=model.precision,
        threads=4,
        input_hw=(model.size, model.size),
        channels=model.channels,
        provenance={"network": model.network, "parameters": 1000, "multiply_adds": model.work}
        if provenance is None
        else provenance,
        stages=tuple(_stats(stage, p95_ms.get(stage, 0.5), model.steady) for stage in STAGES),
    )


def report_of(*models: Timed | ArtifactTimes) -> BenchReport:
    return BenchReport(
        host=HOST,
        frames="generated scene",
        frame_count=30,
        frame_sizes_hw=((480, 640),),
        rounds=200,
        ended="rounds",
        artifacts=tuple(artifact(model) if isinstance(model, Timed) else model for model in models),
        ratios=(),
    )


def _stats(stage: str, p95_ms: float, steady: float) -> StageStats:
    p50_ms = p95_ms * steady
    return StageStats(
        name=stage,
        n=200,
        mean_ms=p50_ms,
        p50_ms=p50_ms,
        p90_ms=p95_ms,
        p95_ms=p95_ms,
        p99_ms=2 * p95_ms,
        max_ms=3 * p95_ms,
        jitter_ms=0.1,
    )

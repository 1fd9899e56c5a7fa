"""The limit beside the figure: the machine's peak, the share of it that each artifact reaches, and its operators."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from unetkit.benchmarks.operators import operator_times
from unetkit.benchmarks.peak import Peak, measure_peak
from unetkit.benchmarks.report import ArtifactTimes, BenchReport
from unetkit.benchmarks.roofline import roofline
from unetkit.benchmarks.work import LayerWork, work_of


def with_limits(report: BenchReport, tell: Callable[[str], None] = lambda _: None) -> BenchReport:
    """The report with peaks, rooflines and operators of what ran on the processor.

    Args:
        report: whose artifacts are still where they were.
        tell: told in words what comes next.
    """
    cores = report.host.usable_cores
    own = [artifact for artifact in report.artifacts if artifact.device == "CPU"]
    counts = tuple(dict.fromkeys(min(artifact.threads or cores, cores) for artifact in own))
    tell("measuring this machine's peak and the operators")
    peaks = {threads: measure_peak(threads) for threads in counts}
    works = {artifact.path: work_of(Path(artifact.path), artifact.precision) for artifact in own}

    def limited(artifact: ArtifactTimes) -> ArtifactTimes:
        if artifact.device != "CPU":
            return artifact
        threads = min(artifact.threads or cores, cores)
        return _limited(artifact, works[artifact.path], peaks[threads], threads)

    return replace(report, peaks=tuple(peaks.values()), artifacts=tuple(map(limited, report.artifacts)))


def _limited(artifact: ArtifactTimes, layers: tuple[LayerWork, ...], peak: Peak, threads: int) -> ArtifactTimes:
    infer_ms = artifact.stage("infer").p50_ms / artifact.batch
    return replace(
        artifact,
        roofline=roofline(layers, peak, precision=artifact.precision, infer_ms=infer_ms),
        operators=operator_times(
            Path(artifact.path), engine=artifact.engine, threads=threads, input_hw=artifact.input_hw, infer_ms=infer_ms
        ),
    )

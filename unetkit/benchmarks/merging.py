"""Reports of several devices as one table: who runs which model how fast."""

from collections.abc import Sequence
from pathlib import Path

from unetkit.benchmarks.columns import milliseconds
from unetkit.benchmarks.report import ArtifactTimes, BenchReport
from unetkit.errors import UsageError

STAGES = ("infer", "end_to_end")
HEAD = ("model", "sha256", "device", "engine", "threads", *(f"{stage} {p}" for stage in STAGES for p in ("p50", "p95")))


def merged_rows(reports: Sequence[BenchReport]) -> tuple[tuple[str, ...], ...]:
    """A row for each artifact of each report; those of one model beside each other, the fastest first.

    Models are told apart by their digests: a file of the same name that is another model is another row's business.

    Raises:
        UsageError: no reports.
    """
    if not reports:
        raise UsageError("nothing to merge; name files of `unetkit bench --json`")
    found = [(artifact, report) for report in reports for artifact in report.artifacts if artifact.batch == 1]

    def order(row: tuple[ArtifactTimes, BenchReport]) -> tuple[str, str, float]:
        artifact, _ = row
        return Path(artifact.path).name, artifact.sha256, artifact.stage("end_to_end").p50_ms

    return tuple(_row(*row) for row in sorted(found, key=order))


def device_of(report: BenchReport) -> str:
    """What a report's machine is called: its board, else its processor, with the cores that could be used."""
    host = report.host
    return f"{host.board or host.cpu}, {host.usable_cores} core{'' if host.usable_cores == 1 else 's'}"


def _row(artifact: ArtifactTimes, report: BenchReport) -> tuple[str, ...]:
    stages = [artifact.stage(name) for name in STAGES]
    figures = (milliseconds(value) for stage in stages for value in (stage.p50_ms, stage.p95_ms))
    device = device_of(report) if artifact.device == "CPU" else f"{report.host.gpu or artifact.device}"
    threads = "-" if artifact.threads is None else str(artifact.threads)
    return Path(artifact.path).name, artifact.sha256[:8], device, artifact.engine, threads, *figures

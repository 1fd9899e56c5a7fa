"""An earlier report that runs are held against: what of it compares with what."""

from collections.abc import Sequence
from pathlib import Path

from unetkit.benchmarks.report import ArtifactTimes, BenchReport
from unetkit.benchmarks.yardstick import YARDSTICK_VERSION
from unetkit.errors import UsageError
from unetkit.runtime.host import HostInfo


def require_comparable(
    base: BenchReport, *, baseline: str, host: HostInfo, frame_sizes_hw: Sequence[tuple[int, int]]
) -> None:
    """Whether a run on this machine and these frames can be held against an earlier report.

    Args:
        base: the earlier report.
        baseline: what to call it.
        host: of the run.
        frame_sizes_hw: of its frames.

    Raises:
        UsageError: it cannot.
    """
    if _machine(host) != _machine(base.host):
        raise UsageError(
            f"{baseline} is from another machine ({_told(base.host)}; this is {_told(host)}); make a baseline here"
        )
    if tuple(frame_sizes_hw) != base.frame_sizes_hw or base.yardstick_version != YARDSTICK_VERSION:
        raise UsageError(f"{baseline} was taken on other frames or with another yardstick; make it again")
    if not base.stretches:
        raise UsageError(f"{baseline} does not tell what else ran meanwhile (unetkit {base.version}); make it again")


def same_work(artifact: ArtifactTimes) -> tuple[object, ...]:
    """Equal for what can be compared; not the digest: a model that was exported again is what a comparison is for."""
    return Path(artifact.path).name, artifact.engine, artifact.device, artifact.threads, artifact.batch


def _machine(host: HostInfo) -> tuple[object, ...]:
    return host.cpu, host.board, host.gpu, host.usable_cores, host.instructions


def _told(host: HostInfo) -> str:
    return (
        f"{host.board or host.cpu}, {host.usable_cores} cores, {' '.join(host.instructions) or 'instructions not told'}"
    )

"""What a report's artifacts are called in tables and plots: as short as still tells them apart."""

from collections.abc import Sequence
from pathlib import Path

from unetkit.benchmarks.report import ArtifactTimes


def names_of(artifacts: Sequence[ArtifactTimes]) -> tuple[str, ...]:
    """File names, or whole paths where two files have one name; then engine, threads and batch, where they vary."""
    paths = dict.fromkeys(artifact.path for artifact in artifacts)
    short = len({Path(path).name for path in paths}) == len(paths)
    varies = {
        "engine": any(len({each.engine for each in artifacts if each.path == path}) > 1 for path in paths),
        "threads": len({artifact.threads for artifact in artifacts}) > 1,
        "batch": len({artifact.batch for artifact in artifacts}) > 1,
    }
    return tuple(_name(artifact, short=short, varies=varies) for artifact in artifacts)


def _name(artifact: ArtifactTimes, *, short: bool, varies: dict[str, bool]) -> str:
    parts = [Path(artifact.path).name if short else artifact.path]
    if varies["engine"]:
        parts.append(artifact.engine)
    if varies["threads"]:
        parts.append(f"{artifact.threads or '?'} thread{'' if artifact.threads == 1 else 's'}")
    if varies["batch"]:
        parts.append(f"batch {artifact.batch}")
    return ", ".join(parts)

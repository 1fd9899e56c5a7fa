"""Which artifact is opened in which engine, with how many threads."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from unetkit.contract.artifact import read_format
from unetkit.errors import ArtifactError, DeviceError, MissingDependencyError, UsageError
from unetkit.processors import usable_cores
from unetkit.runtime.backends.backend import Device, Engine
from unetkit.runtime.backends.opening import ENGINES_OF
from unetkit.runtime.segmenter import Segmenter

SWEEP = "sweep"
ALL_ENGINES: Literal["all"] = "all"


@dataclass(frozen=True, kw_only=True)
class Opening:
    """An artifact, and how it is opened; see `open_backend`."""

    path: Path
    engine: Engine
    device: Device
    threads: int | None

    def open(self) -> Segmenter:
        """Open it; raises as `Segmenter.open` does."""
        return Segmenter.open(self.path, engine=self.engine, device=self.device, threads=self.threads)


def openings_of(
    paths: Sequence[Path],
    *,
    engine: Engine | Literal["all"],
    device: Device,
    threads: Sequence[int | None],
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Opening, ...]:
    """Every path in its engine, or in every engine that opens it, with every number of threads.

    Args:
        paths: artifacts.
        engine: as for `open_backend`, or `all`.
        device: as for `open_backend`.
        threads: as for `open_backend`.
        tell: told why an engine that reads the format cannot be had.

    Raises:
        UsageError: `all`, and no engine opens one of them.
        ArtifactError: `all`, and one of them is no model.
    """
    return tuple(
        Opening(path=path, engine=each, device=device, threads=count)
        for path in paths
        for each in (_engines(path, device, tell) if engine == ALL_ENGINES else (engine,))
        for count in threads
    )


def _engines(path: Path, device: Device, tell: Callable[[str], None]) -> Iterator[Engine]:
    refusals = []
    for engine in ENGINES_OF[read_format(path)]:
        try:
            Opening(path=path, engine=engine, device=device, threads=1).open().close()
        except (ArtifactError, DeviceError, MissingDependencyError) as error:
            tell(f"not measured on {engine}: {error}")
            refusals.append(str(error))
        else:
            yield engine
    if len(refusals) == len(ENGINES_OF[read_format(path)]):
        raise UsageError(f"no engine here opens {path}: {'; '.join(refusals)}")


def thread_counts(text: str | None) -> tuple[int | None, ...]:
    """What `--threads` says: numbers with commas between, or `sweep`: 1, 2, 4, ... up to all usable cores.

    Raises:
        UsageError: it says something else.
    """
    if text is None:
        return (None,)
    if text == SWEEP:
        cores = usable_cores()
        return tuple(sorted({1 << power for power in range(cores.bit_length()) if 1 << power <= cores} | {cores}))
    return numbers(text, "--threads")


def numbers(text: str, option: str) -> tuple[int, ...]:
    """Whole numbers from 1 on, with commas between.

    Raises:
        UsageError: it says something else.
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) >= 1 for part in parts):
        raise UsageError(f"{option} takes numbers from 1 on with commas between, received {text!r}")
    return tuple(dict.fromkeys(int(part) for part in parts))

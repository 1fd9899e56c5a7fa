"""Peers beside each other: the same pictures, the same frames, in blocks that take turns."""

import contextlib
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from unetkit.benchmarks.jsonform import plain
from unetkit.benchmarks.peers.catalog import PEERS
from unetkit.benchmarks.peers.installation import installed_bytes
from unetkit.benchmarks.peers.peer import PeerRequest, PeerUnavailableError
from unetkit.benchmarks.peers.process import PeerProcess
from unetkit.benchmarks.peers.worker import STAGES
from unetkit.benchmarks.ratio import Ratio, paired_ratio
from unetkit.data.catalog import open_dataset
from unetkit.errors import UsageError
from unetkit.runtime.host import HostInfo
from unetkit.runtime.latency import StageStats, summarise
from unetkit.version import VERSION

_BLOCK = 5  # frames a turn that count
_WARMUP = 2  # turns that do not


@dataclass(frozen=True, kw_only=True)
class PeerResult:
    """What was found of a peer.

    Attributes:
        name: see the catalog.
        what: it is.
        reason: why it was not measured; empty where it was.
        version: of its package.
        install_bytes: of its package with all that this requires.
        load_ms: opening it in a fresh process.
        miou: on the pictures; None where none were given.
        class_iou: of each class.
        stages: statistics a stage.
        ratio: of its end-to-end time to the first peer's in the same turn, median of a block each.
        memory_bytes: resident in the end.
        peak_bytes: highest.
    """

    name: str
    what: str
    reason: str = ""
    version: str = ""
    install_bytes: int | None = None
    load_ms: float | None = None
    miou: float | None = None
    class_iou: tuple[float, ...] = ()
    stages: tuple[StageStats, ...] = ()
    ratio: Ratio | None = None
    memory_bytes: int | None = None
    peak_bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class PeersReport:
    """A run over peers.

    Attributes:
        host: the machine.
        data: what they were scored on; empty without.
        split: of it.
        threads: of inference.
        rounds: turns of each, of five frames.
        peers: in the order of the catalog.
    """

    host: HostInfo
    data: str
    split: str
    threads: int
    rounds: int
    peers: tuple[PeerResult, ...]
    version: str = VERSION

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        table: dict[str, Any] = plain(asdict(self))
        return table


def race_peers(
    request: PeerRequest,
    *,
    data: str | None,
    split: str,
    frames: str | None,
    rounds: int,
    names: Sequence[str] = tuple(PEERS),
    tell: Callable[[str], None] = lambda _: None,
) -> PeersReport:
    """Score and time peers, each in a process of its own.

    Args:
        request: what they are opened with.
        data: pictures with masks to score them on; None: no accuracy.
        split: of the data.
        frames: source of the frames to time them on; generated without.
        rounds: turns of each; who begins changes every round.
        names: of the peers.
        tell: told in words what comes next.

    Raises:
        UsageError: an unknown peer, or none that runs.
        DataError: the data cannot be opened.
    """
    unknown = set(names) - set(PEERS)
    if unknown or rounds < 1:
        raise UsageError(f"no peer {', '.join(sorted(unknown))} or no rounds ({rounds}); peers: {', '.join(PEERS)}")
    if data is not None:
        open_dataset(data)  # what cannot be opened is no peer's fault
    reasons: dict[str, str] = {}
    scores: dict[str, dict[str, Any]] = {}
    with contextlib.ExitStack() as opened:
        running: dict[str, PeerProcess] = {}
        for name in names:
            tell(f"opening {name}")
            try:
                running[name] = opened.enter_context(PeerProcess(name, request, frames))
                if data is not None:
                    tell(f"scoring {name} on the {split} split of {data}")
                    scores[name] = running[name].ask("score", data=data, split=split)
            except PeerUnavailableError as error:
                running.pop(name, None)
                reasons[name] = str(error)
        if not running:
            raise UsageError(f"no peer runs here: {'; '.join(f'{name}: {why}' for name, why in reasons.items())}")
        tell(f"timing {len(running)} of them in {rounds} turns of {_BLOCK} frames")
        samples = _turns(running, rounds, reasons)
        memory = {name: running[name].ask("memory") for name in samples}
    base = next(iter(samples))

    def result(name: str) -> PeerResult:
        entry = PEERS[name]
        version, size = _installed(entry.package)
        if name not in samples:
            return PeerResult(name=name, what=entry.what, reason=reasons[name], version=version, install_bytes=size)
        own, first = (_block_medians(samples[each]["end_to_end"]) for each in (name, base))
        return PeerResult(
            name=name,
            what=entry.what,
            version=version,
            install_bytes=size,
            load_ms=running[name].load_ms,
            miou=scores[name]["miou"] if name in scores else None,
            class_iou=tuple(scores[name]["iou"]) if name in scores else (),
            stages=tuple(summarise(stage, samples[name][stage]) for stage in STAGES),
            ratio=paired_ratio(name, "end_to_end", own, first),
            memory_bytes=memory[name]["steady_bytes"],
            peak_bytes=memory[name]["peak_bytes"],
        )

    return PeersReport(
        host=HostInfo.here(),
        data=data or "",
        split=split if data else "",
        threads=request.threads,
        rounds=rounds,
        peers=tuple(map(result, names)),
    )


Samples = dict[str, list[int]]


def _turns(running: dict[str, PeerProcess], rounds: int, reasons: dict[str, str]) -> dict[str, Samples]:
    """Every peer's samples; one that gives up in the middle has a reason instead."""
    samples: dict[str, Samples] = {name: {stage: [] for stage in STAGES} for name in running}
    for number in range(-_WARMUP, rounds):
        order = list(samples)
        first = number % len(order)
        for name in order[first:] + order[:first]:
            try:
                found = running[name].ask("time", start=(number + _WARMUP) * _BLOCK + 1, count=_BLOCK)
            except PeerUnavailableError as error:
                reasons[name] = str(error)
                del samples[name]
                continue
            for stage in STAGES if number >= 0 else ():
                samples[name][stage] += found[stage]
    return samples


def _block_medians(samples_ns: Sequence[int]) -> list[int]:
    return [round(statistics.median(samples_ns[start : start + _BLOCK])) for start in range(0, len(samples_ns), _BLOCK)]


def _installed(package: str) -> tuple[str, int | None]:
    from importlib import metadata

    try:
        return metadata.version(package), installed_bytes(package)
    except metadata.PackageNotFoundError:
        return "", None

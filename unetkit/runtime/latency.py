"""Time, observed from outside: every sample of every stage is kept, and nothing is clipped or smoothed away."""

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from unetkit.runtime.host import HostInfo
from unetkit.runtime.samples import Samples

_NS_PER_MS = 1e6


class StageClock:
    """Samples of named stages, in the order the names were given.

    A clock that is set back (a virtual machine that was moved, a fault) would give negative times and ruin every figure
    after it. Here time then stands still for a moment and goes on from where it was; a block during which that
    happened leaves no sample.

    Args:
        stages: the names; only these can be timed.
        clock: nanoseconds.
        limit: of an endless run: how many samples a stage keeps, see `Samples`.

    Attributes:
        set_back: how often the clock was.
    """

    def __init__(
        self, stages: Sequence[str], clock: Callable[[], int] = time.perf_counter_ns, limit: int | None = None
    ) -> None:
        self.stages = tuple(stages)
        self.set_back = 0
        self._clock = clock
        self._last_ns, self._ahead_ns = clock(), 0
        self._samples = {name: Samples(limit) for name in self.stages}
        self._taken: dict[str, int] = {}

    def now_ns(self) -> int:
        """Nanoseconds that never go backwards."""
        now_ns = self._clock() + self._ahead_ns
        if now_ns < self._last_ns:
            self.set_back += 1
            self._ahead_ns += self._last_ns - now_ns
            now_ns = self._last_ns
        self._last_ns = now_ns
        return now_ns

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block; one that raises leaves no sample, for it did not do its work."""
        start_ns = self.now_ns()
        set_back = self.set_back
        yield
        elapsed_ns = self.now_ns() - start_ns
        if self.set_back == set_back:
            self.record(name, elapsed_ns)

    def record(self, stage: str, ns: int) -> None:
        """Add one sample in nanoseconds."""
        self._samples[stage].add(ns)
        self._taken[stage] = ns

    def keep(self, count: int) -> None:
        """Forget every stage's samples after the first `count`."""
        for samples in self._samples.values():
            samples.keep(count)

    def samples_ns(self, stage: str) -> tuple[int, ...]:
        return self._samples[stage].kept_ns

    def take_last_ms(self) -> dict[str, float]:
        """The last sample of each stage that has one since this was asked last, in milliseconds."""
        taken, self._taken = self._taken, {}
        return {name: taken[name] / _NS_PER_MS for name in self.stages if name in taken}

    def recent_ms(self) -> dict[str, float]:
        """How long each stage takes just now, in milliseconds: a mean of about its last sixteen samples."""
        return {name: samples.recent_ns / _NS_PER_MS for name, samples in self._samples.items() if samples.n}

    def stats(self) -> tuple["StageStats", ...]:
        """The statistics of each stage that has samples."""
        return tuple(_stats(name, samples) for name, samples in self._samples.items() if samples.n)


@dataclass(frozen=True, kw_only=True)
class StageStats:
    """How long one stage took, in milliseconds; with no sample (n = 0) every figure is NaN.

    `jitter_ms` is the mean absolute difference of successive samples (of one sample: NaN): what a viewer sees as
    unsteadiness, whereas the percentiles do not know in which order the samples came.
    """

    name: str
    n: int
    mean_ms: float
    p50_ms: float
    p90_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    jitter_ms: float


def summarise(name: str, samples_ns: Sequence[int]) -> StageStats:
    """Statistics of a stage's samples.

    A percentile p lies at position `p / 100 * (n - 1)` of the sorted samples, interpolated linearly between its two
    neighbours (numpy's default, Hyndman and Fan 1996, type 7).
    """
    if len(samples_ns) == 0:
        nan = math.nan
        return StageStats(
            name=name, n=0, mean_ms=nan, p50_ms=nan, p90_ms=nan, p95_ms=nan, p99_ms=nan, max_ms=nan, jitter_ms=nan
        )
    samples_ms = np.asarray(samples_ns, np.float64) / _NS_PER_MS
    p50, p90, p95, p99 = (float(value) for value in np.percentile(samples_ms, (50, 90, 95, 99)))
    return StageStats(
        name=name,
        n=len(samples_ns),
        mean_ms=float(samples_ms.mean()),
        p50_ms=p50,
        p90_ms=p90,
        p95_ms=p95,
        p99_ms=p99,
        max_ms=float(samples_ms.max()),
        jitter_ms=float(np.abs(np.diff(samples_ms)).mean()) if len(samples_ms) > 1 else math.nan,
    )


def _stats(name: str, samples: Samples) -> StageStats:
    """Percentiles of the samples that were kept, all else of all."""
    return replace(
        summarise(name, samples.kept_ns),
        n=samples.n,
        mean_ms=samples.total_ns / samples.n / _NS_PER_MS,
        max_ms=samples.max_ns / _NS_PER_MS,
        jitter_ms=samples.steps_ns / (samples.n - 1) / _NS_PER_MS if samples.n > 1 else math.nan,
    )


@dataclass(frozen=True, kw_only=True)
class LatencyReport:
    """Where the time of a run went, with all that a figure needs to mean something.

    Attributes:
        stages: statistics a stage, in the order of the work.
        frames: frames that went the whole way, warm-up not among them.
        fps: frames a second of wall-clock time over the run, warm-up left out; NaN without frames.
        dropped: frames of a live source that were skipped because a newer one had come.
        outages_s: how long a live source gave no picture, each time, in seconds.
        engine: `onnx`, `tflite` or `keras`.
        device: what really ran.
        precision: `fp32`, `fp16` or `int8`.
        threads: inference threads; None where the engine decides.
        artifact: path of the model file.
        artifact_sha256: its digest.
        host: the machine.
        source: what was segmented, for people.
        ended: why the run ended, in words.
        interrupted: it was ended by Ctrl-C.
        lost: the source broke off in the middle; `ended` says how.
        gave_up: what was given up to keep a rate that was asked for; None where none was.
    """

    stages: tuple[StageStats, ...]
    frames: int
    fps: float
    dropped: int
    engine: str
    device: str
    precision: str
    threads: int | None
    artifact: str
    artifact_sha256: str
    host: HostInfo
    outages_s: tuple[float, ...] = ()
    source: str = ""
    ended: str = "end of the source"
    interrupted: bool = False
    lost: bool = False
    gave_up: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: plain types only, and None where a figure is NaN."""
        table = asdict(self)
        table["stages"] = [{key: _finite(value) for key, value in asdict(stage).items()} for stage in self.stages]
        table["fps"] = _finite(self.fps)
        table["host"] = self.host.to_dict()
        return table


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value

"""Several sources at once: how many frames a second a machine does in all, and what each frame then waits."""

import statistics
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from unetkit.benchmarks.artifacts import artifacts_in
from unetkit.benchmarks.frames import FrameSet
from unetkit.benchmarks.lanes import STAGES, ArtifactLane
from unetkit.errors import UsageError
from unetkit.runtime.backends.backend import Device, Engine
from unetkit.runtime.latency import StageClock, StageStats, summarise
from unetkit.runtime.segmenter import Segmenter

_WARMUP = 3  # frames a source
_TURNS = 3


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """So many sources, a thread and a segmenter with one inference thread each, all in one process.

    Attributes:
        path: the model file.
        engine: that ran it.
        sources: at the same time.
        frames_per_s: of all together: median of the turns.
        lowest: turn.
        highest: turn.
        end_to_end: of a frame, over all sources and turns.
    """

    path: str
    engine: str
    sources: int
    frames_per_s: float
    lowest: float
    highest: float
    end_to_end: StageStats


def throughput(
    path: Path,
    counts: Sequence[int],
    *,
    frames: FrameSet,
    seconds: float,
    engine: Engine = "auto",
    device: Device = "auto",
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Throughput, ...]:
    """Measure each number of sources in turns, so that what else the machine does falls on all of them.

    Args:
        path: artifact.
        counts: numbers of sources.
        frames: that every source goes through.
        seconds: of each number, over all turns.
        engine: as for `open_backend`.
        device: as for `open_backend`.
        tell: told in words what comes next.

    Raises:
        UsageError: no numbers, one below 1, or no time.
        ArtifactError, DeviceError, MissingDependencyError: the artifact does not open.
    """
    if min(counts, default=0) < 1 or not seconds > 0:
        raise UsageError(f"sources {list(counts)}, seconds {seconds}: expected numbers from 1 on, and above 0")
    rates: dict[int, list[float]] = {count: [] for count in counts}
    samples: dict[int, list[int]] = {count: [] for count in counts}
    with ExitStack() as opened:
        lanes = [
            ArtifactLane(opened.enter_context(Segmenter.open(path, engine=engine, device=device, threads=1)))
            for _ in range(max(counts))
        ]
        for turn in range(_TURNS):
            for count in counts:
                tell(f"{count} source{'' if count == 1 else 's'}, turn {turn + 1} of {_TURNS}")
                rate, found = _together(lanes[:count], frames, seconds / _TURNS)
                rates[count].append(rate)
                samples[count] += found
    return tuple(
        Throughput(
            path=str(path),
            engine=lanes[0].segmenter.backend.engine,
            sources=count,
            frames_per_s=statistics.median(rates[count]),
            lowest=min(rates[count]),
            highest=max(rates[count]),
            end_to_end=summarise("end_to_end", samples[count]),
        )
        for count in counts
    )


def throughputs(
    paths: Sequence[Path],
    counts: Sequence[int],
    *,
    frames: FrameSet,
    seconds: float,
    engine: Engine = "auto",
    device: Device = "auto",
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Throughput, ...]:
    """`throughput` of one artifact after the other; of a folder, each that the engine opens."""
    return tuple(
        found
        for path in artifacts_in(paths, engine)
        for found in throughput(path, counts, frames=frames, seconds=seconds, engine=engine, device=device, tell=tell)
    )


def _together(lanes: Sequence[ArtifactLane], frames: FrameSet, seconds: float) -> tuple[float, list[int]]:
    """Frames a second of all, and every frame's time; all begin at once, and what a source began it ends."""
    start = threading.Barrier(len(lanes))
    found: list[list[int]] = [[] for _ in lanes]
    spans_s = [0.0] * len(lanes)
    failures: list[BaseException] = []

    def run(index: int) -> None:
        try:
            for number in range(_WARMUP):
                lanes[index].process(frames.frames[number % len(frames.frames)], StageClock(STAGES))
            clock = StageClock(STAGES)
            start.wait()
            begun = time.perf_counter()
            number = 0
            while number == 0 or time.perf_counter() - begun < seconds:
                lanes[index].process(frames.frames[number % len(frames.frames)], clock)
                number += 1
            spans_s[index] = time.perf_counter() - begun
            found[index] = list(clock.samples_ns("end_to_end"))
        except BaseException as error:  # noqa: BLE001 (raised again where the threads are joined)
            failures.append(error)
            start.abort()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(lanes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise next((each for each in failures if not isinstance(each, threading.BrokenBarrierError)), failures[0])
    return sum(len(each) / span for each, span in zip(found, spans_s, strict=True)), [
        ns for each in found for ns in each
    ]

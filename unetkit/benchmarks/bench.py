"""Latency of artifacts on this machine, stage by stage, several of them interleaved in one run.

preprocess   frame -> tensor
infer        tensor -> scores
postprocess  scores -> mask at frame size
overlay      mask over frame, with legend and line
end_to_end   frame in hand -> drawn: all four

Artifacts measured one after the other are compared across whatever else the machine did meanwhile, and across its
temperature. Here they take turns frame by frame, and who begins changes every round.
"""

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from unetkit.benchmarks.artifacts import artifacts_in
from unetkit.benchmarks.frames import FrameSet
from unetkit.benchmarks.report import ArtifactTimes, BenchReport, Ratio, paired_ratio
from unetkit.contract.arrays import BgrFrame
from unetkit.contract.artifact import sha256_of
from unetkit.errors import UsageError
from unetkit.runtime.backend import Device, Engine
from unetkit.runtime.host import HostInfo
from unetkit.runtime.latency import StageClock, summarise
from unetkit.runtime.overlay import Overlay
from unetkit.runtime.segmenter import Segmenter

__all__ = ["COMPARED", "STAGES", "BenchReport", "bench", "measure"]

STAGES = ("preprocess", "infer", "postprocess", "overlay", "end_to_end")
COMPARED = ("end_to_end", "infer")
_WARMUP_SHARE = 0.25  # of the time; a slow device must not spend it all on frames that do not count


def bench(
    paths: Sequence[Path],
    *,
    frames: FrameSet,
    rounds: int = 300,
    warmup: int = 10,
    seconds: float = 10.0,
    engine: Engine = "auto",
    device: Device = "auto",
    threads: int | None = None,
) -> BenchReport:
    """Measure artifacts; all of them are open before the first is timed.

    Args:
        paths: model files, or folders of exported models; ratios are to the first.
        frames: what they segment, over and over.
        rounds: timed frames an artifact, at most.
        warmup: untimed frames an artifact before that, at most, and at least one: the first inference sets things up.
        seconds: time an artifact, warm-up included; at least one timed round is done whatever it takes.
        engine: as for `open_backend`.
        device: as for `open_backend`.
        threads: as for `open_backend`, for every artifact the same.

    Raises:
        UsageError: nothing to measure, `rounds` or `warmup` below 1, or `seconds` not above 0.
        ArtifactError, DeviceError, MissingDependencyError: an artifact does not open.
        KeyboardInterrupt: Ctrl-C before a timed round was done; later it ends the run with its report.
    """
    with contextlib.ExitStack() as opened:
        segmenters = [
            opened.enter_context(Segmenter.open(path, engine=engine, device=device, threads=threads))
            for path in artifacts_in(paths, engine)
        ]
        return measure(segmenters, frames=frames, rounds=rounds, warmup=warmup, seconds=seconds)


def measure(
    segmenters: Sequence[Segmenter],
    *,
    frames: FrameSet,
    rounds: int,
    warmup: int,
    seconds: float,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> BenchReport:
    """`bench` for segmenters that are open; `clock` gives nanoseconds."""
    if rounds < 1 or warmup < 1 or not seconds > 0:
        raise UsageError(f"rounds {rounds}, warm-up {warmup}, seconds {seconds}: expected at least 1, 1, and above 0")
    lanes = [_Lane(segmenter) for segmenter in segmenters]
    start_ns, total_ns = clock(), seconds * len(lanes) * 1e9
    warm = _take_turns(lanes, frames, rounds=warmup, until_ns=start_ns + total_ns * _WARMUP_SHARE, clock=clock)
    if warm.ended == "interrupted":
        raise KeyboardInterrupt
    run = _take_turns(lanes, frames, rounds=rounds, until_ns=start_ns + total_ns, clock=clock)
    return BenchReport(
        host=HostInfo.here(),
        frames=frames.origin,
        frame_count=len(frames.frames),
        frame_sizes_hw=frames.sizes_hw,
        warmup=warm.done,
        rounds=run.done,
        ended=run.ended,
        artifacts=tuple(lane.times(own, run.done) for lane, own in zip(lanes, run.clocks, strict=True)),
        ratios=_ratios(lanes, run),
    )


class _Lane:
    """One artifact on its way through the rounds."""

    def __init__(self, segmenter: Segmenter) -> None:
        self._segmenter = segmenter
        self.path = str(segmenter.path)
        self._overlay = Overlay(segmenter.spec)
        self._line = f"{segmenter.backend.device} {segmenter.backend.precision}"
        self._sha256 = sha256_of(segmenter.path)

    def process(self, frame: BgrFrame, clock: StageClock) -> None:
        segmenter = self._segmenter
        with clock.stage("end_to_end"):
            with clock.stage("preprocess"):
                tensor, placement = segmenter.preprocess(frame)
            with clock.stage("infer"):
                scores = segmenter.infer(tensor)
            with clock.stage("postprocess"):
                mask = segmenter.postprocess(scores, placement)
            with clock.stage("overlay"):
                self._overlay.draw(frame, mask.labels, self._line)

    def times(self, clock: StageClock, rounds: int) -> ArtifactTimes:
        backend = self._segmenter.backend
        return ArtifactTimes(
            path=self.path,
            sha256=self._sha256,
            size_bytes=self._segmenter.path.stat().st_size,
            engine=backend.engine,
            device=backend.device,
            precision=backend.precision,
            threads=backend.threads,
            input_hw=self._segmenter.spec.input.hw,
            channels=self._segmenter.spec.channels,
            provenance=self._segmenter.spec.provenance,
            stages=tuple(summarise(stage, clock.samples_ns(stage)[:rounds]) for stage in STAGES),
        )


@dataclass(frozen=True)
class _Rounds:
    """Rounds that were done whole, and a clock an artifact; one may hold a sample of a round that was broken off."""

    done: int
    ended: str
    clocks: tuple[StageClock, ...]


def _take_turns(
    lanes: Sequence[_Lane], frames: FrameSet, *, rounds: int, until_ns: float, clock: Callable[[], int]
) -> _Rounds:
    """At least one round; then more until `rounds` are done or the clock passes `until_ns`."""
    clocks = tuple(StageClock(STAGES, clock) for _ in lanes)
    done, ended = 0, "rounds"
    try:
        while done < rounds:
            frame = frames.frames[done % len(frames.frames)]
            for turn in range(len(lanes)):
                lane = (done + turn) % len(lanes)
                lanes[lane].process(frame, clocks[lane])
            done += 1
            if clock() >= until_ns and done < rounds:
                ended = "seconds"
                break
    except KeyboardInterrupt:
        if done == 0:
            raise
        ended = "interrupted"
    return _Rounds(done, ended, clocks)


def _ratios(lanes: Sequence[_Lane], run: _Rounds) -> tuple[Ratio, ...]:
    first, *others = run.clocks
    return tuple(
        paired_ratio(lane.path, stage, clock.samples_ns(stage)[: run.done], first.samples_ns(stage)[: run.done])
        for lane, clock in zip(lanes[1:], others, strict=True)
        for stage in COMPARED
    )

"""Latency of artifacts on this machine, stage by stage, several of them interleaved in one run.

preprocess   frame -> tensor
infer        tensor -> scores
postprocess  scores -> mask at frame size
overlay      mask over frame, with legend and line
end_to_end   frame in hand -> drawn: all four
"""

import contextlib
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from unetkit.benchmarks.accuracy import Accuracy, score
from unetkit.benchmarks.artifacts import artifacts_in
from unetkit.benchmarks.coldstart import cold_start
from unetkit.benchmarks.conditions import Watch
from unetkit.benchmarks.energy import EnergyCounter, energy_counter
from unetkit.benchmarks.frames import FrameSet
from unetkit.benchmarks.lanes import STAGES, ArtifactLane, YardstickLane
from unetkit.benchmarks.limits import with_limits
from unetkit.benchmarks.openings import ALL_ENGINES, Opening, openings_of
from unetkit.benchmarks.ratio import Ratio, paired_ratio
from unetkit.benchmarks.report import ArtifactTimes, BenchReport, Usage, Warmup
from unetkit.benchmarks.steadiness import WINDOW, is_steady
from unetkit.benchmarks.turns import LaneTimes, Rounds, take_turns
from unetkit.benchmarks.yardstick import Yardstick
from unetkit.contract.artifact import sha256_of, size_bytes_of
from unetkit.data.dataset import Dataset
from unetkit.errors import UsageError
from unetkit.processors import usable_cores
from unetkit.runtime.backends.backend import Device, Engine
from unetkit.runtime.host import HostInfo
from unetkit.runtime.segmenter import Segmenter

__all__ = ["COMPARED", "STAGES", "BenchReport", "bench", "measure"]

COMPARED = ("end_to_end", "infer")
_WARMUP_SHARE = 0.25  # of the time; a slow device must not spend it all on frames that do not count
Tell = Callable[[str], None]
YardstickMaker = Callable[[float, int], Yardstick]


def bench(
    paths: Sequence[Path],
    *,
    frames: FrameSet,
    rounds: int | None = 1000,
    seconds: float = 10.0,
    engine: Engine | Literal["all"] = "auto",
    device: Device = "auto",
    threads: Sequence[int | None] = (None,),
    batches: Sequence[int] = (1,),
    cold: bool = False,
    limits: bool = False,
    dataset: Dataset | None = None,
    split: str = "test",
    tell: Tell = lambda _: None,
) -> BenchReport:
    """Measure artifacts; all of them are open before the first is timed.

    Args:
        paths: model files, or folders of exported models; ratios are to the first.
        frames: what they segment, over and over.
        rounds: timed turns an artifact, at most; None: as many as the time allows.
        seconds: time an artifact, warm-up included; at least one timed round is done whatever it takes.
        engine: as for `open_backend`; `all`: every engine here that opens the artifact.
        device: as for `open_backend`.
        threads: as for `open_backend`; each artifact is measured with each of them.
        batches: frames that come together; each artifact is measured with each of them.
        cold: also start a fresh process for each, for its start-up times and memory.
        limits: also measure the machine's peak, how much of it each reaches, and its operators.
        dataset: pictures with masks to score each artifact on in each engine, before anything is timed.
        split: of it.
        tell: told in words what comes next, and which engine could not open what.

    Raises:
        UsageError: nothing to measure, `rounds` or a batch below 1, or `seconds` not above 0.
        ArtifactError, DeviceError, MissingDependencyError: an artifact does not open.
        KeyboardInterrupt: Ctrl-C before a timed round was done; later it ends the run with its report.
    """
    with contextlib.ExitStack() as opened:
        files = artifacts_in(paths, "auto" if engine == ALL_ENGINES else engine)
        openings = openings_of(files, engine=engine, device=device, threads=threads, tell=tell)
        segmenters = [opened.enter_context(opening.open()) for opening in openings]
        scores = [] if dataset is None else _scores(segmenters, dataset, split, tell)
        report = measure(segmenters, frames=frames, rounds=rounds, seconds=seconds, batches=batches, tell=tell)
    if scores:
        each = [accuracy for accuracy in scores for _ in batches]
        artifacts = (replace(own, accuracy=accuracy) for own, accuracy in zip(report.artifacts, each, strict=True))
        report = replace(report, artifacts=tuple(artifacts))
    if cold and not report.interrupted:
        report = _with_cold_starts(report, openings, len(batches), tell)
    return with_limits(report, tell) if limits and not report.interrupted else report


def _scores(segmenters: Sequence[Segmenter], dataset: Dataset, split: str, tell: Tell) -> list[Accuracy]:
    """Each file in each engine once: the number of threads changes no mask."""
    found: dict[tuple[Path, str], Accuracy] = {}
    for segmenter in segmenters:
        key = segmenter.path, segmenter.backend.engine
        if key not in found:
            tell(f"scoring {segmenter.path.name} in {key[1]} on the {split} split of {dataset.reference}")
            found[key] = score(segmenter, dataset, split)
    return [found[segmenter.path, segmenter.backend.engine] for segmenter in segmenters]


def measure(
    segmenters: Sequence[Segmenter],
    *,
    frames: FrameSet,
    rounds: int | None,
    seconds: float,
    batches: Sequence[int] = (1,),
    clock: Callable[[], int] = time.perf_counter_ns,
    yardstick: YardstickMaker | None = Yardstick.lasting,
    watch: Callable[[], Watch] = Watch,
    tell: Tell = lambda _: None,
) -> BenchReport:
    """`bench` for segmenters that are open.

    Args:
        segmenters: what takes turns.
        frames: see `bench`.
        rounds: see `bench`.
        seconds: see `bench`.
        batches: see `bench`.
        clock: nanoseconds.
        yardstick: makes one of about so many nanoseconds for so many threads; None: the report has none.
        watch: looks on at the machine while it is timed.
        tell: see `bench`.
    """
    if (rounds is not None and rounds < 1) or not seconds > 0:
        raise UsageError(f"rounds {rounds}, seconds {seconds}: expected at least 1, and above 0")
    if min(batches, default=0) < 1:
        raise UsageError(f"a batch has 1 frame or more, received {list(batches)}")
    lanes = [ArtifactLane(segmenter, batch) for segmenter in segmenters for batch in batches]
    total_s = seconds * len(lanes)
    tell(f"warming up, {total_s * _WARMUP_SHARE:.3g} s at most")
    warm = take_turns(lanes, frames, rounds=None, seconds=total_s * _WARMUP_SHARE, clock=clock, enough=_steady)
    if warm.ended == "interrupted":
        raise KeyboardInterrupt
    with contextlib.ExitStack() as opened:
        yardsticks = [opened.enter_context(contextlib.closing(each)) for each in _yardsticks(lanes, warm, yardstick)]
        energy = energy_counter(lanes[0].segmenter.backend.device)
        watching = watch()
        tell(f"timing {len(lanes)} of them in turns, {total_s * (1 - _WARMUP_SHARE):.3g} s at most")
        run = take_turns(
            [*lanes, *map(YardstickLane, yardsticks)],
            frames,
            rounds=rounds,
            seconds=total_s * (1 - _WARMUP_SHARE),
            clock=clock,
            energy=energy,
            look=watching.look,
        )
        conditions = watching.conditions(run.done)
    return BenchReport(
        host=HostInfo.here(),
        frames=frames.origin,
        frame_count=len(frames.frames),
        frame_sizes_hw=frames.sizes_hw,
        rounds=run.done,
        ended=run.ended,
        artifacts=tuple(
            _times(lane, times, Warmup(rounds=warm.done, steady=_is_steady(before)), energy)
            for lane, times, before in zip(lanes, run.times, warm.times, strict=False)
        ),
        ratios=_ratios(lanes, run),
        discarded=run.discarded,
        long=run.long,
        yardsticks=tuple(
            each.times(times.clock.samples_ns("yardstick"))
            for each, times in zip(yardsticks, run.times[len(lanes) :], strict=True)
        ),
        conditions=conditions,
        stretches=watching.stretches(),
        taken=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _steady(times: Sequence[LaneTimes]) -> bool:
    return all(map(_is_steady, times))


def _is_steady(times: LaneTimes) -> bool:
    return is_steady(times.clock.samples_ns("end_to_end"))


def _yardsticks(lanes: Sequence[ArtifactLane], warm: Rounds, make: YardstickMaker | None) -> Iterable[Yardstick]:
    """One for each number of threads, about as long as the inferences on so many."""
    if make is None:
        return ()
    cores = usable_cores()
    lasting: dict[int, list[float]] = {}
    for lane, times in zip(lanes, warm.times, strict=True):
        recent = times.clock.samples_ns("infer")[-WINDOW:]
        lasting.setdefault(min(lane.segmenter.backend.threads or cores, cores), []).append(statistics.median(recent))
    return [make(statistics.median(times), threads) for threads, times in lasting.items()]


def _times(lane: ArtifactLane, times: LaneTimes, warmup: Warmup, energy: EnergyCounter | None) -> ArtifactTimes:
    segmenter, backend, clock = lane.segmenter, lane.segmenter.backend, times.clock
    wall_ns = sum(clock.samples_ns("end_to_end"))
    usage = Usage(
        cpu_ms=statistics.fmean(times.cpu_ns) / 1e6,
        cores=sum(times.cpu_ns) / wall_ns if wall_ns else 0.0,
        energy_mj=statistics.fmean(times.energy_uj) / 1e3 if times.energy_uj else None,
        energy_counter=energy.name if energy else None,
    )
    return ArtifactTimes(
        path=str(segmenter.path),
        sha256=sha256_of(segmenter.path),
        size_bytes=size_bytes_of(segmenter.path),
        engine=backend.engine,
        device=backend.device,
        precision=backend.precision,
        threads=backend.threads,
        input_hw=segmenter.spec.input.hw,
        channels=segmenter.spec.channels,
        provenance=segmenter.spec.provenance,
        stages=clock.stats(),
        batch=lane.batch,
        samples_ns={stage: clock.samples_ns(stage) for stage in STAGES},
        warmup=warmup,
        usage=usage,
    )


def _ratios(lanes: Sequence[ArtifactLane], run: Rounds) -> tuple[Ratio, ...]:
    """Of a frame's time: a turn of a batch is shared out."""

    def frame_ns(index: int, stage: str) -> list[float]:
        return [ns / lanes[index].batch for ns in run.times[index].clock.samples_ns(stage)]

    return tuple(
        paired_ratio(str(lanes[index].segmenter.path), stage, frame_ns(index, stage), frame_ns(0, stage))
        for index in range(1, len(lanes))
        for stage in COMPARED
    )


def _with_cold_starts(report: BenchReport, openings: Sequence[Opening], lanes_each: int, tell: Tell) -> BenchReport:
    tell("starting a fresh process" + (f" for each of {len(openings)}" if len(openings) > 1 else ""))
    starts = [
        cold_start(opening.path, engine=opening.engine, device=opening.device, threads=opening.threads)
        for opening in openings
        for _ in range(lanes_each)
    ]
    artifacts = (replace(times, cold=cold) for times, cold in zip(report.artifacts, starts, strict=True))
    return replace(report, artifacts=tuple(artifacts))

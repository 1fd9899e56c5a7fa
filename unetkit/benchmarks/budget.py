"""The budget of a frame: what each stage costs on one core, and beside it what the memory and plain OpenCV cost.

`python -m unetkit.benchmarks.budget --frames clip.mp4`
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer

from unetkit.benchmarks.allocations import bytes_taken
from unetkit.benchmarks.budgetlanes import CopyLane, OurLane, PlainLane, TutorialLane
from unetkit.benchmarks.conditions import Watch
from unetkit.benchmarks.frames import FrameSet, bench_frames
from unetkit.benchmarks.jsonform import plain
from unetkit.benchmarks.onecore import one_core
from unetkit.benchmarks.ratio import Ratio, paired_ratio
from unetkit.benchmarks.showing import show, tell
from unetkit.benchmarks.table import host_line
from unetkit.benchmarks.turns import take_turns
from unetkit.contract.arrays import Scores
from unetkit.contract.edges import Edges
from unetkit.runtime.host import HostInfo
from unetkit.runtime.latency import StageStats
from unetkit.runtime.segmenter import Segmenter
from unetkit.script import one_line_errors

SIZES_WH = ((640, 480), (1280, 720), (1920, 1080))
ROUNDS = 100
_FRAMES = 8
_WARMUP = 5
_FINE_S = 1e-6
_HEAD = "| stage | p50 | p95 | a copy of its bytes | plain OpenCV | tutorial | bytes taken a frame |"


@dataclass(frozen=True, kw_only=True)
class SizeBudget:
    """One frame size.

    Attributes:
        size_wh: of the frames.
        shown_share: of their pixels that are not of class 0, in the last frame.
        ours: p50, p95 and more of each stage; `around` is all but the network.
        copy: the same of copying the bytes that a stage must move.
        plain: of the nearest single OpenCV call.
        tutorial: of the tutorials' way.
        ratio: the tutorials' time around the network over ours, frame by frame.
        taken: bytes that a stage takes anew for a frame.
        frame_bytes: of a frame.
    """

    size_wh: tuple[int, int]
    shown_share: float
    ours: tuple[StageStats, ...]
    copy: tuple[StageStats, ...]
    plain: tuple[StageStats, ...]
    tutorial: tuple[StageStats, ...]
    ratio: Ratio
    taken: Mapping[str, int]
    frame_bytes: int

    def lines(self) -> list[str]:
        """A table in Markdown, milliseconds."""
        others = [{stage.name: stage for stage in way} for way in (self.copy, self.plain, self.tutorial)]
        rows = []
        for stage in self.ours:
            limits = [f"{way[stage.name].p50_ms:.2f}" if stage.name in way else "" for way in others]
            taken = f"{self.taken[stage.name]:,}" if stage.name in self.taken else ""
            rows.append(f"| {stage.name} | {stage.p50_ms:.2f} | {stage.p95_ms:.2f} | {' | '.join(limits)} | {taken} |")
        size = f"{self.size_wh[0]}x{self.size_wh[1]}"
        return [
            f"{size}, {self.frame_bytes:,} bytes a frame, {self.shown_share:.0%} of the pixels in colour:",
            "",
            _HEAD,
            "| --- " * _HEAD.count(" | ") + "| --- |",
            *rows,
            "",
            f"{size}: the tutorials' way takes {self.ratio.median:.1f} times as long around the network "
            f"({self.ratio.low:.1f} to {self.ratio.high:.1f})",
            "",
        ]


@dataclass(frozen=True, kw_only=True)
class BudgetReport:
    """The budget of a model on this machine.

    Attributes:
        core: that all was bound to; None where the system cannot bind.
        frames: where they came from.
        worst: scores were noise: every pixel open, all classes everywhere.
        guided: masks followed the frame's edges.
        notes: what the machine did besides.
    """

    host: HostInfo
    core: int | None
    model: str
    engine: str
    precision: str
    frames: str
    rounds: int
    worst: bool
    guided: bool
    sizes: tuple[SizeBudget, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        table: dict[str, Any] = plain({**asdict(self), "host": self.host.to_dict()})
        return table

    def lines(self) -> list[str]:
        bound = "not bound to a core" if self.core is None else f"all on core {self.core}"
        what = "noise in place of its scores" if self.worst else self.frames
        lines = [
            host_line(self.host),
            f"{self.model} in {self.engine}, {self.precision}, {what}, {bound}; processor time, ms",
            "",
        ]
        for size in self.sizes:
            lines += size.lines()
        return [*lines, *(f"note: {note}" for note in self.notes)]


def budget(
    model: str,
    frames: FrameSet,
    *,
    rounds: int = ROUNDS,
    worst: bool = False,
    edges: Edges = "plain",
    sizes_wh: tuple[tuple[int, int], ...] = SIZES_WH,
    tell: Callable[[str], None] = lambda _: None,
) -> BudgetReport:
    """Measure processor time on one core; the ways take turns, frame by frame.

    Args:
        model: see `Segmenter.open`.
        frames: are resized to each size.
        rounds: frames a size.
        worst: cut labels from noise instead of the network's scores, so that nothing can be left out.
        edges: as for `Segmenter.open`.
        sizes_wh: of the frames.
        tell: told in words what comes next.

    Raises:
        UnetkitError: the model does not open.
    """
    with one_core() as core, Segmenter.open(model, threads=1, edges=edges) as segmenter:
        backend = segmenter.backend
        watch = Watch()
        sizes = []
        for size_wh in sizes_wh:
            tell(f"{size_wh[0]}x{size_wh[1]}")
            sizes.append(_size_budget(segmenter, frames, size_wh, rounds, _noise(segmenter) if worst else None, watch))
    return BudgetReport(
        host=HostInfo.here(),
        core=core,
        model=model,
        engine=backend.engine,
        precision=backend.precision,
        frames=frames.origin,
        rounds=rounds,
        worst=worst,
        guided=segmenter.guided,
        sizes=tuple(sizes),
        notes=watch.conditions().notes,
    )


def _size_budget(
    segmenter: Segmenter,
    frames: FrameSet,
    size_wh: tuple[int, int],
    rounds: int,
    scores: Scores | None,
    watch: Watch,
) -> SizeBudget:
    resized = tuple(np.asarray(cv2.resize(frame, size_wh), np.uint8) for frame in frames.frames)
    given = FrameSet(origin=frames.origin, frames=resized)
    own = OurLane(segmenter, scores)
    lanes = (
        own,
        CopyLane(segmenter, resized[0], scores),
        PlainLane(segmenter, resized[0], scores),
        TutorialLane(segmenter, scores),
    )
    take_turns(lanes, given, rounds=_WARMUP, seconds=60)
    found = take_turns(lanes, given, rounds=rounds, seconds=300, clock=_clock(), look=watch.look)
    ours, copy, one_call, tutorial = (times.clock for times in found.times)
    return SizeBudget(
        size_wh=size_wh,
        shown_share=own.shown_share,
        ours=ours.stats(),
        copy=copy.stats(),
        plain=one_call.stats(),
        tutorial=tutorial.stats(),
        ratio=paired_ratio("tutorial", "around", tutorial.samples_ns("around"), ours.samples_ns("around")),
        taken=bytes_taken(segmenter, resized[0]),
        frame_bytes=resized[0].nbytes,
    )


def _clock() -> Callable[[], int]:
    """Processor time of this thread: what other programs do between is no cost of a stage."""
    fine = time.get_clock_info("thread_time").resolution < _FINE_S
    return time.thread_time_ns if fine else time.perf_counter_ns


def _noise(segmenter: Segmenter) -> Scores:
    """Scores without two equal neighbours to speak of."""
    spec = segmenter.spec
    shape = (*spec.input.hw, spec.channels)
    return np.random.default_rng(0).normal(scale=4, size=shape).astype(np.float32)


def main(
    model: Annotated[str, typer.Option(help="Model file, or a built-in by name.")] = "person",
    frames: Annotated[str | None, typer.Option(help="Clip or pictures; a generated scene by default.")] = None,
    rounds: Annotated[int, typer.Option(min=10, help="Frames a size.")] = ROUNDS,
    worst: Annotated[bool, typer.Option("--worst", help="Noise in place of the network's scores.")] = False,
    guided: Annotated[bool, typer.Option("--guided", help="Masks along the frame's edges.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write everything to this file.")] = None,
) -> None:
    """What a frame costs on one core, stage by stage, and where the limits lie."""
    with one_line_errors():
        given = bench_frames(frames)
        given = FrameSet(origin=given.origin, frames=given.frames[:_FRAMES])
        edges: Edges = "guided" if guided else "plain"
        report = budget(model, given, rounds=rounds, worst=worst, edges=edges, tell=tell)
        show(report, json_file)


if __name__ == "__main__":
    typer.run(main)

"""What each view costs: the processor time of drawing a picture, the views taking turns.

`python -m unetkit.benchmarks.views --frames clip.mp4`
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import cv2
import numpy as np
import typer

from unetkit.benchmarks.conditions import Watch
from unetkit.benchmarks.frames import FrameSet, bench_frames
from unetkit.benchmarks.onecore import one_core
from unetkit.benchmarks.table import host_line
from unetkit.benchmarks.turns import take_turns
from unetkit.contract.arrays import BgrFrame
from unetkit.contract.edges import Edges
from unetkit.contract.postprocess import Mask
from unetkit.runtime.host import HostInfo
from unetkit.runtime.latency import StageClock, StageStats
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.views.look import Look
from unetkit.runtime.views.painter import Painter
from unetkit.runtime.views.registry import VIEWS
from unetkit.script import one_line_errors

SIZES_WH = ((640, 480), (1280, 720), (1920, 1080))
ROUNDS = 100
_FRAMES = 8
_WARMUP = 5
_FINE_S = 1e-6
_OUTLINED = "overlay, outline"


class ViewLane:
    """Draws frames whose masks are known.

    Args:
        segmenter: opened; closed by whoever opened it.
        look: the view.
        frames: all that will come.
    """

    stages = ("draw",)

    def __init__(self, segmenter: Segmenter, look: Look, frames: FrameSet) -> None:
        self._painter, self._look = Painter(segmenter.spec), look
        self._masks: list[tuple[BgrFrame, Mask]] = [
            (frame, segmenter.predict(frame, keep_scores=True)) for frame in frames.frames
        ]

    def process(self, frame: BgrFrame, clock: StageClock) -> None:
        mask = next(mask for given, mask in self._masks if given is frame)
        with clock.stage("draw"):
            self._painter.draw(frame, mask, self._look)


@dataclass(frozen=True, kw_only=True)
class ViewCosts:
    """What was measured.

    Attributes:
        host: the machine.
        core: that all was done on; None where it could not be bound to one.
        frames: where they are from.
        sizes_wh: of the frames.
        costs: of each view, a size each.
        notes: on the machine's conditions meanwhile.
    """

    host: HostInfo
    core: int | None
    frames: str
    sizes_wh: tuple[tuple[int, int], ...]
    costs: dict[str, tuple[StageStats, ...]]
    notes: tuple[str, ...]

    def lines(self) -> list[str]:
        bound = "not bound to a core" if self.core is None else f"all on core {self.core}"
        head = " | ".join(f"{width}x{height}" for width, height in self.sizes_wh)
        return [
            host_line(self.host),
            f"{self.frames}, {bound}; processor time of drawing a frame, p50 (p95), ms",
            "",
            f"| view | {head} |",
            "| --- |" + " ---: |" * len(self.sizes_wh),
            *(
                f"| {name} | " + " | ".join(f"{cost.p50_ms:.2f} ({cost.p95_ms:.2f})" for cost in costs) + " |"
                for name, costs in self.costs.items()
            ),
            "",
            *(f"note: {note}" for note in self.notes),
        ]


def view_costs(
    model: str,
    frames: FrameSet,
    *,
    edges: Edges = "plain",
    rounds: int = ROUNDS,
    sizes_wh: tuple[tuple[int, int], ...] = SIZES_WH,
) -> ViewCosts:
    """Measure every view on one core.

    Args:
        model: see `Segmenter.open`.
        frames: are resized to each size.
        edges: of the masks: "guided" ones make their alpha planes in another way.
        rounds: frames a size.
        sizes_wh: of the frames.

    Raises:
        UnetkitError: the model does not open.
    """
    looks = {name: Look(view=name) for name in VIEWS} | {_OUTLINED: Look(outline_px=3)}
    costs: dict[str, list[StageStats]] = {name: [] for name in looks}
    with one_core() as core, Segmenter.open(model, threads=1, edges=edges) as segmenter:
        watch = Watch()
        for size_wh in sizes_wh:
            resized = tuple(np.asarray(cv2.resize(frame, size_wh), np.uint8) for frame in frames.frames)
            given = FrameSet(origin=frames.origin, frames=resized)
            lanes = [ViewLane(segmenter, look, given) for look in looks.values()]
            take_turns(lanes, given, rounds=_WARMUP, seconds=60)
            found = take_turns(lanes, given, rounds=rounds, seconds=300, clock=_clock(), look=watch.look)
            for name, times in zip(looks, found.times, strict=True):
                costs[name] += times.clock.stats()
    return ViewCosts(
        host=HostInfo.here(),
        core=core,
        frames=frames.origin,
        sizes_wh=sizes_wh,
        costs={name: tuple(stats) for name, stats in costs.items()},
        notes=watch.conditions().notes,
    )


def _clock() -> Callable[[], int]:
    """Processor time of this thread: what other programs do between is no cost of a view."""
    fine = time.get_clock_info("thread_time").resolution < _FINE_S
    return time.thread_time_ns if fine else time.perf_counter_ns


def main(
    model: Annotated[str, typer.Option(help="Model file, or a built-in by name.")] = "person",
    frames: Annotated[str | None, typer.Option(help="Clip or pictures; a generated scene by default.")] = None,
    rounds: Annotated[int, typer.Option(min=10, help="Frames a size.")] = ROUNDS,
    guided: Annotated[bool, typer.Option("--guided", help="Masks along the frame's own edges.")] = False,
) -> None:
    """What each view costs on one core."""
    with one_line_errors():
        given = bench_frames(frames)
        given = FrameSet(origin=given.origin, frames=given.frames[:_FRAMES])
        found = view_costs(model, given, edges="guided" if guided else "plain", rounds=rounds)
    typer.echo("\n".join(found.lines()))


if __name__ == "__main__":
    typer.run(main)

"""Whether `--engine auto` is as fast as the best engine and number of threads that could have been fixed.

`python -m unetkit.studies.engine_choice MODEL...`

Each model is timed anew, as a first run does it: for a camera, and for a file. Then everything that was timed is opened
again, in this process, and takes turns for much longer than the choice had: for a camera one inference each, beside the
decoding of the next frame; for a file whole runs of a clip, decoded, segmented and drawn. What auto took is compared
with each of them in the same round.
"""

import contextlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

from unetkit.benchmarks.ratio import Ratio, paired_ratio
from unetkit.data.scene import scene
from unetkit.processors import usable_cores
from unetkit.runtime.enginechoice.cache import TimingCache
from unetkit.runtime.enginechoice.candidate import Candidate
from unetkit.runtime.enginechoice.choice import choose_engine
from unetkit.runtime.enginechoice.lane import LIVE_HW, BackendLane, Companion, Flow
from unetkit.runtime.model_choice import model_paths
from unetkit.runtime.running.file_run import run_file
from unetkit.runtime.segmenter import Segmenter
from unetkit.script import one_line_errors

_CLIP_FRAMES = 40
_LEAST_ROUNDS = 5
_FLOWS: dict[Flow, str] = {"live": "inference and decoding", "file": "a frame of a run"}


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Auto's choice against the others, by one measure.

    Attributes:
        measure: what was timed.
        rounds: in which each had a turn.
        median_ms: of each, in the order that the choice ranked them; auto's is the first.
        over: of each, auto's time as a share of its own in the same round, with its 95 % interval.
    """

    measure: str
    rounds: int
    median_ms: tuple[float, ...]
    over: tuple[Ratio, ...]

    @property
    def best(self) -> int:
        return int(np.argmin(self.median_ms))


def study(model: str, *, seconds: float, clip: Path | None = None) -> Iterator[str]:
    """Lines about one model: the choice for a camera's run, and for a file's."""
    with tempfile.TemporaryDirectory() as folder:
        if clip is None:
            clip = Path(folder, "clip.avi")
            _write_clip(clip)
        for flow in _FLOWS:
            yield from _study_of(model, flow, clip, seconds)


def _study_of(model: str, flow: Flow, clip: Path, seconds: float) -> Iterator[str]:
    paths = model_paths(model)
    started_s = time.perf_counter()
    choice = choose_engine(paths, flow=flow, cache=TimingCache(None))
    took_s = time.perf_counter() - started_s
    yield f"{model}: {choice.line or 'nothing to choose from'} (took {took_s:.1f} s)"
    candidates = [row.candidate for row in choice.timed]
    if len(candidates) < 2:
        return
    with contextlib.ExitStack() as opened:
        segmenters = [opened.enter_context(_opened(each)) for each in candidates]
        cv2.setNumThreads(usable_cores())
        if flow == "live":
            companion = Companion()
            tensor, _ = segmenters[0].preprocess(scene(0, LIVE_HW)[0])
            lanes = [partial(_turn_ns, BackendLane(each.backend, tensor, companion)) for each in segmenters]
        else:
            lanes = [partial(_frame_ns, each, clip) for each in segmenters]
        compared = compare(_FLOWS[flow], lanes, seconds)
    best, over = candidates[compared.best].name, compared.over[compared.best]
    interval = f"95 % interval {over.low:.2f} to {over.high:.2f}"
    yield f"  {compared.measure}: auto {over.median:.3f} of the best, {best}; {interval}, {compared.rounds} rounds"
    for candidate, median_ms, ratio in zip(candidates, compared.median_ms, compared.over, strict=True):
        name = f"{candidate.path.name} {candidate.name}"
        yield f"    {name:<44} {median_ms:8.2f} ms   auto takes {ratio.median:.3f} of it"


def compare(
    measure: str,
    lanes: Sequence[Callable[[], int]],
    seconds: float,
    *,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> Compared:
    """Let all take turns; each gives the nanoseconds of its turn, and the first is auto's."""
    samples: list[list[int]] = [[] for _ in lanes]
    until_ns = clock() + int(seconds * 1e9)
    rounds = 0
    while rounds < _LEAST_ROUNDS or clock() < until_ns:
        for turn in range(len(lanes)):
            lane = (rounds + turn) % len(lanes)
            samples[lane].append(lanes[lane]())
        rounds += 1
    own = samples[0]
    return Compared(
        measure=measure,
        rounds=rounds,
        median_ms=tuple(statistics.median(each) / 1e6 for each in samples),
        over=tuple(paired_ratio("auto", measure, own, each) for each in samples),
    )


def _opened(candidate: Candidate) -> Segmenter:
    return Segmenter.open(
        candidate.path, engine=candidate.engine, device=candidate.device, threads=candidate.threads, edges="auto"
    )


def _write_clip(path: Path) -> None:
    height, width = LIVE_HW
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30.0, (width, height))
    for index in range(_CLIP_FRAMES):
        writer.write(scene(0, LIVE_HW, t=index / 30)[0])
    writer.release()


def _turn_ns(lane: BackendLane) -> int:
    return sum(lane.turn())


def _frame_ns(segmenter: Segmenter, clip: Path) -> int:
    """Of a run over the clip, a frame's share; opening and warming up are no part of it."""
    return int(1e9 / run_file(segmenter, str(clip), out=None, max_frames=_CLIP_FRAMES).fps)


def main(
    models: Annotated[list[str], typer.Argument(help="Model files, export folders, built-in names.")],
    seconds: Annotated[float, typer.Option(help="Of each of the two comparisons, a model.")] = 60.0,
    clip: Annotated[Path | None, typer.Option(help="Runs are over this video; by default a generated one.")] = None,
) -> None:
    """Compare auto with every fixed choice."""
    with one_line_errors():
        for model in models:
            for line in study(model, seconds=seconds, clip=clip):
                typer.echo(line)


if __name__ == "__main__":
    typer.run(main)

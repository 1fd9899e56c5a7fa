"""What the browser preview costs a run: the same frames without it, with nobody looking, with one browser and more.

`python -m unetkit.benchmarks.preview` takes about a minute. The frames come as fast as they are worked off. Cases take
turns, and each is compared with the case without a preview of its own round. The browsers are a process of their own on
the same processors, as on a device that shows its own preview; one that looks from another machine costs less.
"""

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from unetkit.benchmarks.ratio import Ratio, paired_ratio
from unetkit.contract.arrays import BgrFrame
from unetkit.data.scene import scene
from unetkit.errors import UsageError
from unetkit.runtime.running.controls import Controls
from unetkit.runtime.running.pipeline import run_pipeline
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sinks.null import NullSink
from unetkit.runtime.sinks.several import SeveralSinks
from unetkit.runtime.sinks.sink import FrameSink
from unetkit.runtime.sources.frame import Frame, Recorded
from unetkit.runtime.views.painter import Painter
from unetkit.script import one_line_errors
from unetkit.serving.address import Address, bound
from unetkit.serving.preview.preview import Preview

_PICTURES = 30  # different ones
_SHOWN_WIDTH = 960  # of a browser's canvas
_END_S = 30.0


class Again(Recorded):
    """The same frames again and again, out of memory."""

    name = "frames in memory"
    fps: float | None = None

    def __init__(self, frames: Sequence[BgrFrame]) -> None:
        self._frames = frames
        self._index = 0
        self.hw = frames[0].shape[0], frames[0].shape[1]

    def read(self) -> Frame:
        index = self._index
        self._index += 1
        return Frame(bgr=self._frames[index % len(self._frames)], index=index, name=str(index))

    def close(self) -> None:
        return


@dataclass(frozen=True, kw_only=True)
class Case:
    """A way to run: without a preview (`browsers` is None), or with one and so many browsers."""

    browsers: int | None

    def __str__(self) -> str:
        match self.browsers:
            case None:
                return "no preview"
            case 0:
                return "preview, nobody looks"
            case 1:
                return "one browser"
            case many:
                return f"{many} browsers"


def race(model: str, *, wh: tuple[int, int], frames: int, rounds: int, browsers: Sequence[int]) -> list[Ratio]:
    """Time of a frame in each case, as a share of that without a preview.

    Args:
        model: see `Segmenter.open`.
        wh: width and height of the frames.
        frames: of each case and round.
        rounds: of all cases.
        browsers: how many look on, in each case.
    """
    cases = [Case(browsers=None), *(Case(browsers=count) for count in browsers)]
    pictures = [scene(0, (wh[1], wh[0]), t=index / 10)[0] for index in range(_PICTURES)]
    times_ns: dict[Case, list[int]] = {case: [] for case in cases}
    with Segmenter.open(model) as segmenter:
        for number in range(rounds):
            turn = number % len(cases)
            for case in cases[turn:] + cases[:turn]:
                times_ns[case].append(_frame_ns(segmenter, case, pictures, frames))
    return [paired_ratio(str(case), "frame", times_ns[case], times_ns[cases[0]]) for case in cases[1:]]


def _frame_ns(segmenter: Segmenter, case: Case, pictures: Sequence[BgrFrame], frames: int) -> int:
    controls = Controls(segmenter.spec)
    with contextlib.ExitStack() as opened:
        sinks: list[FrameSink] = [NullSink(wants_drawn=True)]
        if case.browsers is not None:
            sinks.append(opened.enter_context(_watched(segmenter, controls, case.browsers, pictures[0])))
        report = run_pipeline(
            Again(pictures),
            segmenter,
            SeveralSinks(sinks),
            max_frames=frames,
            painter=Painter(segmenter.spec),
            controls=controls,
        )
    return round(1e9 / report.fps)


@contextlib.contextmanager
def _watched(segmenter: Segmenter, controls: Controls, browsers: int, first: BgrFrame) -> Iterator[FrameSink]:
    urls: list[str] = []
    listener = bound(Address(port=0))
    preview = Preview(segmenter.spec, controls, listener=listener, token=None, say=urls.append)
    process: subprocess.Popen[str] | None = None
    try:
        sink = preview.add("frames")
        sink.newest.put(first, 0.0, at_once=True)
        if browsers:
            given = (urls[0].rpartition(":")[2], str(browsers), str(_SHOWN_WIDTH))
            command = [sys.executable, "-m", "unetkit.benchmarks.browserprocess", *given]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            if process.stdout is not None:
                process.stdout.readline()  # it looks
        yield sink
    finally:
        preview.close()
        if process is not None:
            process.communicate(timeout=_END_S)


def lines(ratios: Sequence[Ratio]) -> list[str]:
    """A table in Markdown."""
    rows = ["| | time of a frame against no preview | 95 % interval | rounds |", "| --- | --- | --- | --- |"]
    for ratio in ratios:
        rows.append(f"| {ratio.path} | {ratio.median:.2f} | {ratio.low:.2f} to {ratio.high:.2f} | {ratio.n} |")
    return rows


def main(
    model: Annotated[str, typer.Option(help="Model file, or a built-in by name.")] = "person",
    size: Annotated[str, typer.Option(metavar="WxH", help="Of the frames.")] = "1280x720",
    frames: Annotated[int, typer.Option(min=2, help="Of each case and round.")] = 150,
    rounds: Annotated[int, typer.Option(min=1, help="Of all cases.")] = 12,
    browsers: Annotated[list[int] | None, typer.Option(min=0, help="That look on; may be repeated. 0, 1, 4.")] = None,
) -> None:
    """What the browser preview costs a run on this machine."""
    with one_line_errors():
        width, _, height = size.partition("x")
        if not (width.isdecimal() and height.isdecimal() and min(int(width), int(height)) > 0):
            raise UsageError(f"the size is {size!r}, expected WxH, such as 1280x720")
        wh = int(width), int(height)
        ratios = race(model, wh=wh, frames=frames, rounds=rounds, browsers=browsers or [0, 1, 4])
    typer.echo("\n".join(lines(ratios)))


if __name__ == "__main__":
    typer.run(main)

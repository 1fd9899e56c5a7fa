"""How old a live picture is when it is shown, beside how old unetkit says that it is.

`python -m unetkit.benchmarks.age` puts a camera on this machine that writes the time into each picture.
"""

import contextlib
import re
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer

from unetkit.benchmarks.conditions import Watch
from unetkit.benchmarks.jsonform import plain
from unetkit.benchmarks.loopback import LoopbackCamera
from unetkit.benchmarks.showing import show
from unetkit.benchmarks.stamp import read_stamp, write_stamp
from unetkit.benchmarks.table import host_line
from unetkit.contract.arrays import BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.data.scene import scene
from unetkit.errors import SourceError, UsageError
from unetkit.runtime.host import HostInfo
from unetkit.runtime.latency import StageStats, summarise
from unetkit.runtime.running.pipeline import run_pipeline
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sinks.sink import FrameSink
from unetkit.runtime.sinks.window import WindowSink
from unetkit.runtime.sources.frame import Frame
from unetkit.runtime.sources.stream import open_stream
from unetkit.runtime.views.painter import Painter
from unetkit.script import one_line_errors

_SCENES = 30
_SETTLE_S = 1.0  # after the first frame


class StampedCamera(LoopbackCamera):
    """Writes the time into each picture before it compresses it: the moment of a camera's exposure."""

    def __init__(self, *, hw: tuple[int, int], fps: float) -> None:
        self._scenes = [scene(0, hw, t=index / 10)[0] for index in range(_SCENES)]
        super().__init__(hw=hw, fps=fps)

    def _picture(self, index: int) -> bytes:
        picture = self._scenes[index % _SCENES].copy()
        write_stamp(picture, time.perf_counter_ns())
        return cv2.imencode(".jpg", picture)[1].tobytes()


@dataclass
class AgeObserver:
    """A sink that reads the time in each picture when it has been shown.

    Attributes:
        screen: shows it; None: it is handed to nobody.
        true_ns: from exposure to shown.
        own_ns: what unetkit counts for the same frames: from decoded to shown.
        unreadable: frames without a time.
    """

    screen: FrameSink | None = None
    true_ns: list[int] = field(default_factory=list)
    own_ns: list[int] = field(default_factory=list)
    unreadable: int = 0
    wants_drawn: bool = True
    _first_ns: int | None = None

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:
        goes_on = self.screen is None or self.screen.show(frame, mask, drawn)
        now_ns = time.perf_counter_ns()
        self._first_ns = now_ns if self._first_ns is None else self._first_ns
        if now_ns - self._first_ns >= _SETTLE_S * 1e9:
            self._note(read_stamp(frame.bgr), frame.captured_ns, now_ns)
        return goes_on

    def idle(self, drawn: BgrFrame | None) -> bool:
        return self.screen is None or self.screen.idle(drawn)

    def close(self) -> None:
        if self.screen is not None:
            self.screen.close()

    def _note(self, stamp_ns: int | None, captured_ns: int, now_ns: int) -> None:
        if stamp_ns is None or not 0 <= now_ns - stamp_ns < 60e9:
            self.unreadable += 1
            return
        self.true_ns.append(now_ns - stamp_ns)
        self.own_ns.append(now_ns - captured_ns)


@dataclass(frozen=True, kw_only=True)
class AgeReport:
    """What came of it.

    Attributes:
        true: from the camera's exposure to shown.
        own: unetkit's `age` of the same frames, from decoded to shown.
        before: the difference, frame by frame: compression, transport, decoding, waiting to be fetched.
        dropped: frames that the camera sent and nobody took.
        window: the pictures went to a window, not just up to where one would take them.
    """

    host: HostInfo
    model: str
    engine: str
    precision: str
    size_wh: tuple[int, int]
    camera_fps: float
    fps: float
    true: StageStats
    own: StageStats
    before: StageStats
    dropped: int
    unreadable: int
    window: bool
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        table: dict[str, Any] = plain({**asdict(self), "host": self.host.to_dict()})
        return table

    def lines(self) -> list[str]:
        """A table in Markdown, milliseconds."""
        rows = [
            f"| {name} | {stage.p50_ms:.1f} | {stage.p90_ms:.1f} | {stage.p99_ms:.1f} | {stage.max_ms:.1f} |"
            for name, stage in (
                ("from exposure to shown", self.true),
                ("`age`, from decoded to shown", self.own),
                ("the camera's side: compressing, transport, decoding", self.before),
            )
        ]
        return [
            host_line(self.host),
            f"loopback camera, {self.size_wh[0]}x{self.size_wh[1]}, {self.camera_fps:g} frames/s; {self.model} in "
            f"{self.engine}, {self.precision}; {'in a window' if self.window else 'drawn, without a window'}; "
            f"{self.true.n} frames at {self.fps:.1f} frames/s, {self.dropped} dropped, {self.unreadable} unreadable",
            "",
            "| age, ms | p50 | p90 | p99 | max |",
            "| --- | --- | --- | --- | --- |",
            *rows,
            *(f"note: {note}" for note in self.notes),
        ]


def measure_age(
    model: str, *, seconds: float, size_wh: tuple[int, int] = (640, 480), fps: float = 30.0, window: bool = False
) -> AgeReport:
    """Segment a stamped loopback camera as `unetkit webcam` does.

    Args:
        model: see `Segmenter.open`.
        seconds: of the camera's time, after one to settle.
        size_wh: of its pictures, at least 256x64.
        fps: frames a second that it sends.
        window: show the pictures.

    Raises:
        UsageError: pictures too small for a time.
        SourceError: no frame with a time came through.
        UnetkitError: the model does not open, or a window without a display.
    """
    if size_wh[0] < 256 or size_wh[1] < 64 or not seconds > 0:
        raise UsageError(f"{size_wh[0]}x{size_wh[1]} for {seconds:g} s: expected 256x64 or more, and more than 0 s")
    watch = Watch()
    with contextlib.ExitStack() as opened:
        segmenter = opened.enter_context(Segmenter.open(model))
        observer = AgeObserver(screen=WindowSink() if window else None)
        opened.callback(observer.close)
        camera = opened.enter_context(StampedCamera(hw=size_wh[::-1], fps=fps))
        source = open_stream(camera.url)
        until_s = time.perf_counter() + _SETTLE_S + seconds
        sink = _Timed(observer, until_s)
        report = run_pipeline(source, segmenter, sink, painter=Painter(segmenter.spec))
    if not observer.true_ns:
        raise SourceError(f"no time could be read in {observer.unreadable} frames; give it more seconds")
    before_ns = np.subtract(observer.true_ns, observer.own_ns).tolist()
    return AgeReport(
        host=HostInfo.here(),
        model=model,
        engine=report.engine,
        precision=report.precision,
        size_wh=size_wh,
        camera_fps=fps,
        fps=report.fps,
        true=summarise("true", observer.true_ns),
        own=summarise("own", observer.own_ns),
        before=summarise("before", before_ns),
        dropped=report.dropped,
        unreadable=observer.unreadable,
        window=window,
        notes=watch.conditions().notes,
    )


@dataclass(frozen=True)
class _Timed:
    """The observer, until its time is up."""

    sink: AgeObserver
    until_s: float
    wants_drawn: bool = True

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:
        return self.sink.show(frame, mask, drawn) and time.perf_counter() < self.until_s

    def idle(self, drawn: BgrFrame | None) -> bool:
        return self.sink.idle(drawn) and time.perf_counter() < self.until_s

    def close(self) -> None:
        self.sink.close()


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{2,5})x(\d{2,5})", text)
    if found is None:
        raise UsageError(f"size {text!r}: expected WIDTHxHEIGHT, as 640x480")
    return int(found[1]), int(found[2])


def main(
    model: Annotated[str, typer.Option(help="Model file, or a built-in by name.")] = "person",
    seconds: Annotated[float, typer.Option(min=1, help="How long.")] = 60.0,
    size: Annotated[str, typer.Option(help="Of the camera's pictures.")] = "640x480",
    fps: Annotated[float, typer.Option(min=1, help="Frames a second that the camera sends.")] = 30.0,
    window: Annotated[bool, typer.Option("--window", help="Show them in a window.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write everything to this file.")] = None,
) -> None:
    """The age of a live picture when it is shown: true, by a time in the picture, and as unetkit shows it."""
    with one_line_errors():
        report = measure_age(model, seconds=seconds, size_wh=_size(size), fps=fps, window=window)
        show(report, json_file)


if __name__ == "__main__":
    typer.run(main)

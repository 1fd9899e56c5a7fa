"""A live run over a camera that fails in every way: what is noticed, when it is well again, what is left behind.

`python -m unetkit.benchmarks.faults` takes about three minutes; `--minutes 30` goes on and watches the memory.
"""

import os
import random
import signal
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from unetkit.benchmarks.faultcase import TABLE_HEAD, FaultCase, table_row
from unetkit.benchmarks.loopback import FAULTS, Fault, LoopbackCamera
from unetkit.benchmarks.page.picture import standalone
from unetkit.benchmarks.page.svg import Series, plot
from unetkit.benchmarks.processload import ProcessLoad
from unetkit.benchmarks.showing import show
from unetkit.contract.arrays import BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.contract.publish import publish_text
from unetkit.runtime.running.pipeline import run_pipeline
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sources.feed import Feed
from unetkit.runtime.sources.frame import Frame
from unetkit.runtime.sources.live import LiveSource, Patience
from unetkit.runtime.sources.readerprocess import ProcessFeed
from unetkit.runtime.sources.stream import open_capture
from unetkit.runtime.views.painter import Painter
from unetkit.script import one_line_errors

_READER_FAULTS = {
    "crash": (signal.SIGSEGV, "its reader process crashes, as by a broken decoder"),
    "hang": (signal.SIGSTOP, "its reader process stands still, as in a driver"),
}
_WELL_S = 8.0  # between two faults
_SAMPLE_S = 10.0
_GONE_S = 5.0  # for the camera to notice that the last reader is gone
_MIB_SHOWN = 40.0  # by the curve's axis at least: what is as good as flat must look it
_ENOUGH = 24  # samples, for a trend to mean something
_SETTLED = 0.2  # share of the samples, from the first, that memory may take to settle


@dataclass
class Observer:
    """A sink that shows nothing and looks on."""

    wants_drawn: bool = True
    case: FaultCase | None = None
    stop: bool = False
    notice: Callable[[], str | None] = lambda: None
    last_s: float = field(default_factory=time.perf_counter)

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:  # noqa: ARG002 (the protocol's arguments)
        return self._see(frame.captured_ns / 1e9)

    def idle(self, drawn: BgrFrame | None) -> bool:  # noqa: ARG002 (the protocol's argument)
        return self._see(None)

    def close(self) -> None:
        return

    def _see(self, captured_s: float | None) -> bool:
        now_s = time.perf_counter()
        if self.case is not None:
            self.case.see(now_s, now_s - self.last_s, self.notice(), captured_s)
        self.last_s = now_s
        return not self.stop


@dataclass(frozen=True, kw_only=True)
class FaultReport:
    """What a run over a failing camera left.

    Attributes:
        cases: each fault.
        before: the process before the source was opened, after a run that warmed up everything.
        after: the same after it was closed.
        loads: one look every ten seconds.
        frames: that were shown.
        ended: how the run ended.
    """

    cases: tuple[FaultCase, ...]
    before: ProcessLoad
    after: ProcessLoad
    loads: tuple[ProcessLoad, ...]
    frames: int
    ended: str

    def lines(self) -> list[str]:
        settled = [load.own_mib for load in self.loads[int(_SETTLED * len(self.loads)) :]]
        names = dict.fromkeys(case.name for case in self.cases)
        lines = [TABLE_HEAD, *(table_row([case for case in self.cases if case.name == name]) for name in names), ""]
        lines.append(f"{len(self.cases)} faults, {self.frames:,} frames; {self.ended}")
        unwell = [case.name for case in self.cases if case.recovered_s is None]
        lines.append(f"not well again before the next fault: {', '.join(unwell) or 'none'}")
        lines += [
            f"{what}: {getattr(self.before, what)} before, {getattr(self.after, what)} after"
            for what in ("threads", "descriptors")
        ]
        if len(settled) >= _ENOUGH:
            slope = statistics.linear_regression(range(len(settled)), settled).slope * 3600 / _SAMPLE_S
            lines.append(
                f"memory: {settled[0]:.1f} MiB settled, {settled[-1]:.1f} at the end, at most {max(settled):.1f}; "
                f"trend {slope:+.1f} MiB an hour; readers at most {max(load.children_mib for load in self.loads):.0f}"
            )
        return lines

    def memory_curve(self) -> str:
        """The memory of the run's process over its time, as an .svg file's content."""
        points = [(_SAMPLE_S * place / 60, load.own_mib) for place, load in enumerate(self.loads)]
        series = Series(name="memory of the run, its camera and server included", points=points, tone=0, marked=False)
        return standalone(plot("memory over time", [series], x="minutes", y="MiB", y_least=_MIB_SHOWN))

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


def run_faults(model: str, *, minutes: float | None = None, hold_s: float = 8.0, seed: int = 0) -> FaultReport:
    """Segment a loopback camera that fails.

    Args:
        model: see `Segmenter.open`.
        minutes: go on with faults in random order for so long; None: each fault once.
        hold_s: how long each fault lasts.
        seed: of the order.

    Raises:
        UnetkitError: the model does not open, or the source could not be kept.
    """
    patience = Patience(still_s=min(5.0, hold_s / 2))
    feeds: list[ProcessFeed] = []
    with LoopbackCamera() as camera, Segmenter.open(model) as segmenter:

        def open_feed() -> Feed:
            feeds[:] = [ProcessFeed(open_capture, {"url": camera.url, "name": "loopback"})]
            return feeds[0]

        def observe(observer: Observer, max_frames: int | None) -> tuple[int, str]:
            source = LiveSource("loopback camera", open_feed, patience=patience)
            observer.notice = lambda: source.notice
            report = run_pipeline(source, segmenter, observer, max_frames=max_frames, painter=Painter(segmenter.spec))
            camera.wait_for_nobody(_GONE_S)  # its own thread and socket for the last reader are not the run's
            return report.frames, report.ended

        observe(Observer(), 30)  # what libraries keep for ever is there afterwards
        before = ProcessLoad.now()
        observer = Observer()
        director = _Director(camera, observer, lambda: feeds[0].pid, hold_s=hold_s)
        thread = threading.Thread(target=director.run, args=(minutes, seed))
        thread.start()
        try:
            frames, ended = observe(observer, None)
        finally:
            director.over.set()
            thread.join()
        after = ProcessLoad.now()
    return FaultReport(
        cases=tuple(director.cases),
        before=before,
        after=after,
        loads=tuple(director.loads),
        frames=frames,
        ended=ended,
    )


class _Director:
    """Does one thing after the other to the camera, in a thread of its own."""

    def __init__(
        self, camera: LoopbackCamera, observer: Observer, reader_pid: Callable[[], int], *, hold_s: float
    ) -> None:
        self.cases: list[FaultCase] = []
        self.loads: list[ProcessLoad] = []
        self.over = threading.Event()
        self._camera, self._observer, self._reader_pid, self._hold_s = camera, observer, reader_pid, hold_s

    def run(self, minutes: float | None, seed: int) -> None:
        end_s = time.perf_counter() + 60 * (minutes or 0)
        self._pass(_WELL_S)
        for name in _order(seed):
            due = len(self.cases) < len(FAULTS) + len(_READER_FAULTS)
            if self.over.is_set() or not (due or time.perf_counter() < end_s):
                break
            self._do(name)
        self._observer.stop = True

    def _do(self, name: str) -> None:
        done = _READER_FAULTS[name][1] if name in _READER_FAULTS else FAULTS[_fault(name)]
        case = FaultCase(name=name, done=done, began_s=time.perf_counter())
        self.cases.append(case)
        self._observer.case = case
        if name in _READER_FAULTS:
            os.kill(self._reader_pid(), _READER_FAULTS[name][0])
        else:
            self._camera.fault = _fault(name)
            self._pass(self._hold_s)
            self._camera.fault = "none"
        case.over_s = time.perf_counter()
        self._pass(_WELL_S)

    def _pass(self, seconds: float) -> None:
        """Wait, and look at the process now and then."""
        end_s = time.perf_counter() + seconds
        while not self.over.is_set() and (left_s := end_s - time.perf_counter()) > 0:
            self.over.wait(min(left_s, 1.0))
            if not self.loads or time.perf_counter() - self._looked_s >= _SAMPLE_S:
                self._looked_s = time.perf_counter()
                self.loads.append(ProcessLoad.now())

    _looked_s = 0.0


def _fault(name: str) -> Fault:
    return next(fault for fault in FAULTS if fault == name)


def _order(seed: int) -> Iterator[str]:
    """Every fault once, then all of them in random order, for ever."""
    names = [*FAULTS, *_READER_FAULTS]
    yield from names
    draw = random.Random(seed)
    while True:
        yield from draw.sample(names, len(names))


def main(
    model: Annotated[str, typer.Option(help="Model file, or a built-in by name.")] = "person",
    minutes: Annotated[float | None, typer.Option(min=0, help="Soak: so long; without, each fault once.")] = None,
    hold_s: Annotated[float, typer.Option("--hold", min=1, help="Seconds each fault lasts.")] = 8.0,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write everything to this file.")] = None,
    curve: Annotated[Path | None, typer.Option(help="Draw the memory over time into this .svg file.")] = None,
) -> None:
    """The fault table of a live run, and with --minutes its memory."""
    with one_line_errors():
        report = run_faults(model, minutes=minutes, hold_s=hold_s)
        show(report, json_file)
        if curve is not None:
            publish_text(curve, report.memory_curve())


if __name__ == "__main__":
    typer.run(main)

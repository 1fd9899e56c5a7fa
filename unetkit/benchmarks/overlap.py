"""Which stages are worth a thread of their own: the same clip through the ways to divide the work, in turns.

`python -m unetkit.benchmarks.overlap CLIP --model person`
"""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from unetkit.benchmarks.conditions import Watch
from unetkit.benchmarks.jsonform import plain
from unetkit.benchmarks.ratio import Ratio, paired_ratio
from unetkit.benchmarks.showing import show, tell
from unetkit.benchmarks.table import host_line
from unetkit.contract.arrays import InputTensor, Scores
from unetkit.contract.postprocess import Mask
from unetkit.contract.preprocess import Placement
from unetkit.processors import usable_cores
from unetkit.runtime.ahead import Ahead
from unetkit.runtime.host import HostInfo
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sinks.behind import BehindSink
from unetkit.runtime.sinks.null import NullSink
from unetkit.runtime.sinks.sink import FrameSink
from unetkit.runtime.sinks.video_file import VideoFileSink
from unetkit.runtime.sources.frame import Frame
from unetkit.runtime.sources.video import VideoFile
from unetkit.runtime.views.painter import Painter
from unetkit.script import one_line_errors

T = TypeVar("T")
_Fitted = tuple[Frame, InputTensor, Placement]
_Answer = tuple[Frame, Scores, Placement]
_WARMUP = 3


@dataclass(frozen=True)
class Division:
    """A way to divide the work.

    Attributes:
        name: for people.
        decode_ahead: decoding has a thread.
        infer_ahead: the network has a thread, and preprocessing goes with decoding.
        write_behind: writing the video has a thread.
        all_threads: the network runs on every core, not on one.
    """

    name: str
    decode_ahead: bool = False
    infer_ahead: bool = False
    write_behind: bool = False
    all_threads: bool = True


DIVISIONS = (
    Division("one after the other"),
    Division("one after the other, 1 inference thread", all_threads=False),
    Division("decoder", decode_ahead=True),
    Division("decoder, 1 inference thread", decode_ahead=True, all_threads=False),
    Division("decoder, writer", decode_ahead=True, write_behind=True),
    Division("decoder, writer, 1 inference thread", decode_ahead=True, write_behind=True, all_threads=False),
    Division("decoder, network, writer", decode_ahead=True, infer_ahead=True, write_behind=True),
    Division(
        "decoder, network, writer, 1 inference thread",
        decode_ahead=True,
        infer_ahead=True,
        write_behind=True,
        all_threads=False,
    ),
)


@dataclass(frozen=True, kw_only=True)
class OverlapReport:
    """What came of it.

    Attributes:
        fps: of each division, a round each.
        ratios: of each division's time a frame to that of the first, round by round.
        written: a video was encoded, too.
    """

    host: HostInfo
    clip: str
    frame_hw: tuple[int, int] | None
    model: str
    engine: str
    precision: str
    written: bool
    frames_a_round: int
    fps: tuple[tuple[float, ...], ...]
    ratios: tuple[Ratio, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        names = [division.name for division in DIVISIONS]
        table: dict[str, Any] = plain({**asdict(self), "host": self.host.to_dict(), "divisions": names})
        return table

    def lines(self) -> list[str]:
        """A table in Markdown."""
        size = "" if self.frame_hw is None else f", {self.frame_hw[1]}x{self.frame_hw[0]}"
        end = "a video written" if self.written else "drawn, not written"
        rows = [
            f"| {division.name} | {sorted(fps)[len(fps) // 2]:.1f} | {1 / ratio.median:.2f} | "
            f"{1 / ratio.high:.2f} to {1 / ratio.low:.2f} |"
            for division, fps, ratio in zip(DIVISIONS, self.fps, self.ratios, strict=True)
        ]
        return [
            host_line(self.host),
            f"{self.clip}{size}, {self.model} in {self.engine}, {self.precision}; {end}; "
            f"{len(self.fps[0])} rounds of {self.frames_a_round} frames",
            "",
            "| a thread for | frames/s | times the first | 95 % |",
            "| --- | --- | --- | --- |",
            *rows,
            *(f"note: {note}" for note in self.notes),
        ]


def overlap(
    clip: Path,
    model: str,
    *,
    rounds: int,
    frames: int,
    written: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> OverlapReport:
    """Measure every division in each round, whoever begins changing.

    Args:
        clip: a video; a round does its first frames.
        model: see `Segmenter.open`.
        rounds: at least 1.
        frames: a round.
        written: encode what is drawn into a video, which is thrown away.
        tell: told in words what comes next.

    Raises:
        UnetkitError: the model or the clip does not open.
    """
    times_ns: list[list[int]] = [[] for _ in DIVISIONS]
    watch = Watch()
    with (
        tempfile.TemporaryDirectory() as folder,
        Segmenter.open(model, threads=1) as one_thread,
        Segmenter.open(model, threads=usable_cores()) as all_threads,
    ):
        source = VideoFile(clip)
        hw = source.hw
        source.close()
        for number in range(rounds):
            tell(f"round {number + 1} of {rounds}")
            for turn in range(len(DIVISIONS)):
                index = (turn + number) % len(DIVISIONS)
                segmenter = all_threads if DIVISIONS[index].all_threads else one_thread
                sink: FrameSink = NullSink(wants_drawn=True)
                if written:
                    sink = VideoFileSink(Path(folder, "out.mkv"), fps=25)
                times_ns[index].append(_round(DIVISIONS[index], clip, segmenter, sink, frames))
                watch.look()
        backend = all_threads.backend
    done = _WARMUP + frames
    return OverlapReport(
        host=HostInfo.here(),
        clip=clip.name,
        frame_hw=hw,
        model=model,
        engine=backend.engine,
        precision=backend.precision,
        written=written,
        frames_a_round=frames,
        fps=tuple(tuple(done * 1e9 / ns for ns in own) for own in times_ns),
        ratios=tuple(
            paired_ratio(division.name, "frame", own, times_ns[0])
            for division, own in zip(DIVISIONS, times_ns, strict=True)
        ),
        notes=watch.conditions().notes,
    )


def _round(division: Division, clip: Path, segmenter: Segmenter, sink: FrameSink, frames: int) -> int:
    """Nanoseconds from opening the clip to the end of writing, for `frames` and a few more."""
    painter = Painter(segmenter.spec)
    start_ns = time.perf_counter_ns()
    with contextlib.ExitStack() as opened:
        if division.write_behind:
            sink = BehindSink(sink)
        opened.callback(sink.close)
        for frame, mask in _masks(division, clip, segmenter, opened, _WARMUP + frames):
            sink.show(frame, mask, painter.draw(frame.bgr, mask, lines=("lines",)))
    return time.perf_counter_ns() - start_ns


def _masks(
    division: Division, clip: Path, segmenter: Segmenter, opened: contextlib.ExitStack, count: int
) -> Iterator[tuple[Frame, Mask]]:
    """The clip from its beginning, and again at its end."""
    frames = _Endless(clip)
    opened.callback(frames.close)

    def fit(frame: Frame | None) -> _Fitted | None:
        return None if frame is None else (frame, *segmenter.preprocess(frame.bgr))

    def infer(fitted: _Fitted | None) -> _Answer | None:
        return None if fitted is None else (fitted[0], segmenter.infer(fitted[1]), fitted[2])

    def ahead(produce: Callable[[], T | None], name: str) -> Callable[[], T | None]:
        thread = Ahead(produce, name=name)
        opened.callback(thread.close)
        return thread.take

    if division.infer_ahead:
        decoder = ahead(lambda: fit(frames.read()), "decoder")
        give = ahead(lambda: infer(decoder()), "network")
    else:
        read = ahead(frames.read, "decoder") if division.decode_ahead else frames.read
        give = lambda: infer(fit(read()))  # noqa: E731 (one line, and it is not passed on)
    for _ in range(count):
        if (answer := give()) is not None:
            frame, scores, placement = answer
            yield frame, segmenter.postprocess(scores, placement)


class _Endless:
    def __init__(self, clip: Path) -> None:
        self._clip, self._source = clip, VideoFile(clip)

    def read(self) -> Frame:
        while (frame := self._source.read()) is None:
            self._source.close()
            self._source = VideoFile(self._clip)
        return frame

    def close(self) -> None:
        self._source.close()


def main(
    clip: Annotated[Path, typer.Argument(help="Video.")],
    model: Annotated[str, typer.Option(help="Model file, or a built-in by name.")] = "person",
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; every division is measured in each.")] = 11,
    frames: Annotated[int, typer.Option(min=1, help="Frames a round.")] = 60,
    written: Annotated[bool, typer.Option("--written", help="Encode a video as well.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write everything to this file.")] = None,
) -> None:
    """Frames a second of each way to divide the stages among threads."""
    with one_line_errors():
        report = overlap(clip, model, rounds=rounds, frames=frames, written=written, tell=tell)
        show(report, json_file)


if __name__ == "__main__":
    typer.run(main)

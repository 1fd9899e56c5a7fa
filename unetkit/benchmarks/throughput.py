"""Frames a second on the same clips: unetkit, a bare engine loop, the tutorials' way, MediaPipe's selfie segmenter.

`python -m unetkit.benchmarks.throughput CLIP... --model person [--selfie FILE.tflite] [--checkpoint best.keras]`
"""

import contextlib
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from unetkit.benchmarks.clip import TutorialClip
from unetkit.benchmarks.conditions import Watch
from unetkit.benchmarks.contestants import Contestant, EngineAlone, Ours, PeerLoop, Tutorial, block_ns
from unetkit.benchmarks.frames import FrameSet
from unetkit.benchmarks.jsonform import plain
from unetkit.benchmarks.peers import bare
from unetkit.benchmarks.peers.peer import Peer, PeerRequest
from unetkit.benchmarks.peers.selfie import SelfieSegmenter
from unetkit.benchmarks.peers.tutorial import TutorialPipeline
from unetkit.benchmarks.ratio import Ratio, paired_ratio
from unetkit.benchmarks.showing import show, tell
from unetkit.benchmarks.table import host_line
from unetkit.errors import UsageError
from unetkit.processors import usable_cores
from unetkit.runtime.enginechoice.choice import choose_engine
from unetkit.runtime.host import HostInfo
from unetkit.runtime.model_choice import model_paths
from unetkit.runtime.segmenter import Segmenter
from unetkit.script import one_line_errors

_WARMUP = 3
_DRAWN, _LABELS = "unetkit", "unetkit, nothing drawn"
_BARE = {"tflite": bare.litert, "onnx": bare.onnxruntime, "openvino": bare.openvino}


@dataclass(frozen=True, kw_only=True)
class ClipTimes:
    """One clip.

    Attributes:
        clip: its name.
        frame_hw: size of its frames.
        fps: frames a second of each contestant, median of the rounds.
        ratios: of each one's time a frame to unetkit's in the same round: above 1 unetkit is the faster.
        label_ratios: the same against unetkit up to the labels, as far as the others go, nothing drawn.
    """

    clip: str
    frame_hw: tuple[int, int]
    fps: dict[str, float]
    ratios: tuple[Ratio, ...]
    label_ratios: tuple[Ratio, ...]


@dataclass(frozen=True, kw_only=True)
class ThroughputReport:
    """What came of it."""

    host: HostInfo
    model: str
    engine: str
    precision: str
    threads: int
    rounds: int
    frames_a_round: int
    clips: tuple[ClipTimes, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        table: dict[str, Any] = plain({**asdict(self), "host": self.host.to_dict()})
        return table

    def lines(self) -> list[str]:
        """A table in Markdown."""
        lines = [
            host_line(self.host),
            f"{self.model} in {self.engine}, {self.precision}, unetkit's inference threads: {self.threads}; "
            f"{self.rounds} rounds of {self.frames_a_round} frames of each clip, in turns",
            "",
            "| clip | way | frames/s | unetkit's frames/s over it | unetkit's up to the labels over it |",
            "| --- | --- | --- | --- | --- |",
        ]
        for clip in self.clips:
            name = f"{clip.clip}, {clip.frame_hw[1]}x{clip.frame_hw[0]}"
            lines += [
                f"| {name} | {drawn.path} | {clip.fps[drawn.path]:.1f} | {_said(drawn)} | {_said(labels)} |"
                for drawn, labels in zip(clip.ratios, clip.label_ratios, strict=True)
            ]
        return [*lines, *(f"note: {note}" for note in self.notes)]


def throughput(
    clips: Sequence[Path],
    model: str,
    *,
    selfie: Path | None = None,
    checkpoint: Path | None = None,
    threads: int | None = None,
    rounds: int = 21,
    frames: int = 40,
    tell: Callable[[str], None] = lambda _: None,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> ThroughputReport:
    """Measure every way on every clip in each round; who begins changes.

    Args:
        clips: videos, at least one.
        model: ONNX or TFLite file, or a built-in by name.
        selfie: MediaPipe's file, where it is to take part.
        checkpoint: what the model was exported from, for the tutorials' way.
        threads: of inference, everybody's; None: unetkit chooses, as by `--engine auto`, and each of the others runs
            with one and with every core.
        rounds: at least 1.
        frames: a round, of each clip's beginning.
        tell: told in words what comes next.
        clock: nanoseconds.

    Raises:
        UsageError: no clips, or a model that no bare engine loop is there for.
        SourceError: a clip does not open or is shorter than a round.
        UnetkitError: a model does not open.
    """
    counts = (threads,) if threads else tuple(sorted({1, usable_cores()}))
    watch = Watch()
    with contextlib.ExitStack() as opened:
        segmenter = opened.enter_context(_opened(model, threads))
        engine = segmenter.backend.engine
        if not clips or engine not in _BARE:
            raise UsageError(
                f"{len(clips)} clips, engine {engine}: expected at least one clip, and an ONNX or TFLite file"
            )
        peers: dict[str, Peer] = {}
        for count in counts:
            on = "" if len(counts) == 1 else f", {count} thread{'s' * (count > 1)}"
            peers[f"bare {engine} loop{on}"] = _BARE[engine](_request(segmenter.path, count))
            if selfie is not None:
                peers[f"MediaPipe selfie{on}"] = SelfieSegmenter(selfie, count)
        tutorial = None if checkpoint is None else TutorialPipeline(checkpoint)
        found = []
        for clip in clips:
            frame = FrameSet.read(str(clip), count=1).frames[0]
            ways: dict[str, Contestant] = {
                _DRAWN: Ours(segmenter, clip),
                _LABELS: Ours(segmenter, clip, drawn=False),
            }
            ways |= {name: PeerLoop(peer, clip) for name, peer in peers.items()}
            ways["engine alone"] = EngineAlone(segmenter, frame)
            if tutorial is not None:
                ways["tutorial"] = Tutorial(TutorialClip(tutorial, clip))
            for way in ways.values():
                opened.callback(way.close)
            tell(clip.name)
            times = _in_turns(ways, rounds, frames, clock, watch)
            found.append(_clip_times(clip, (frame.shape[0], frame.shape[1]), times, frames))
    return ThroughputReport(
        host=HostInfo.here(),
        model=model,
        engine=engine,
        precision=segmenter.backend.precision,
        threads=segmenter.backend.threads or usable_cores(),
        rounds=rounds,
        frames_a_round=frames,
        clips=tuple(found),
        notes=watch.conditions().notes,
    )


def _opened(model: str, threads: int | None) -> Segmenter:
    if threads is not None:
        return Segmenter.open(model, device="cpu", threads=threads)
    choice = choose_engine(model_paths(model, device="cpu")[:1], device="cpu", flow="file")
    return Segmenter.open(choice.path, engine=choice.engine, device="cpu", threads=choice.threads)


def _request(path: Path, threads: int) -> PeerRequest:
    return PeerRequest(onnx=path, tflite=path, checkpoint=None, threads=threads, class_names=())


def _in_turns(
    ways: dict[str, Contestant], rounds: int, frames: int, clock: Callable[[], int], watch: Watch
) -> dict[str, list[int]]:
    names = list(ways)
    times: dict[str, list[int]] = {name: [] for name in names}
    for way in ways.values():
        block_ns(way, min(_WARMUP, frames), clock)
        way.close()  # some share a model: what works ahead of one would meet the next one in it
    for number in range(rounds):
        for turn in range(len(names)):
            name = names[(turn + number) % len(names)]
            times[name].append(block_ns(ways[name], frames, clock))
            ways[name].close()
        watch.look()
    return times


def _clip_times(clip: Path, hw: tuple[int, int], times: dict[str, list[int]], frames: int) -> ClipTimes:
    drawn, labels = (
        tuple(paired_ratio(name, "frame", ns, times[own]) for name, ns in times.items()) for own in (_DRAWN, _LABELS)
    )
    return ClipTimes(
        clip=clip.name,
        frame_hw=hw,
        fps={name: frames * 1e9 / statistics.median(ns) for name, ns in times.items()},
        ratios=drawn,
        label_ratios=labels,
    )


def _said(ratio: Ratio) -> str:
    return f"{ratio.median:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"


def main(
    clips: Annotated[list[Path], typer.Argument(help="Videos.")],
    model: Annotated[str, typer.Option(help="Model file, or a built-in by name.")] = "person",
    selfie: Annotated[Path | None, typer.Option(help="MediaPipe's selfie_segmentation.tflite.")] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="Keras model, for the tutorials' way.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Everybody's; by default unetkit chooses.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds.")] = 21,
    frames: Annotated[int, typer.Option(min=1, help="Frames of a clip a round.")] = 40,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write everything to this file.")] = None,
) -> None:
    """Frames a second of unetkit and of others on the same clips, interleaved."""
    with one_line_errors():
        report = throughput(
            clips,
            model,
            selfie=selfie,
            checkpoint=checkpoint,
            threads=threads,
            rounds=rounds,
            frames=frames,
            tell=tell,
        )
        show(report, json_file)


if __name__ == "__main__":
    typer.run(main)

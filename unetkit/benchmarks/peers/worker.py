"""A peer in a process of its own: its memory is its own, and what its packages do to a process stays there.

Reads a line of JSON with what to do from standard input and answers with a line of JSON: `score`, `time`, `memory`.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from unetkit.benchmarks.frames import FrameSet, bench_frames
from unetkit.benchmarks.memory import memory_bytes, peak_memory_bytes
from unetkit.benchmarks.peers.catalog import PEERS
from unetkit.benchmarks.peers.peer import Peer, PeerRequest, PeerUnavailableError
from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.scoring import ConfusionMatrix
from unetkit.data.catalog import open_dataset
from unetkit.data.split import evaluation_names
from unetkit.errors import UnetkitError
from unetkit.runtime.latency import StageClock

STAGES = ("prepare", "infer", "labels", "end_to_end")


def main(name: str, request: str, frames: str) -> None:
    """Open the peer, say so, and do what is asked until the input ends.

    Args:
        name: of the peer.
        request: a `PeerRequest` as JSON.
        frames: a source of frames, or nothing for generated ones.
    """
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a peer's packages print is no answer
        start_ns = time.perf_counter_ns()
        try:
            peer = PEERS[name].open(_request(json.loads(request)))
            given = bench_frames(frames or None)
        except (PeerUnavailableError, UnetkitError, ImportError) as error:
            _answer(answers, {"reason": str(error)})
            return
        _answer(answers, {"load_ms": (time.perf_counter_ns() - start_ns) / 1e6})
        for line in sys.stdin:
            _answer(answers, _done(peer, given, json.loads(line)))


def _done(peer: Peer, frames: FrameSet, asked: dict[str, Any]) -> dict[str, Any]:
    doing: dict[str, Callable[[], dict[str, Any]]] = {
        "score": lambda: _scored(peer, asked["data"], asked["split"]),
        "time": lambda: _timed(peer, frames, asked["start"], asked["count"]),
        "memory": lambda: {"steady_bytes": memory_bytes(), "peak_bytes": peak_memory_bytes()},
    }
    try:
        return doing[asked["do"]]()
    except UnetkitError as error:
        return {"reason": str(error)}


def _timed(peer: Peer, frames: FrameSet, start: int, count: int) -> dict[str, Any]:
    """One frame that does not count, for another process has just run; then `count` that do."""
    clock = StageClock(STAGES)
    for number in range(start - 1, start + count):
        if number == start:
            clock = StageClock(STAGES)
        frame = frames.frames[number % len(frames.frames)]
        with clock.stage("end_to_end"):
            with clock.stage("prepare"):
                prepared = peer.prepare(frame)
            with clock.stage("infer"):
                answer = peer.infer(prepared)
            with clock.stage("labels"):
                peer.labels(answer, (frame.shape[0], frame.shape[1]))
    return {stage: clock.samples_ns(stage) for stage in STAGES}


def _scored(peer: Peer, data: str, split: str) -> dict[str, Any]:
    dataset = open_dataset(data)
    matrix = ConfusionMatrix(tuple(item.name for item in dataset.classes))
    for name in evaluation_names(dataset, split):
        frame, truth = dataset.read(name)
        matrix.update(truth, _labels(peer, frame))
    report = matrix.report(split)
    return {"miou": report.miou, "iou": list(report.iou), "images": report.images}


def _labels(peer: Peer, frame: BgrFrame) -> Labels:
    return peer.labels(peer.infer(peer.prepare(frame)), (frame.shape[0], frame.shape[1]))


def _request(table: dict[str, Any]) -> PeerRequest:
    paths = {key: None if table[key] is None else Path(table[key]) for key in ("onnx", "tflite", "checkpoint")}
    return PeerRequest(**paths, threads=table["threads"], class_names=tuple(table["class_names"]))


def _answer(answers: TextIO, table: dict[str, Any]) -> None:
    answers.write(json.dumps(table) + "\n")
    answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Our inference time against each engine's own account of it: ONNX Runtime's profiler, OpenVINO's tool and LiteRT's."""

import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from unetkit.benchmarks.bench import bench
from unetkit.benchmarks.frames import FrameSet
from unetkit.benchmarks.onnx_profile import run_times_ms
from unetkit.benchmarks.peers.peer import PeerUnavailableError
from unetkit.runtime.backends.backend import Engine
from unetkit.runtime.segmenter import Segmenter

_TURNS = 3
_FEWEST_RUNS = 20
_MEDIAN = re.compile(r"Median:\s+([0-9.]+) ms")

Theirs = Callable[[Path, float, float], float]  # artifact, seconds, our median -> the tool's median; milliseconds


@dataclass(frozen=True, kw_only=True)
class ToolCheck:
    """One engine, measured in turns by us and by itself, one thread.

    Attributes:
        tool: the engine's.
        ours_ms: median inference of each turn, as in a run: frames are fitted, masks made and drawn in between.
        alone_ms: the same with nothing in between, as the tools do it: caches stay warm, the engine's threads awake.
        theirs_ms: the tool's of each turn; empty where it does not run.
        reason: why it does not.
    """

    tool: str
    ours_ms: tuple[float, ...]
    alone_ms: tuple[float, ...]
    theirs_ms: tuple[float, ...]
    reason: str = ""

    @property
    def ratio(self) -> float:
        """Our median with nothing in between over theirs; NaN without theirs."""
        if not self.theirs_ms:
            return float("nan")
        return statistics.median(self.alone_ms) / statistics.median(self.theirs_ms)


def check_tools(onnx: Path, tflite: Path, *, seconds: float) -> tuple[ToolCheck, ...]:
    """Hold our figures of a model against the engines' own, in alternating turns of `seconds` each."""
    tools: tuple[tuple[str, Engine, Path, Theirs], ...] = (
        ("ONNX Runtime's profiler (model_run)", "onnx", onnx, _profiled_ms),
        ("OpenVINO's benchmark_app", "openvino", onnx, _benchmark_app_ms),
        ("LiteRT's litert-benchmark", "tflite", tflite, _litert_benchmark_ms),
    )
    return tuple(_checked(*tool, seconds) for tool in tools)


def _checked(tool: str, engine: Engine, path: Path, theirs: Theirs, seconds: float) -> ToolCheck:
    found: list[tuple[float, float, float]] = []
    try:
        for _ in range(_TURNS):
            own_ms = _alone_ms(path, engine, seconds)
            their_ms = theirs(path, seconds, own_ms)
            report = bench([path], frames=FrameSet.generated(), seconds=seconds, engine=engine, threads=(1,))
            found.append((report.artifacts[0].stage("infer").p50_ms, own_ms, their_ms))
    except PeerUnavailableError as error:
        return ToolCheck(tool=tool, ours_ms=(), alone_ms=(), theirs_ms=(), reason=str(error))
    ours_ms, alone_ms, theirs_ms = zip(*found, strict=True)
    return ToolCheck(tool=tool, ours_ms=ours_ms, alone_ms=alone_ms, theirs_ms=theirs_ms)


def _alone_ms(path: Path, engine: Engine, seconds: float) -> float:
    """Median of our inference again and again on one tensor."""
    with Segmenter.open(path, engine=engine, device="cpu", threads=1) as segmenter:
        tensor, _ = segmenter.preprocess(FrameSet.generated().frames[0])
        times_ns = []
        end_ns = time.perf_counter_ns() + int(seconds * 1e9)
        while (start_ns := time.perf_counter_ns()) < end_ns:
            segmenter.infer(tensor)
            times_ns.append(time.perf_counter_ns() - start_ns)
    return statistics.median(times_ns) / 1e6


def _profiled_ms(onnx: Path, seconds: float, _: float) -> float:
    return statistics.median(run_times_ms(onnx, seconds=seconds))


def _benchmark_app_ms(onnx: Path, seconds: float, _: float) -> float:
    """The median that the tool prints: one request at a time, one thread, float32 where the model is not quantised."""
    options = ["-m", str(onnx), "-d", "CPU", "-hint", "none", "-api", "sync", "-nireq", "1", "-nthreads", "1"]
    options += ["-infer_precision", "f32", "-t", str(max(1, round(seconds)))]
    said = _said_by("benchmark_app", options, seconds, 'pip install "unetkit[peers]"')
    found = _MEDIAN.search(said)
    if found is None:
        raise PeerUnavailableError(f"benchmark_app printed no median: {said.strip().splitlines()[-1:]}")
    return float(found.group(1))


def _litert_benchmark_ms(tflite: Path, seconds: float, alone_ms: float) -> float:
    """The median of as many runs as the time should hold; the tool counts runs, not seconds."""
    runs = str(max(_FEWEST_RUNS, round(1e3 * seconds / alone_ms)))
    with tempfile.TemporaryDirectory(prefix="unetkit-tool-") as folder:
        file = Path(folder) / "result.json"
        options = ["--model", str(tflite), "--num_threads", "1", "--num_runs", runs, "--warmup_runs", str(_FEWEST_RUNS)]
        said = _said_by(
            "litert-benchmark", [*options, "--result_json", str(file)], seconds, "pip install ai-edge-litert"
        )
        try:
            return float(json.loads(file.read_text(encoding="utf-8"))["latency"]["median_ms"])
        except (OSError, ValueError, KeyError) as error:
            last = said.strip().splitlines()[-1:]
            raise PeerUnavailableError(f"litert-benchmark wrote no median: {last}") from error


def _said_by(name: str, options: list[str], seconds: float, install: str) -> str:
    """What a tool beside this interpreter, or on the path, wrote; where that is nothing, its complaint."""
    beside = Path(sys.executable).with_name(name)
    program = str(beside) if beside.exists() else shutil.which(name)
    if program is None:
        raise PeerUnavailableError(f"{name} is not installed; {install}")
    try:
        ended = subprocess.run(
            [program, *options], capture_output=True, text=True, timeout=60 + 3 * seconds, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerUnavailableError(f"{name} does not run here: {error}") from error
    return ended.stdout if ended.returncode == 0 else ended.stderr or ended.stdout

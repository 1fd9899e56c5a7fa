"""Our inference time against each engine's own account of it: OpenVINO's benchmark_app, ONNX Runtime's profiler."""

import re
import shutil
import statistics
import subprocess
import sys
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
_MEDIAN = re.compile(r"Median:\s+([0-9.]+) ms")


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


def check_tools(onnx: Path, *, seconds: float) -> tuple[ToolCheck, ...]:
    """Hold our figures of an ONNX file against the engines' own, in alternating turns of `seconds` each."""
    tools: dict[str, tuple[Engine, Callable[[], float]]] = {
        "ONNX Runtime's profiler (model_run)": ("onnx", lambda: statistics.median(run_times_ms(onnx, seconds=seconds))),
        "OpenVINO's benchmark_app": ("openvino", lambda: _benchmark_app_ms(onnx, seconds)),
    }
    return tuple(_checked(tool, engine, theirs, onnx, seconds) for tool, (engine, theirs) in tools.items())


def _checked(tool: str, engine: Engine, theirs: Callable[[], float], onnx: Path, seconds: float) -> ToolCheck:
    found: list[tuple[float, float, float]] = []
    try:
        for _ in range(_TURNS):
            their_ms = theirs()
            report = bench([onnx], frames=FrameSet.generated(), seconds=seconds, engine=engine, threads=(1,))
            found.append((report.artifacts[0].stage("infer").p50_ms, _alone_ms(onnx, engine, seconds), their_ms))
    except PeerUnavailableError as error:
        return ToolCheck(tool=tool, ours_ms=(), alone_ms=(), theirs_ms=(), reason=str(error))
    ours_ms, alone_ms, theirs_ms = zip(*found, strict=True)
    return ToolCheck(tool=tool, ours_ms=ours_ms, alone_ms=alone_ms, theirs_ms=theirs_ms)


def _alone_ms(onnx: Path, engine: Engine, seconds: float) -> float:
    """Median of our inference again and again on one tensor."""
    with Segmenter.open(onnx, engine=engine, device="cpu", threads=1) as segmenter:
        tensor, _ = segmenter.preprocess(FrameSet.generated().frames[0])
        times_ns = []
        end_ns = time.perf_counter_ns() + int(seconds * 1e9)
        while (start_ns := time.perf_counter_ns()) < end_ns:
            segmenter.infer(tensor)
            times_ns.append(time.perf_counter_ns() - start_ns)
    return statistics.median(times_ns) / 1e6


def _benchmark_app_ms(onnx: Path, seconds: float) -> float:
    """The median that the tool prints: one request at a time, one thread, float32 where the model is not quantised."""
    beside = Path(sys.executable).with_name("benchmark_app")
    program = str(beside) if beside.exists() else shutil.which("benchmark_app")
    if program is None:
        raise PeerUnavailableError('benchmark_app is not installed; pip install "unetkit[peers]"')
    options = ["-m", str(onnx), "-d", "CPU", "-hint", "none", "-api", "sync", "-nireq", "1", "-nthreads", "1"]
    options += ["-infer_precision", "f32", "-t", str(max(1, round(seconds)))]
    ended = subprocess.run([program, *options], capture_output=True, text=True, timeout=60 + 3 * seconds, check=False)
    found = _MEDIAN.search(ended.stdout)
    if found is None:
        said = (ended.stderr or ended.stdout).strip().splitlines()[-1:]
        raise PeerUnavailableError(f"benchmark_app printed no median: {said}")
    return float(found.group(1))

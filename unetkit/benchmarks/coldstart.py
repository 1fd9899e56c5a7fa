"""What a program pays before its first mask, and the memory it holds: measured in a process of its own.

In the process that times frames the engine is loaded, the file is read and the allocator has grown long ago.
"""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from unetkit.errors import DeviceError
from unetkit.runtime.backends.backend import Device, Engine

_LONGEST_S = 120


@dataclass(frozen=True, kw_only=True)
class ColdStart:
    """One start of a fresh process, the file being in the system's cache.

    Attributes:
        total_ms: from the start of the interpreter to the first mask.
        load_ms: opening the artifact, engine's import included.
        first_inference_ms: of the first frame.
        memory_before_bytes: resident memory before the artifact is opened: interpreter, numpy, OpenCV.
        memory_steady_bytes: after the frames that follow the first.
        memory_peak_bytes: highest so far.
        gpu_memory_bytes: of the GPU that this process holds in the end; None where none runs the model.
    """

    total_ms: float
    load_ms: float
    first_inference_ms: float
    memory_before_bytes: int | None
    memory_steady_bytes: int | None
    memory_peak_bytes: int | None
    gpu_memory_bytes: int | None


def cold_start(path: Path, *, engine: Engine, device: Device, threads: int | None) -> ColdStart:
    """Start an interpreter that opens the artifact and segments a few frames.

    Raises:
        DeviceError: the process failed or did not end; opening the artifact here will tell more.
    """
    arguments = [str(path), engine, device, str(threads or 0), str(time.monotonic_ns())]
    command = [sys.executable, "-m", "unetkit.benchmarks.coldstart_process", *arguments]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST_S, check=True)
        return ColdStart(**json.loads(ended.stdout.splitlines()[-1]))
    except subprocess.TimeoutExpired as error:
        raise DeviceError(f"a fresh process did not segment {path} within {_LONGEST_S} s") from error
    except (subprocess.CalledProcessError, OSError, IndexError, TypeError, ValueError) as error:
        said = getattr(error, "stderr", "") or str(error)
        last = said.strip().splitlines()[-1:] or ["no word"]
        raise DeviceError(f"a fresh process could not segment {path}: {last[0][:300]}") from error

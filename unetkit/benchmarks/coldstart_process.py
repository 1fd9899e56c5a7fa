"""The fresh process of `coldstart`: opens an artifact, segments frames, writes a line of JSON, ends."""

import json
import sys
import time
from pathlib import Path
from typing import cast

from unetkit.benchmarks.frames import FrameSet
from unetkit.benchmarks.memory import gpu_memory_bytes, memory_bytes, peak_memory_bytes
from unetkit.runtime.backends.backend import Device, Engine
from unetkit.runtime.segmenter import Segmenter

_FRAMES, _SECONDS = 20, 1.0


def main(path: str, engine: str, device: str, threads: str, started_ns: str) -> None:
    """Print what `ColdStart` is made of; `started_ns` is of the parent's `time.monotonic_ns`."""
    (frame,) = FrameSet.generated(count=1).frames
    before_bytes, waited_ns = memory_bytes(), time.monotonic_ns()
    segmenter = Segmenter.open(
        Path(path), engine=cast("Engine", engine), device=cast("Device", device), threads=int(threads) or None
    )
    opened_ns = time.monotonic_ns()
    tensor, placement = segmenter.preprocess(frame)
    inferring_ns = time.monotonic_ns()
    scores = segmenter.infer(tensor)
    inferred_ns = time.monotonic_ns()
    segmenter.postprocess(scores, placement)
    masked_ns = time.monotonic_ns()
    for _ in range(_FRAMES):
        segmenter.predict(frame)
        if time.monotonic_ns() - masked_ns > _SECONDS * 1e9:
            break
    on_gpu = segmenter.backend.device != "CPU"
    found = {
        "total_ms": (masked_ns - int(started_ns)) / 1e6,
        "load_ms": (opened_ns - waited_ns) / 1e6,
        "first_inference_ms": (inferred_ns - inferring_ns) / 1e6,
        "memory_before_bytes": before_bytes,
        "memory_steady_bytes": memory_bytes(),
        "memory_peak_bytes": peak_memory_bytes(),
        "gpu_memory_bytes": gpu_memory_bytes() if on_gpu else None,
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What shrinking a frame costs and how near it comes to the area average: why `contract.preprocess` does as it does.

`python -m unetkit.benchmarks.resize CLIP`
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

from unetkit.benchmarks.frames import FrameSet
from unetkit.contract.arrays import BgrFrame
from unetkit.contract.preprocess import preprocess
from unetkit.contract.spec import InputSpec
from unetkit.script import one_line_errors

SIZES_WH = ((640, 480), (1280, 720), (1920, 1080))
SIDE = 128
REPEATS = 50


def main(clip: Annotated[Path, typer.Argument(help="Video whose first frame is used.")]) -> None:
    """Milliseconds on one core, and mean absolute difference to the exact area average in 8-bit steps."""
    with one_line_errors():
        first = FrameSet.read(str(clip), count=1).frames[0]
    cv2.setNumThreads(1)
    spec = InputSpec(height=SIDE, width=SIDE)
    for size_wh in SIZES_WH:
        frame = np.asarray(cv2.resize(first, size_wh), np.uint8)
        exact = _resized(frame, cv2.INTER_AREA)
        ways: dict[str, Callable[[BgrFrame], BgrFrame]] = {
            "bilinear": lambda picture: _resized(picture, cv2.INTER_LINEAR),
            "unetkit": lambda picture: preprocess(picture, spec)[0][0],
            "area": lambda picture: _resized(picture, cv2.INTER_AREA),
        }
        for name, way in ways.items():
            apart = np.abs(way(frame).astype(np.int16) - exact).mean()
            typer.echo(f"{size_wh[0]}x{size_wh[1]} {name:9} {_median_ms(way, frame):6.2f} ms  {apart:5.2f}")


def _resized(frame: BgrFrame, interpolation: int) -> BgrFrame:
    return np.asarray(cv2.resize(frame, (SIDE, SIDE), interpolation=interpolation), np.uint8)


def _median_ms(way: Callable[[BgrFrame], BgrFrame], frame: BgrFrame) -> float:
    samples = []
    for _ in range(REPEATS):
        start_ns = time.perf_counter_ns()
        way(frame)
        samples.append((time.perf_counter_ns() - start_ns) / 1e6)
    return statistics.median(samples)


if __name__ == "__main__":
    typer.run(main)

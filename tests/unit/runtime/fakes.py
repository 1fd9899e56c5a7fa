"""Small stand-ins for the parts around the one under test."""

import threading
import time
from pathlib import Path

import numpy as np

from unetkit.contract.arrays import BgrFrame, InputTensor, Scores
from unetkit.contract.postprocess import Mask
from unetkit.contract.spec import ClassSpec, InputSpec, ModelSpec
from unetkit.errors import SourceError
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sources.frame import Frame

CLASSES = (
    ClassSpec(name="background", bgr=(0, 0, 0)),
    ClassSpec(name="cat", bgr=(10, 20, 200)),
    ClassSpec(name="dog", bgr=(200, 100, 0)),
)
SPEC = ModelSpec(name="fake", input=InputSpec(height=8, width=8), classes=CLASSES)


class BrightnessBackend:
    """Class 1 where the tensor's blue byte is above 127, class 0 elsewhere; interrupted or slow when told."""

    engine = "onnx"
    device = "CPU"
    precision = "int8"
    threads: int | None = 2

    def __init__(self, *, interrupt_at: int | None = None, delay_s: float = 0.0) -> None:
        self.calls = 0
        self.interrupt_at = interrupt_at
        self.delay_s = delay_s

    def infer(self, tensor: InputTensor) -> Scores:
        self.calls += 1
        if self.calls == self.interrupt_at:
            raise KeyboardInterrupt
        time.sleep(self.delay_s)
        scores = np.zeros((*tensor.shape[1:3], 3), np.float32)
        scores[..., 1] = tensor[0, ..., 0].astype(np.float32) - 127.5
        return scores

    def close(self) -> None:
        return


def fake_segmenter(folder: Path, backend: BrightnessBackend | None = None) -> Segmenter:
    path = folder / "fake.onnx"
    path.write_bytes(b"abc")
    return Segmenter(path, SPEC, backend or BrightnessBackend())


class ListSource:
    """Grey frames of the given values; a negative one is a break instead."""

    def __init__(self, greys: list[int], *, live: bool = False, hw: tuple[int, int] = (6, 10)) -> None:
        self.name = "fake source"
        self.live = live
        self.fps: float | None = None
        self.hw: tuple[int, int] | None = hw
        self.dropped = 0
        self.notice: str | None = None
        self.outages_s: tuple[float, ...] = ()
        self.closed = False
        self._greys = greys
        self._index = 0
        self._size_hw = hw

    def poll(self, wait_s: float) -> bool:
        return True

    def read(self) -> Frame | None:
        if self._index == len(self._greys):
            return None
        grey = self._greys[self._index]
        if grey < 0:
            raise SourceError("fake source did not deliver a frame for 1 s")
        frame = make_frame(self._index, grey, self._size_hw)
        self._index += 1
        if self.live:
            self.dropped += 2
        return frame

    def close(self) -> None:
        self.closed = True


class ListSink:
    """Keeps what it gets; wants to stop after `stop_after` frames, or after it was idle so often."""

    def __init__(
        self, *, wants_drawn: bool = True, stop_after: int | None = None, stop_idle_after: int | None = None
    ) -> None:
        self.wants_drawn = wants_drawn
        self.stop_after = stop_after
        self.stop_idle_after = stop_idle_after
        self.idled: list[BgrFrame | None] = []
        self.shown: list[tuple[Frame, Mask, BgrFrame]] = []
        self.closed = False

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:
        self.shown.append((frame, mask, drawn.copy()))
        return len(self.shown) != self.stop_after

    def idle(self, drawn: BgrFrame | None) -> bool:
        self.idled.append(None if drawn is None else drawn.copy())
        return self.stop_idle_after is None or len(self.idled) < self.stop_idle_after

    def close(self) -> None:
        self.closed = True


def make_frame(
    index: int = 0,
    grey: int = 0,
    hw: tuple[int, int] = (6, 10),
    captured_ns: int = 0,
    at_s: float | None = None,
) -> Frame:
    bgr = np.full((*hw, 3), grey, np.uint8)
    return Frame(bgr=bgr, index=index, captured_ns=captured_ns, name=f"frame_{index}", at_s=at_s)


def threads_named(*names: str) -> list[str]:
    """Those that run now."""
    return [thread.name for thread in threading.enumerate() if thread.name in names]

"""A clock that only moves when told, and engines that move it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from unetkit.benchmarks.conditions import Watch
from unetkit.benchmarks.frames import FrameSet
from unetkit.benchmarks.sensors import Reading
from unetkit.benchmarks.yardstick import Yardstick
from unetkit.contract.arrays import InputTensor, Labels, Scores
from unetkit.contract.spec import ClassSpec, InputSpec, ModelSpec
from unetkit.runtime.segmenter import Segmenter

MS = 1_000_000
SPEC = ModelSpec(
    name="fake",
    input=InputSpec(height=4, width=6),
    classes=(ClassSpec(name="background", bgr=(0, 0, 0)), ClassSpec(name="cat", bgr=(0, 0, 255))),
)


class HandClock:
    """Nanoseconds that pass when `advance` is called and never otherwise."""

    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        return self.ns

    def advance(self, ns: int) -> None:
        self.ns += ns


class TimedBackend:
    """Takes `cost_ns(call)` of the clock for its inference number `call`, from 0, and notes that it was its turn."""

    engine = "onnx"
    device = "CPU"
    precision = "int8"
    threads: int | None = 2

    def __init__(
        self, clock: HandClock, cost_ns: Callable[[int], int], *, name: str = "a", turns: list[str] | None = None
    ) -> None:
        self._clock, self._cost_ns, self._name = clock, cost_ns, name
        self.turns = [] if turns is None else turns
        self.tensors: list[InputTensor] = []

    def infer(self, tensor: InputTensor) -> Scores:
        self._clock.advance(self._cost_ns(len(self.tensors)))
        self.tensors.append(tensor)
        self.turns.append(self._name)
        return np.zeros((*SPEC.input.hw, SPEC.channels), np.float32)

    def close(self) -> None:
        return


class TimedYardstick(Yardstick):
    """Takes `cost_ns(sample)` of the clock for its sample number `sample`, from 0, whatever it is to last."""

    def __init__(self, clock: HandClock, cost_ns: Callable[[int], int], threads: int = 1) -> None:
        super().__init__(threads)
        self._clock, self._cost_ns, self._samples = clock, cost_ns, 0

    def run(self) -> None:
        self._clock.advance(self._cost_ns(self._samples))
        self._samples += 1


class PlayedMachine:
    """Other programs keep `others_cores(seconds)` processors busy, by the clock; the process itself none."""

    def __init__(self, clock: HandClock, others_cores: Callable[[float], float]) -> None:
        self._clock, self._others_cores = clock, others_cores
        self._last_ns, self._busy_s = clock(), 0.0

    def watch(self) -> Watch:
        return Watch(self._read, self._clock)

    def _read(self) -> Reading:
        now_ns = self._clock()
        middle_s = (self._last_ns + now_ns) / 2e9
        self._busy_s += self._others_cores(middle_s) * (now_ns - self._last_ns) / 1e9
        self._last_ns = now_ns
        return Reading(
            clock_mhz=None,
            temperature_c=None,
            throttled=None,
            held_now=None,
            quota_held_ms=None,
            busy_s=self._busy_s,
            stolen_s=0.0,
            own_s=0.0,
        )


def segmenter(folder: Path, backend: TimedBackend, name: str = "a") -> Segmenter:
    path = folder / f"{name}.onnx"
    path.write_bytes(b"abc")
    return Segmenter(path, SPEC, backend)


def grey_frames(*greys: int, hw: tuple[int, int] = (8, 12)) -> FrameSet:
    return FrameSet(origin="grey frames", frames=tuple(np.full((*hw, 3), grey, np.uint8) for grey in greys))


class TimedClip:
    """A clip of masks, each step taking `cost_ns`; notes every call."""

    def __init__(
        self, clock: HandClock, cost_ns: int, masks: list[Labels], *, name: str = "a", calls: list[str] | None = None
    ) -> None:
        self._clock, self._cost_ns, self._masks, self._name = clock, cost_ns, masks, name
        self.calls = [] if calls is None else calls
        self._next = 0

    def rewind(self) -> None:
        self._clock.advance(1000 * MS)  # would be seen if it were counted
        self.calls.append(f"{self._name} rewinds")
        self._next = 1

    def step(self) -> Labels | None:
        self._clock.advance(self._cost_ns)
        if self._next >= len(self._masks):
            return None
        self.calls.append(f"{self._name}{self._next}")
        self._next += 1
        return self._masks[self._next - 1]

    def close(self) -> None:
        return

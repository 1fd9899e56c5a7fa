"""Engines whose speed is known, on a clock that only they move."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tests.tiny_models import HEIGHT, WIDTH
from unetkit.contract.arrays import InputTensor, Scores
from unetkit.errors import ArtifactError
from unetkit.runtime.backends.backend import Backend
from unetkit.runtime.enginechoice.candidate import Candidate

MS = 1_000_000


class Clock:
    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


@dataclass
class FakeLane:
    """Takes `infer_ms`, give or take `noise` of it; the work beside it takes `beside_ms` from the same start."""

    clock: Clock
    infer_ms: float
    beside_ms: float = 0.0
    noise: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(0))
    turns: int = 0

    def turn(self) -> tuple[int, int]:
        self.turns += 1
        infer_ns = int(self.infer_ms * MS * (1 + self.noise * self.chance.expovariate(1.0)))
        self.clock.now_ns += max(infer_ns, int(self.beside_ms * MS))
        return infer_ns, int(self.beside_ms * MS)


class FakeBackend:
    """Gives the scores it was made with, after so long."""

    engine, device, precision = "onnx", "CPU", "fp32"

    def __init__(self, scores: Scores, threads: int | None, clock: Clock, infer_ms: float) -> None:
        self._scores, self.threads = scores, threads
        self._clock, self._infer_ms = clock, infer_ms

    def infer(self, tensor: InputTensor) -> Scores:
        self._clock.now_ns += int(self._infer_ms * MS)
        return self._scores

    def close(self) -> None:
        return


@dataclass
class Opener:
    """Opens whatever is not refused; engines in `wrong` see another class everywhere.

    An inference takes as many milliseconds as are known of its engine and threads.
    """

    times_ms: dict[tuple[str, int], float]
    refuse: Sequence[str] = ()
    wrong: Sequence[str] = ()
    opened: list[Candidate] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)

    def __call__(self, candidate: Candidate) -> Backend:
        if candidate.engine in self.refuse:
            raise ArtifactError(f"{candidate.engine} cannot")
        self.opened.append(candidate)
        scores = np.zeros((HEIGHT, WIDTH, 3), np.float32)
        scores[..., 1 if candidate.engine in self.wrong else 0] = 1
        infer_ms = self.times_ms[candidate.engine, candidate.threads or 0]
        return FakeBackend(scores, candidate.threads, self.clock, infer_ms)

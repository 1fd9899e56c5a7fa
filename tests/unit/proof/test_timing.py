"""Lanes take turns; a fake clock moves only inside an inference."""

from pathlib import Path

import numpy as np
import pytest

from tests.tiny_models import SPEC, random_tensor
from tests.unit.proof.exports import ByHand
from unetkit.contract.arrays import InputTensor, Scores
from unetkit.proof.timing import Lane, interleaved
from unetkit.runtime.segmenter import Segmenter


class Slow(ByHand):
    def __init__(self, name: str, takes_ns: int, log: list[str], clock: list[int]) -> None:
        self._name, self._takes_ns, self._log, self._clock = name, takes_ns, log, clock

    def infer(self, tensor: InputTensor) -> Scores:
        self._log.append(self._name)
        self._clock[0] += self._takes_ns
        return np.zeros((*tensor.shape[1:3], 3), np.float32)


def run(*takes_ns: int, rounds: int = 60, seconds: float = 10.0) -> tuple[tuple[Lane, ...], list[str]]:
    log: list[str] = []
    clock = [0]
    lanes = [
        Segmenter(Path("model"), SPEC, Slow(name, takes, log, clock))
        for name, takes in zip("abc", takes_ns, strict=False)
    ]
    found = interleaved(lanes, random_tensor(0), rounds=rounds, seconds=seconds, clock=lambda: clock[0])
    return found, log


def test_each_lane_is_warmed_and_then_does_every_round_and_who_begins_changes() -> None:
    found, log = run(10, 20, rounds=6)
    assert [lane.samples_ns for lane in found] == [(10,) * 6, (20,) * 6]
    # three untimed, then turns of two: the first fills the caches again
    assert "".join(log) == "ab" * 3 + "aabbbbaa" * 3


def test_it_ends_in_time_but_not_before_five_rounds() -> None:
    found, _ = run(10**9, 10**9, seconds=0.5)
    assert len(found[0].samples_ns) == 5


def test_the_ratio_is_of_the_rounds_in_pairs() -> None:
    one, other = Lane(samples_ns=(20, 60, 400)), Lane(samples_ns=(10, 20, 100))
    assert one.over(other) == (2.5, 3.0, 3.5)  # of 2, 3 and 4
    assert one.median_ms == pytest.approx(60e-6)


def test_nothing_to_time_is_nothing() -> None:
    assert run() == ((), [])

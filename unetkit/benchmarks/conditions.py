"""What the machine did during a run: its clock, its temperature, what held it back, and who else used it."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from unetkit.benchmarks.sensors import Reading, read_sensors

_EVERY_NS = 500_000_000
_BUSY_CORES, _STOLEN = 0.1, 0.02  # from here on a figure is one of a busy machine
_CLOCK_FELL = 0.9
_SHORTEST_S = 0.5  # the system accounts in hundredths of a second


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """From the first to the last timed round; what the system does not tell is None.

    Attributes:
        clock_mhz: lowest and highest mean clock of the cores among the readings.
        temperature_c: of the hottest zone, at the beginning and at its highest.
        throttled: times that the processor slowed itself down for heat; of a Raspberry Pi, readings at which it was
            held back by heat or for want of voltage.
        quota_held_ms: time for which a container's CPU quota held processes back.
        others_cores: processors that other programs kept busy, on average.
        steal_share: share of time in which the hypervisor ran somebody else.
        notes: what of it a reader of the figures must know, in words.
    """

    clock_mhz: tuple[float, float] | None
    temperature_c: tuple[float, float] | None
    throttled: int | None
    quota_held_ms: float | None
    others_cores: float | None
    steal_share: float | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Rounds between two readings, half a second or longer.

    Attributes:
        rounds: how many.
        others_cores: processors that other programs kept busy and that the hypervisor gave to others meanwhile, on
            average; None where the system does not tell.
    """

    rounds: int
    others_cores: float | None


@dataclass(frozen=True, kw_only=True)
class _Look:
    at_ns: int
    rounds: int
    reading: Reading


class Watch:
    """Readings between rounds: nothing runs beside what is measured.

    Args:
        read: takes a reading.
        clock: nanoseconds.
    """

    def __init__(
        self, read: Callable[[], Reading] = read_sensors, clock: Callable[[], int] = time.perf_counter_ns
    ) -> None:
        self._read, self._clock = read, clock
        self._looks = [self._look(0)]

    def look(self, rounds: int = 0) -> None:
        """Take a reading, unless the last one is fresh; `rounds` are done by now."""
        if self._clock() - self._looks[-1].at_ns >= _EVERY_NS:
            self._looks.append(self._look(rounds))

    def conditions(self, rounds: int = 0) -> Conditions:
        """What was seen, with a last reading now; it replaces a fresh one, after which there was too little to tell."""
        if len(self._looks) > 1 and self._clock() - self._looks[-1].at_ns < _EVERY_NS:
            self._looks.pop()
        self._looks.append(self._look(rounds))
        return _conditions([look.reading for look in self._looks], _seconds(self._looks[0], self._looks[-1]))

    def stretches(self) -> tuple[Stretch, ...]:
        """From each reading to the next, as far as rounds were done."""
        return tuple(
            Stretch(rounds=after.rounds - before.rounds, others_cores=_taken_cores(before, after))
            for before, after in pairwise(self._looks)
            if after.rounds > before.rounds
        )

    def _look(self, rounds: int) -> _Look:
        return _Look(at_ns=self._clock(), rounds=rounds, reading=self._read())


def _seconds(first: _Look, last: _Look) -> float:
    return max(1, last.at_ns - first.at_ns) / 1e9


def _taken_cores(first: _Look, last: _Look) -> float | None:
    """What this process did not get of the processors' time."""
    seconds = _seconds(first, last)
    others = _others_s(first.reading, last.reading)
    stolen = _grown(first.reading.stolen_s, last.reading.stolen_s)
    return None if others is None or stolen is None or seconds < _SHORTEST_S else (others + stolen) / seconds


def _conditions(readings: list[Reading], wall_s: float) -> Conditions:
    first, last = readings[0], readings[-1]
    clocks = [reading.clock_mhz for reading in readings if reading.clock_mhz is not None]
    warmth = [reading.temperature_c for reading in readings if reading.temperature_c is not None]
    held = [reading.held_now for reading in readings if reading.held_now is not None]
    throttled = sum(held) if held else _grown(first.throttled, last.throttled)
    told = wall_s >= _SHORTEST_S
    others_s, stolen_s = _others_s(first, last), _grown(first.stolen_s, last.stolen_s)
    seen = Conditions(
        clock_mhz=(min(clocks), max(clocks)) if clocks else None,
        temperature_c=(warmth[0], max(warmth)) if warmth else None,
        throttled=None if throttled is None else int(throttled),
        quota_held_ms=_grown(first.quota_held_ms, last.quota_held_ms),
        others_cores=None if others_s is None or not told else others_s / wall_s,
        steal_share=None if stolen_s is None or not told else stolen_s / wall_s / (os.cpu_count() or 1),
    )
    return Conditions(**{**vars(seen), "notes": tuple(_notes(seen))})


def _others_s(first: Reading, last: Reading) -> float | None:
    """Processor time of all other programs; the system's account goes by ticks, so it may seem to be less than none."""
    busy_s = _grown(first.busy_s, last.busy_s)
    return None if busy_s is None else max(0.0, busy_s - (last.own_s - first.own_s))


def _grown(first: float | None, last: float | None) -> float | None:
    return None if first is None or last is None else last - first


def _notes(seen: Conditions) -> Iterator[str]:
    if seen.throttled:
        yield f"the processor was held back {seen.throttled} times by heat or for want of voltage"
    if seen.clock_mhz and seen.clock_mhz[0] < _CLOCK_FELL * seen.clock_mhz[1]:
        low, high = seen.clock_mhz
        yield f"the processor's clock went between {low:.0f} and {high:.0f} MHz"
    if seen.quota_held_ms:
        yield f"the container's CPU quota held it back for {seen.quota_held_ms:.0f} ms"
    if seen.others_cores is not None and seen.others_cores > _BUSY_CORES:
        yield f"other programs kept {seen.others_cores:.1f} cores busy: ratios mean more than times"
    if seen.steal_share is not None and seen.steal_share > _STOLEN:
        yield f"the hypervisor ran somebody else for {seen.steal_share:.0%} of the time"

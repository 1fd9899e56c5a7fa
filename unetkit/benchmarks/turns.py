"""Taking turns: every lane does the same frame once a round, and who begins changes every round.

Artifacts measured one after the other are compared across whatever else the machine did meanwhile, and across its
temperature; in one round they share it.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from unetkit.benchmarks.energy import EnergyCounter
from unetkit.benchmarks.frames import FrameSet
from unetkit.contract.arrays import BgrFrame
from unetkit.errors import DeviceError
from unetkit.runtime.latency import StageClock

_LONG = 100  # times the median: a machine that slept, or a clock that was set forward
_USUAL_AFTER = 8  # rounds
_BROKEN = 100  # rounds without a whole one


class Lane(Protocol):
    """What takes turns."""

    @property
    def stages(self) -> tuple[str, ...]:
        """Each is timed once a turn; the last one is the whole turn."""

    def process(self, frame: BgrFrame, clock: StageClock) -> None:
        """Do the frame, uint8 (H, W, 3), and time each stage."""


@dataclass(frozen=True, kw_only=True)
class LaneTimes:
    """What was seen of a lane.

    Attributes:
        clock: holds its stages' samples.
        cpu_ns: processor time of this process, a turn each.
        energy_uj: energy of the device, a turn each; empty without a counter.
    """

    clock: StageClock
    cpu_ns: list[int] = field(default_factory=list)
    energy_uj: list[float] = field(default_factory=list)

    def keep(self, rounds: int) -> None:
        """Forget all but the first rounds."""
        self.clock.keep(rounds)
        del self.cpu_ns[rounds:], self.energy_uj[rounds:]


@dataclass(frozen=True, kw_only=True)
class Rounds:
    """Rounds that were done whole.

    Attributes:
        done: how many count.
        discarded: rounds during which the clock was set back; they are in no figure.
        long: rounds over a hundred times as long as usual; they are in every figure, but not in the time used up.
        ended: `rounds` all done, `seconds` used up, `enough`, or `interrupted` by Ctrl-C.
        times: of each lane.
    """

    done: int
    discarded: int
    long: int
    ended: str
    times: tuple[LaneTimes, ...]


def take_turns(
    lanes: Sequence[Lane],
    frames: FrameSet,
    *,
    rounds: int | None,
    seconds: float,
    clock: Callable[[], int] = time.perf_counter_ns,
    cpu_clock: Callable[[], int] = time.process_time_ns,
    energy: EnergyCounter | None = None,
    enough: Callable[[Sequence[LaneTimes]], bool] = lambda _: False,
    look: Callable[[int], None] = lambda _: None,
) -> Rounds:
    """At least one round; then more until one of the limits is reached.

    Args:
        lanes: at least one.
        frames: what they work on, over and over.
        rounds: at most; None: no limit.
        seconds: at most.
        clock: nanoseconds.
        cpu_clock: nanoseconds of processor time of this process.
        energy: counter to be read around each turn.
        enough: asked after each round.
        look: told after each round how many were done whole.

    Raises:
        KeyboardInterrupt: Ctrl-C in the first round; later it ends the run.
        DeviceError: the clock was set back in every round.
    """
    times = tuple(LaneTimes(clock=StageClock(lane.stages, clock)) for lane in lanes)
    stopwatch = StageClock(("round",), clock)
    done = discarded = long = used_ns = 0
    ended = "rounds"
    try:
        while rounds is None or done < rounds:
            frame = frames.frames[done % len(frames.frames)]
            before_ns = stopwatch.now_ns()
            for turn in range(len(lanes)):
                index = (done + turn) % len(lanes)
                _take_turn(lanes[index], times[index], frame, cpu_clock, energy)
            elapsed_ns = stopwatch.now_ns() - before_ns
            if _whole(times, done + 1):
                done += 1
                stopwatch.record("round", elapsed_ns)
            else:
                discarded += 1
                if discarded > _BROKEN and not done:
                    raise DeviceError(f"the clock was set back in each of {discarded} rounds; this machine cannot time")
                for lane in times:
                    lane.keep(done)
            usual_ns = _usual_ns(stopwatch)
            if elapsed_ns > usual_ns:
                long += 1
            used_ns += int(min(elapsed_ns, usual_ns))
            look(done)
            if done and enough(times):
                ended = "enough"
                break
            if used_ns >= seconds * 1e9 and done and done != rounds:
                ended = "seconds"
                break
    except KeyboardInterrupt:
        if done == 0:
            raise
        ended = "interrupted"
        for lane in times:
            lane.keep(done)
    return Rounds(done=done, discarded=discarded, long=long, ended=ended, times=times)


def _take_turn(
    lane: Lane, times: LaneTimes, frame: BgrFrame, cpu_clock: Callable[[], int], energy: EnergyCounter | None
) -> None:
    energy_uj = energy.read_uj() if energy else 0.0
    cpu_ns = cpu_clock()
    lane.process(frame, times.clock)
    times.cpu_ns.append(cpu_clock() - cpu_ns)
    if energy:
        times.energy_uj.append(energy.read_uj() - energy_uj)


def _whole(times: Sequence[LaneTimes], rounds: int) -> bool:
    """Whether every stage of every lane left its sample in each round."""
    return all(len(lane.clock.samples_ns(stage)) == rounds for lane in times for stage in lane.clock.stages)


def _usual_ns(stopwatch: StageClock) -> float:
    """How long a round may take to be a usual one."""
    seen = stopwatch.samples_ns("round")[:100]
    return _LONG * statistics.median(seen) if len(seen) >= _USUAL_AFTER else float("inf")

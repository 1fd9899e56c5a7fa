"""A frame rate that is kept: what is given up for it is chosen by what everything costs just now."""

import statistics
from collections import deque
from dataclasses import dataclass

from unetkit.errors import UsageError

MAX_STRIDE = 10
_TIGHT = 0.9  # share of a frame's time that a rung may take when it is chosen for want of time
_ROOMY = 0.75  # the same, to go back to a better one
_SETTLE_S = 0.5  # after a change: the costs of the new rung have to show first
_PATIENCE_S = 3.0  # there has to be room for so long
_SMOOTHING = 0.2  # weight of the newest time of segmenting
_OUTLIER = 2.0  # times the mean: more is not believed at once
_RECENT = 15  # frames whose median is the rest: one that was held up does not count


@dataclass(frozen=True, kw_only=True)
class Rung:
    """How masks are made.

    Attributes:
        model: 0 is the one that was asked for, 1 the first that may stand in for it.
        stride: a mask is made for every so-many-th frame, and kept on in between.
    """

    model: int
    stride: int


class Deadline:
    """Chooses the rung: the best one whose frames come in time.

    The rungs from the best down: every model in turn with a mask for each frame, then each with one for every second
    frame, and so on. A rung costs `rest + segmenting / stride` a frame, as it was measured of late; the segmenting as
    many times as streams share the thread for it. Down it goes half a second after the last change at the earliest, as
    soon as frames take longer than they may; up only when a better rung would have left a quarter of the time free for
    three seconds. So it does not go to and fro, and a single frame that was held up changes nothing.

    Args:
        target_fps: frames a second.
        models: how many there are.
        streams: how many share what segments.

    Attributes:
        rung: that is to be used.
        reachable: whether the rate can be kept at all.

    Raises:
        UsageError: the rate is not above 0.
    """

    def __init__(self, target_fps: float, *, models: int = 1, streams: int = 1) -> None:
        if not target_fps > 0:
            raise UsageError(f"the target is {target_fps:g} frames a second, expected more than 0")
        self.target_fps = target_fps
        self._frame_ns = 1e9 / target_fps
        self._streams = streams
        self._rungs = [
            Rung(model=model, stride=stride) for stride in range(1, MAX_STRIDE + 1) for model in range(models)
        ]
        self.rung = self._rungs[0]
        self.reachable = True
        self._segment_ns: list[float | None] = [None] * models
        self._rests_ns: deque[int] = deque(maxlen=_RECENT)
        self._rest_ns = 0.0
        self._changed_ns: int | None = None
        self._roomy_since_ns: int | None = None

    def expect(self, model: int, ns: int) -> None:
        """Segmenting with a model takes so many nanoseconds, as was tried beforehand."""
        self._segment_ns[model] = ns

    def segmented(self, model: int, ns: int) -> None:
        """A frame was segmented by a model in so many nanoseconds: the others are slower or faster by as much."""
        before = self._segment_ns[model]
        if not before:
            self._segment_ns[model] = ns
            return
        change = 1 + _SMOOTHING * (min(ns / before, _OUTLIER) - 1)
        self._segment_ns = [None if cost is None else cost * change for cost in self._segment_ns]

    def shown(self, now_ns: int, rest_ns: int) -> None:
        """A frame was shown; the rung may be another one from here on.

        Args:
            now_ns: when.
            rest_ns: what the time since the last one went into, but for waiting and for segmenting: decoding, drawing,
                showing, and other streams' frames. That of the first frame does not count: a window opens.
        """
        if self._changed_ns is None:
            self._changed_ns = now_ns
            return
        self._rests_ns.append(rest_ns)
        self._rest_ns = statistics.median(self._rests_ns)
        if now_ns - self._changed_ns < _SETTLE_S * 1e9:
            return
        at = self._rungs.index(self.rung)
        if self._cost_ns(self.rung) > self._frame_ns:
            self._roomy_since_ns = None
            self._go(self._first_within(_TIGHT, self._rungs[at + 1 :]) or self._rungs[-1], now_ns)
            return
        self.reachable = True
        better = self._first_within(_ROOMY, self._rungs[:at])
        if better is None:
            self._roomy_since_ns = None
        elif self._roomy_since_ns is None:
            self._roomy_since_ns = now_ns
        elif now_ns - self._roomy_since_ns >= _PATIENCE_S * 1e9:
            self._go(better, now_ns)

    def _first_within(self, share: float, rungs: list[Rung]) -> Rung | None:
        """The best of these that takes no more than this share of a frame's time."""
        return next((rung for rung in rungs if self._cost_ns(rung) <= share * self._frame_ns), None)

    def _cost_ns(self, rung: Rung) -> float:
        """What a frame takes on average; of a model that was never run: nothing is known against it."""
        return self._rest_ns + self._streams * (self._segment_ns[rung.model] or 0.0) / rung.stride

    def _go(self, rung: Rung, now_ns: int) -> None:
        self.reachable = self._cost_ns(rung) <= self._frame_ns
        self.rung, self._changed_ns, self._roomy_since_ns = rung, now_ns, None

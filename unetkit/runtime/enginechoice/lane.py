"""An opened candidate that takes its turns, alone or beside the work of a live run."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import cv2

from unetkit.contract.arrays import InputTensor
from unetkit.data.scene import scene
from unetkit.runtime.backends.backend import Backend

LIVE_HW = (720, 1280)  # of the frames that are decoded and drawn beside the network
_Clock = Callable[[], int]


class Companion:
    """What a run does while the network has a frame: the next one is decoded, here a JPEG of 1280x720.

    In a run that is a process (cameras) or a thread (files) of its own; here it is a thread.
    """

    def __init__(self, clock: _Clock = time.perf_counter_ns) -> None:
        frame, _ = scene(0, LIVE_HW)
        self._jpeg, self._clock = cv2.imencode(".jpg", frame)[1], clock
        self._thread = ThreadPoolExecutor(1)

    def begin(self) -> Future[int]:
        """Start on a frame; the time when it is done, by the clock."""
        return self._thread.submit(self._work)

    def _work(self) -> int:
        cv2.imdecode(self._jpeg, cv2.IMREAD_COLOR)
        return self._clock()


class BackendLane:
    """A backend and the tensor it is timed on.

    Args:
        backend: opened.
        tensor: uint8 (1, H, W, 3).
        companion: works beside it; None: it is timed alone.
        clock: nanoseconds.
    """

    def __init__(
        self,
        backend: Backend,
        tensor: InputTensor,
        companion: Companion | None = None,
        clock: _Clock = time.perf_counter_ns,
    ) -> None:
        self.backend = backend
        self._tensor, self._companion, self._clock = tensor, companion, clock

    def turn(self) -> tuple[int, int]:
        """One that is not timed, for the others have pushed its weights out of the caches; then one that is."""
        self.backend.infer(self._tensor)
        if self._companion is None:
            start_ns = self._clock()
            self.backend.infer(self._tensor)
            return self._clock() - start_ns, 0
        start_ns = self._clock()
        decoded = self._companion.begin()
        self.backend.infer(self._tensor)
        infer_ns = self._clock() - start_ns
        return infer_ns, decoded.result() - start_ns

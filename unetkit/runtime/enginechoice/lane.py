"""An opened candidate that takes its turns, alone or beside the work of a live run."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import cv2
import numpy as np

from unetkit.contract.arrays import InputTensor, Labels
from unetkit.contract.postprocess import Mask
from unetkit.contract.spec import ModelSpec
from unetkit.data.scene import scene
from unetkit.runtime.backend import Backend
from unetkit.runtime.views.overlay import Overlay

LIVE_HW = (720, 1280)  # of the frames that are decoded and drawn beside the network
_Clock = Callable[[], int]


class Companion:
    """A frame's work beside the network, in a thread of its own: a JPEG of 1280x720 decoded, an overlay drawn.

    A run overlaps the two: while the network has one frame, the next is decoded and the last is drawn.
    """

    def __init__(self, spec: ModelSpec, clock: _Clock = time.perf_counter_ns) -> None:
        frame, labels = scene(0, LIVE_HW)
        self._jpeg = cv2.imencode(".jpg", frame)[1]
        drawn: Labels = np.minimum(labels, len(spec.classes) - 1).astype(np.uint8)
        self._mask = Mask(labels=drawn)
        self._overlay, self._clock = Overlay(spec), clock
        self._thread = ThreadPoolExecutor(1)

    def begin(self) -> Future[int]:
        """Start on a frame; the time when it is done, by the clock."""
        return self._thread.submit(self._work)

    def _work(self) -> int:
        frame = np.asarray(cv2.imdecode(self._jpeg, cv2.IMREAD_COLOR), np.uint8)
        self._overlay.draw(frame, self._mask)
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
        drawn = self._companion.begin()
        self.backend.infer(self._tensor)
        infer_ns = self._clock() - start_ns
        return infer_ns, drawn.result() - start_ns

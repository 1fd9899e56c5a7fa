"""An opened candidate that takes its turns: alone, beside the work of a live run, or in a file's run."""

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal, Protocol

import cv2
import numpy as np

from unetkit.contract.arrays import AnyArray, InputTensor
from unetkit.data.scene import scene
from unetkit.runtime.backends.backend import Backend
from unetkit.runtime.running.networkahead import mask_of, opencv_in_step, work_ahead
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sources.frame import Frame, FrameSource, Recorded
from unetkit.runtime.views.painter import Painter

Flow = Literal["network", "live", "file"]  # what is timed: the network alone, beside decoding, whole frames of a file
LIVE_HW = (720, 1280)  # of the frames that are decoded and drawn beside the network
_FILLING = 6  # frames until all threads of a file's run have work, and their queues are as full as they will be
_LEAST, _LEAST_NS = 6, 60_000_000  # frames of a turn; of fast ones more, until so much time has passed
_Clock = Callable[[], int]


class BackendTurns(Protocol):
    """A backend that takes part in a race."""

    @property
    def backend(self) -> Backend: ...

    def turn(self) -> tuple[int, int]:
        """Nanoseconds of one inference, or of a whole frame, and of the work that went on beside it (0: none)."""


class Companion:
    """What a run does while the network has a frame: the next one is decoded, here a JPEG of 1280x720.

    In a run that is a process (cameras) or a thread (files) of its own; here it is a thread.
    """

    def __init__(self, clock: _Clock = time.perf_counter_ns) -> None:
        self._jpeg, self._clock = live_jpeg(), clock
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


class FileLane:
    """A backend in the run of a file: frames decoded, segmented and drawn in the threads that `unetkit video` has.

    Args:
        segmenter: the opened model.
        clock: nanoseconds.
    """

    def __init__(self, segmenter: Segmenter, clock: _Clock = time.perf_counter_ns) -> None:
        self.backend = segmenter.backend
        self._segmenter, self._clock = segmenter, clock
        self._painter = Painter(segmenter.spec)
        self._jpeg = live_jpeg()

    def turn(self) -> tuple[int, int]:
        """A frame's share of the time while all threads are at work."""
        clip = _EndlessClip(self._jpeg)
        with opencv_in_step(clip, self._segmenter), contextlib.closing(work_ahead(clip, self._segmenter)) as source:
            for _ in range(_FILLING):
                self._do_frame(source)
            start_ns, frames = self._clock(), 0
            while frames < _LEAST or self._clock() - start_ns < _LEAST_NS:
                self._do_frame(source)
                frames += 1
            return (self._clock() - start_ns) // frames, 0

    def _do_frame(self, source: FrameSource) -> None:
        frame = source.read()
        if frame is not None:
            self._painter.draw(frame.bgr, mask_of(source, frame, self._segmenter))


class _EndlessClip(Recorded):
    """The same JPEG again and again, decoded each time."""

    name, fps, hw = "a clip", None, LIVE_HW

    def __init__(self, jpeg: AnyArray) -> None:
        self._jpeg, self._index = jpeg, -1

    def read(self) -> Frame:
        self._index += 1
        bgr = np.asarray(cv2.imdecode(self._jpeg, cv2.IMREAD_COLOR), np.uint8)
        return Frame(bgr=bgr, index=self._index, name=str(self._index))

    def close(self) -> None:
        return


def live_jpeg() -> AnyArray:
    """A generated scene, compressed as a camera does it."""
    jpeg: AnyArray = cv2.imencode(".jpg", scene(0, LIVE_HW)[0])[1]
    return jpeg

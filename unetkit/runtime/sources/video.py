"""A video file, every frame of it in order."""

import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame
from unetkit.errors import SourceError
from unetkit.processors import usable_cores
from unetkit.runtime.sources.capture import OpenCvCapture
from unetkit.runtime.sources.frame import Frame, Recorded
from unetkit.runtime.stderr import muted_stderr

_WATCHED = range(8, 32)  # frames by which it is seen whether decoding holds its reader up; before, queues fill
_HOLDS_UP = 0.7  # share of the time that decoding takes then: there is hardly a wait for the reader left


class VideoFile(Recorded):
    """The frames of a file until the decoder has no more: the container's frame count is only a claim.

    FFmpeg's own threads cost more than they give where decoding is the lesser part of a run: theirs are switches and
    cold caches, and the frame waits for each. So one thread decodes; where that turns out to be what the reader waits
    for, the file is opened again with a thread for each core, and goes on where it stood.

    Raises:
        SourceError: there is no such file, it is empty, or no frame of it can be decoded.
    """

    def __init__(self, path: Path, clock: Callable[[], int] = time.perf_counter_ns) -> None:
        if not path.is_file():
            raise SourceError(f"no video file {path}; check the path")
        if path.stat().st_size == 0:
            raise SourceError(f"video {path} is empty; copy or record it again")
        self._path, self._clock = path, clock
        self._capture = self._opened(threads=1)
        self._next = self._capture.fetch()
        if self._next is None:
            self._capture.release()
            raise SourceError(self._refusal)
        self._index = 0
        self._decoding_ns = self._watched_from_ns = 0
        self.name = f"video {path}"
        self.fps = self._capture.fps
        self.hw: tuple[int, int] | None = (self._next.shape[0], self._next.shape[1])

    def read(self) -> Frame | None:
        bgr = self._next if self._index == 0 else self._fetch()
        self._next = None
        if bgr is None:
            return None
        name = f"{self._path.stem}_{self._index:06d}"
        frame = Frame(bgr=bgr, index=self._index, name=name, at_s=self._capture.at_s)
        self._index += 1
        if self._index == _WATCHED.stop and self._holds_up():
            self._decode_on_all_cores(bgr)
        return frame

    def close(self) -> None:
        self._capture.release()

    @property
    def _refusal(self) -> str:
        return f"{self._path} is not a video that can be read; expected mp4, avi, mkv, webm, mov or the like"

    def _opened(self, *, threads: int) -> OpenCvCapture:
        target = str(self._path.absolute())  # an absolute path cannot be taken for one of FFmpeg's protocols
        with muted_stderr():  # the reader of AVI says there what it thinks of a damaged file
            try:
                settings = ((cv2.CAP_PROP_N_THREADS, threads),)
                return OpenCvCapture(target, backend=cv2.CAP_ANY, refusal=self._refusal, settings=settings)
            except SourceError:  # a reader that knows no such setting
                return OpenCvCapture(target, backend=cv2.CAP_ANY, refusal=self._refusal)

    def _fetch(self) -> BgrFrame | None:
        if self._index not in _WATCHED:
            return self._capture.fetch()
        start_ns = self._clock()
        if self._index == _WATCHED.start:
            self._watched_from_ns = start_ns
        bgr = self._capture.fetch()
        self._decoding_ns += self._clock() - start_ns
        return bgr

    def _holds_up(self) -> bool:
        return self._decoding_ns > _HOLDS_UP * (self._clock() - self._watched_from_ns)

    def _decode_on_all_cores(self, last: BgrFrame) -> None:
        """From the next frame on, if the decoder gives the same last one then: in damaged files it may not."""
        cores = usable_cores()
        if cores == 1:
            return
        try:
            capture = self._opened(threads=cores)
        except SourceError:  # it is gone by now; what was opened goes on
            return
        capture.skip(self._index - 1)
        again = capture.fetch()
        same = again is not None and np.array_equal(again, last)
        unused, self._capture = (self._capture, capture) if same else (capture, self._capture)
        unused.release()

"""Everything of this process on one core, for figures that say so."""

import contextlib
import os
from collections.abc import Iterator

import cv2


@contextlib.contextmanager
def one_core() -> Iterator[int | None]:
    """Bind the calling thread, and those it starts, to the last core that it may use, and OpenCV to one thread.

    Yields:
        The core's number; None where the system cannot bind (then only OpenCV is held to one thread).
    """
    threads = cv2.getNumThreads()
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set[int]()
    core = max(allowed, default=None)
    try:
        cv2.setNumThreads(1)
        if core is not None:
            os.sched_setaffinity(0, {core})
        yield core
    finally:
        cv2.setNumThreads(threads)
        if allowed:
            os.sched_setaffinity(0, allowed)

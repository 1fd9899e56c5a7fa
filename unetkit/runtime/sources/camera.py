"""A camera of this machine, by its index."""

import sys

import cv2

from unetkit.runtime.sources.capture import OpenCvCapture
from unetkit.runtime.sources.live import LiveSource, Patience
from unetkit.runtime.sources.readerprocess import ProcessFeed


def open_camera(index: int, *, patience: Patience | None = None) -> LiveSource:
    """The camera with this index, as the system counts them (0 is the first).

    Raises:
        SourceError: there is no such camera, it is in use, or it gives no picture.
    """
    hint = "check its cable, `ls /dev/video*`, and that no other program uses it"
    if sys.platform != "linux":
        hint = "check its cable, that no other program uses it, and that this one may use cameras"
    refusal = f"no camera with index {index}; {hint}, or give another index, a URL or a file"
    arguments = {"target": index, "backend": cv2.CAP_ANY, "refusal": refusal}
    return LiveSource(f"camera {index}", lambda: ProcessFeed(OpenCvCapture, arguments), patience=patience)

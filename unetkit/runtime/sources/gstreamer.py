"""A GStreamer pipeline, where OpenCV was built with it."""

import re

import cv2

from unetkit.errors import MissingDependencyError
from unetkit.runtime.sources.capture import OpenCvCapture
from unetkit.runtime.sources.live import LiveSource, Patience
from unetkit.runtime.sources.readerprocess import ProcessFeed

_TAIL = " ! videoconvert ! video/x-raw,format=BGR ! appsink drop=true max-buffers=1 sync=false"
_BUILT = re.compile(r"GStreamer:\s*YES")


def is_pipeline(text: str) -> bool:
    return " ! " in text


def open_pipeline(text: str, *, patience: Patience | None = None) -> LiveSource:
    """What a pipeline gives, as `gst-launch-1.0` would take it; without an `appsink` one for BGR is put at its end.

    Raises:
        MissingDependencyError: this OpenCV was built without GStreamer.
        SourceError: it does not start, or gives no picture.
    """
    if not _BUILT.search(cv2.getBuildInformation()):
        raise MissingDependencyError(
            "this OpenCV was built without GStreamer, as the wheels of PyPI are; use the system's (python3-opencv), or "
            "pipe: gst-launch-1.0 -q ... ! jpegenc ! fdsink | unetkit webcam --camera -"
        )
    arguments = {
        "target": complete(text),
        "backend": cv2.CAP_GSTREAMER,
        "refusal": f"the GStreamer pipeline does not start: {text}; try it with gst-launch-1.0",
    }
    return LiveSource("GStreamer pipeline", lambda: ProcessFeed(OpenCvCapture, arguments), patience=patience)


def complete(text: str) -> str:
    return text if "appsink" in text else text.rstrip(" !") + _TAIL

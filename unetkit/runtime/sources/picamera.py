"""A Raspberry Pi's camera on the ribbon cable, through libcamera: OpenCV's V4L2 sees only its raw sensor."""

from importlib.util import find_spec
from typing import Any

import numpy as np

from unetkit.contract.arrays import BgrFrame
from unetkit.errors import MissingDependencyError, SourceError
from unetkit.runtime.sources.cameramode import CameraMode
from unetkit.runtime.sources.live import LiveSource, Patience
from unetkit.runtime.sources.readerprocess import ProcessFeed

_HW = (480, 640)
_FPS = 30.0


def open_picamera(index: int = 0, *, mode: CameraMode | None = None, patience: Patience | None = None) -> LiveSource:
    """The camera with this index among libcamera's.

    Raises:
        MissingDependencyError: the package picamera2 is not installed.
        SourceError: there is no such camera, it is in use, or it gives no picture.
    """
    if find_spec("picamera2") is None:
        raise MissingDependencyError(
            "a Raspberry Pi's camera needs the package picamera2; run: sudo apt install -y python3-picamera2, "
            "and make the virtual environment with --system-site-packages"
        )
    mode = mode or CameraMode()
    arguments = {"index": index, "hw": mode.hw or _HW, "fps": mode.fps or _FPS}
    return LiveSource(f"picamera {index}", lambda: ProcessFeed(Picamera, arguments), patience=patience)


class Picamera:
    """A capture by picamera2, whose manual says that in the format it calls RGB888 the bytes are in the order BGR."""

    endless = True

    def __init__(self, index: int, hw: tuple[int, int], fps: float) -> None:
        from picamera2 import Picamera2

        self.fps: float | None = fps
        try:
            self._camera: Any = Picamera2(index)
            self._camera.configure(
                self._camera.create_video_configuration(
                    main={"size": (hw[1], hw[0]), "format": "RGB888"}, controls={"FrameRate": fps}
                )
            )
            self._camera.start()
        except (RuntimeError, IndexError, OSError) as error:
            raise SourceError(
                f"no picamera {index}: {error}; check its ribbon cable, `rpicam-hello --list-cameras`, "
                "and that no other program uses it"
            ) from error

    def fetch(self) -> BgrFrame | None:
        return np.ascontiguousarray(self._camera.capture_array("main"), np.uint8)

    def release(self) -> None:
        self._camera.stop()
        self._camera.close()

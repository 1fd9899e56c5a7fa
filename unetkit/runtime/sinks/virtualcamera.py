"""A camera that other programs open, and that shows what is drawn here."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from unetkit.contract.arrays import AnyArray, BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.errors import DeviceError, OutputError
from unetkit.runtime.sinks.loopback import LoopbackDevice
from unetkit.runtime.sinks.videowriter import fitted
from unetkit.runtime.sources.frame import Frame


class VirtualCameraSink:
    """Writes into a device of v4l2loopback. The first picture decides the size, the others are fitted into it.

    While there is no frame the last picture is written again: programs take a silent camera for one that is gone.

    Args:
        path: of the device, such as /dev/video10.
        open_device: opens it.

    Raises:
        DeviceError: it is not there, or takes no pictures.
    """

    wants_drawn = True

    def __init__(self, path: Path, open_device: Callable[[Path], LoopbackDevice] = LoopbackDevice) -> None:
        self._device = open_device(path)
        self._hw: tuple[int, int] | None = None
        self._i420: AnyArray = np.empty((0, 0), np.uint8)

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:  # noqa: ARG002 (the protocol's arguments)
        self._take(drawn)
        self._write()
        return True

    def idle(self, drawn: BgrFrame | None) -> bool:
        if drawn is not None:
            self._take(drawn)
        if self._hw is not None:
            self._write()
        return True

    def close(self) -> None:
        self._device.close()

    def _take(self, drawn: BgrFrame) -> None:
        if self._hw is None:
            height, width = drawn.shape[:2]
            self._hw = self._device.set_size((max(2, height & ~1), max(2, width & ~1)))  # colours are of 2x2 pixels
            self._i420 = np.empty((self._hw[0] * 3 // 2, self._hw[1]), np.uint8)
        even = drawn[: self._hw[0], : self._hw[1]] if _is_a_pixel_larger(drawn, self._hw) else drawn
        cv2.cvtColor(fitted(even, self._hw), cv2.COLOR_BGR2YUV_I420, dst=self._i420)

    def _write(self) -> None:
        try:
            self._device.write(self._i420)
        except DeviceError as error:
            raise OutputError(str(error)) from error


def _is_a_pixel_larger(drawn: BgrFrame, hw: tuple[int, int]) -> bool:
    """An odd size, of which the last row or column is left out rather than all be scaled."""
    return all(0 <= own - even <= 1 for own, even in zip(drawn.shape[:2], hw, strict=True))

"""A window on the screen."""

import contextlib
import math

import cv2

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.runtime.display import require_display
from unetkit.runtime.opencv import silence
from unetkit.runtime.running.controls import Controls
from unetkit.runtime.running.keys import QUIT_KEYS, press
from unetkit.runtime.sources.frame import Frame

_MIN_WIDTH = 320


class WindowSink:
    """Shows what was drawn; q, Esc or the window's close button ends the run.

    Args:
        title: the window's title, and its name in OpenCV: two sinks need two.
        controls: what its other keys change, see `keys`; a key pressed in any of several windows acts on all of them.

    Raises:
        DeviceError: no window can be opened here.
    """

    wants_drawn = True

    def __init__(self, title: str = "unetkit", controls: Controls | None = None) -> None:
        silence()
        require_display()
        self._title, self._controls = title, controls
        self._opened = False
        self._hw = (0, 0)

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:  # noqa: ARG002 (the protocol's arguments)
        if not self._opened:
            self._open(drawn)
        if drawn.shape[:2] != self._hw:
            self._fit(drawn)
        cv2.imshow(self._title, drawn)
        return self._goes_on()

    def idle(self, drawn: BgrFrame | None) -> bool:
        if not self._opened:
            return True
        if drawn is not None:
            if drawn.shape[:2] != self._hw:
                self._fit(drawn)
            cv2.imshow(self._title, drawn)
        return self._goes_on()

    def close(self) -> None:
        if self._opened:
            self._opened = False
            with contextlib.suppress(cv2.error):  # the user has closed it already
                cv2.destroyWindow(self._title)
            cv2.waitKey(1)  # the toolkit works only while it is waited for

    def _goes_on(self) -> bool:
        """Let the toolkit work, and take a key."""
        code = cv2.waitKey(1) & 0xFF
        if code in QUIT_KEYS if self._controls is None else not press(code, self._controls):
            return False
        try:
            return cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
        except cv2.error:  # Qt's answer after its last window was closed
            return False

    def _open(self, drawn: BgrFrame) -> None:
        height, width = drawn.shape[:2]
        cv2.namedWindow(self._title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        scale = max(1.0, _MIN_WIDTH / width)
        cv2.resizeWindow(self._title, round(width * scale), round(height * scale))
        self._opened, self._hw = True, (height, width)

    def _fit(self, drawn: BgrFrame) -> None:
        """Give the window a picture's shape, its area kept: Qt would squeeze the one into the other."""
        _, _, width, height = cv2.getWindowImageRect(self._title)
        self._hw = drawn.shape[0], drawn.shape[1]
        scale = math.sqrt(max(1, width * height) / (self._hw[0] * self._hw[1]))
        cv2.resizeWindow(self._title, max(1, round(self._hw[1] * scale)), max(1, round(self._hw[0] * scale)))

"""The screen of this machine as a camera."""

import re
import time
from importlib.util import find_spec
from typing import Any

import numpy as np

from unetkit.contract.arrays import BgrFrame
from unetkit.errors import MissingDependencyError, SourceError, UsageError
from unetkit.runtime.sources.cameramode import CameraMode
from unetkit.runtime.sources.live import LiveSource, Patience
from unetkit.runtime.sources.readerprocess import ProcessFeed

_TEXT = re.compile(r"screen(?::(\d{1,2}))?(?::(\d{1,5})x(\d{1,5})\+(\d{1,5})\+(\d{1,5}))?", re.ASCII)
_FPS = 30.0


def open_screen(text: str, *, mode: CameraMode | None = None, patience: Patience | None = None) -> LiveSource:
    """A screen, or part of one.

    Args:
        text: `screen` (the first), `screen:2`, `screen:1:640x480+100+50` (width x height + left + top); `screen:0` is
            all screens together.
        mode: the rate; size and format are the screen's own.
        patience: how long it may be silent; that it stands still is no fault.

    Raises:
        UsageError: the text is not like that.
        MissingDependencyError: the package mss is not installed.
        SourceError: there is no such screen, or no display.
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        raise UsageError(f"the source is {text!r}, expected screen, screen:2 or screen:1:640x480+100+50")
    if find_spec("mss") is None:
        raise MissingDependencyError('the screen needs the package mss; run: pip install "unetkit[screen]"')
    region = [int(number) for number in found.groups()[1:]] if found[2] else None
    arguments = {"number": int(found[1] or 1), "region": region, "fps": (mode and mode.fps) or _FPS}
    return LiveSource(text, lambda: ProcessFeed(Screen, arguments), patience=patience)


class Screen:
    """A capture of a screen by mss.

    Args:
        number: of the screen; 0 for all together.
        region: width, height, left, top; None: all of it.
        fps: pictures a second, at most.
    """

    endless = True

    def __init__(self, number: int, region: list[int] | None, fps: float) -> None:
        from mss import ScreenShotError, mss

        self.fps: float | None = fps
        self._error = ScreenShotError
        try:
            self._screens: Any = mss()
            monitors = self._screens.monitors
        except ScreenShotError as error:
            raise SourceError(f"the screen cannot be read: {error}; it takes a display") from error
        if number >= len(monitors):
            raise SourceError(f"no screen {number}; there are {len(monitors) - 1}, the first is screen:1")
        self._box = dict(monitors[number])
        if region is not None:
            width, height, left, top = region
            self._box = {
                "left": self._box["left"] + left,
                "top": self._box["top"] + top,
                "width": width,
                "height": height,
            }
        self._due_s = time.monotonic()

    def fetch(self) -> BgrFrame | None:
        self._due_s = max(self._due_s + 1 / (self.fps or _FPS), time.monotonic())
        time.sleep(max(0.0, self._due_s - time.monotonic()))
        try:
            shot = self._screens.grab(self._box)
        except self._error as error:
            raise SourceError(f"the screen cannot be read: {error}") from error
        bgra = np.frombuffer(shot.raw, np.uint8).reshape(shot.height, shot.width, 4)
        return np.ascontiguousarray(bgra[..., :3])

    def release(self) -> None:
        self._screens.close()

"""Whether a window can be opened, found out before OpenCV tries: without a display it aborts the process."""

import ctypes
import logging
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import cv2

from unetkit.errors import DeviceError

_INSTEAD = "run with --serve 127.0.0.1:8080 to see it in a browser, or --headless and --record FILE to keep it"
_GUI_LINE = re.compile(r"^\s*GUI:[ \t]*(\S*)", re.MULTILINE)
_log = logging.getLogger(__name__)


def require_display() -> None:
    """Return when `cv2.imshow` can work here.

    Raises:
        DeviceError: OpenCV was built without windows, or no display can be reached.
    """
    toolkit = gui_toolkit(cv2.getBuildInformation())
    if toolkit is None:
        raise DeviceError(
            f"this OpenCV was built without windows (opencv-python-headless?); install opencv-python, or {_INSTEAD}"
        )
    if sys.platform != "linux":
        return
    problem = linux_problem(toolkit, os.environ)
    if problem:
        raise DeviceError(f"{problem}; {_INSTEAD}")
    if toolkit.startswith("QT"):
        _use_a_platform_that_is_there()


def gui_toolkit(build_information: str) -> str | None:
    """The window toolkit that OpenCV's build information names (QT5, GTK3, COCOA, WIN32UI); None without one."""
    line = _GUI_LINE.search(build_information)
    toolkit = line[1].upper() if line else "NONE"
    return None if toolkit == "NONE" else toolkit or "UNKNOWN"


def linux_problem(toolkit: str, environment: Mapping[str, str]) -> str | None:
    """Why no window can be opened in this environment, or None."""
    display = environment.get("DISPLAY")
    if display:
        return None if _x_server_answers(display) else f"the X display {display!r} cannot be reached"
    if not environment.get("WAYLAND_DISPLAY"):
        return "there is no display (DISPLAY is not set)"
    if toolkit.startswith("QT") and not _has_wayland_plugin():
        return "this OpenCV cannot use Wayland alone (DISPLAY is not set; XWayland provides it)"
    return None


def _x_server_answers(display: str) -> bool:
    """Connect as the toolkits do, authorisation included: through libxcb, which they are built on.

    A connection that stands is kept: a server whose last client leaves starts anew (Xvfb without `-noreset`), and in
    that moment it would refuse the window.
    """
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(os.fsencode(display), None)
    if xcb.xcb_connection_has_error(connection) == 0:
        return True
    xcb.xcb_disconnect(connection)
    return False


def _platform_plugins() -> Path:
    return Path(cv2.__file__).parent / "qt" / "plugins" / "platforms"


def _has_wayland_plugin() -> bool:
    return not _platform_plugins().is_dir() or any(_platform_plugins().glob("libqwayland*"))


def _use_a_platform_that_is_there() -> None:
    """The wheel carries Qt's X11 platform only, and Qt aborts when the environment asks for another one."""
    wanted = os.environ.get("QT_QPA_PLATFORM", "")
    if not _has_wayland_plugin() and wanted.partition(":")[0] != "xcb":
        if wanted:
            _log.warning("this OpenCV has no Qt platform %r; its window uses xcb", wanted)
        os.environ["QT_QPA_PLATFORM"] = "xcb"

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from unetkit.errors import DeviceError
from unetkit.runtime import display
from unetkit.runtime.display import gui_toolkit, linux_problem, require_display

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the X server is looked for on Linux only")

SHOW = """
import sys
import numpy as np
from unetkit.contract.postprocess import Mask
from unetkit.errors import UnetkitError
from unetkit.runtime.sinks.window import WindowSink
from unetkit.runtime.sources.frame import Frame

try:
    sink = WindowSink("the window")
except UnetkitError as error:
    sys.exit(f"{error.exit_code} {error}")
picture = np.full((120, 160, 3), 90, np.uint8)
frame, mask = Frame(bgr=picture, index=0, name="a"), Mask(labels=picture[..., 0])
for index in range(int(sys.argv[1])):
    if not sink.show(frame, mask, picture):
        sys.stdout.write("stopped")
        break
else:
    sys.stdout.write("never stopped")
sink.close()
sink.close()
"""

RESHAPE = """
import cv2
import numpy as np
from unetkit.contract.postprocess import Mask
from unetkit.runtime.sinks.window import WindowSink
from unetkit.runtime.sources.frame import Frame

sink = WindowSink("the window")
for width in (160, 320, 160):
    picture = np.full((120, width, 3), 90, np.uint8)
    for _ in range(20):
        sink.show(Frame(bgr=picture, index=0, name="a"), Mask(labels=picture[..., 0]), picture)
        cv2.waitKey(10)
    _, _, shown_width, shown_height = cv2.getWindowImageRect("the window")
    print(round(shown_width / shown_height, 1), round(shown_width * shown_height / 1000))
sink.close()
"""

CLOSE = """
import ctypes, sys
from ctypes import c_int, c_long, c_ulong, c_void_p

class ClientMessage(ctypes.Structure):
    _fields_ = [("type", c_int), ("serial", c_ulong), ("sent", c_int), ("display", c_void_p), ("window", c_ulong),
                ("kind", c_ulong), ("format", c_int), ("data", c_long * 5), ("room", c_long * 12)]

x = ctypes.CDLL("libX11.so.6")
x.XOpenDisplay.restype = c_void_p
x.XInternAtom.restype = c_ulong
server, window = c_void_p(x.XOpenDisplay(None)), c_ulong(int(sys.argv[1]))
protocols, delete = (x.XInternAtom(server, name, 0) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW"))
event = ClientMessage(33, 0, 1, server.value, window, protocols, 32, (c_long * 5)(delete))
x.XSendEvent(server, window, 0, 0, ctypes.byref(event))
x.XSync(server, 0)
"""


@pytest.fixture(scope="module")
def screen() -> Iterator[dict[str, str]]:
    """The environment of a virtual X server, which stays as it is when its last client leaves."""
    if shutil.which("xdotool") is None:
        pytest.skip("needs xdotool")
    with x_server("-noreset", "-nolisten", "tcp") as display_name:
        yield {**without_display(), "DISPLAY": display_name}


@contextmanager
def x_server(*options: str) -> Iterator[str]:
    """Gives its display's name."""
    if shutil.which("Xvfb") is None:
        pytest.skip("needs Xvfb")
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "640x480x24", *options],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as numbers:
        number = numbers.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()


def without_display() -> dict[str, str]:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "QT_LOGGING_RULES")
    return {name: value for name, value in os.environ.items() if name not in hidden}


def show(environment: Mapping[str, str], frames: int = 100_000) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SHOW, str(frames)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def window_of(environment: Mapping[str, str]) -> str:
    found = subprocess.run(
        ["xdotool", "search", "--sync", "--name", "the window"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return found.stdout.split()[0]


@pytest.mark.parametrize("key", ["q", "Q", "Escape"])
def test_a_key_ends_the_window_and_nothing_is_printed(screen: dict[str, str], key: str) -> None:
    process = show(screen)
    window = window_of(screen)
    while process.poll() is None:  # a key sent before the window has the focus is lost
        subprocess.run(["xdotool", "windowfocus", window, "key", "--window", window, key], env=screen, check=False)
        time.sleep(0.2)
    assert (process.returncode, *process.communicate()) == (0, "stopped", "")


def test_the_close_button_ends_the_window(screen: dict[str, str]) -> None:
    process = show(screen)
    window = window_of(screen)
    time.sleep(0.5)  # so that the window is shown, not only made
    subprocess.run([sys.executable, "-c", CLOSE, window], env=screen, check=True)
    assert (*process.communicate(timeout=60), process.returncode) == ("stopped", "", 0)


def test_a_window_nobody_touches_goes_on(screen: dict[str, str]) -> None:
    process = show(screen, frames=5)
    assert (*process.communicate(timeout=60), process.returncode) == ("never stopped", "", 0)


def test_the_window_takes_the_shape_of_the_picture_and_keeps_its_area(screen: dict[str, str]) -> None:
    run = subprocess.run(
        [sys.executable, "-c", RESHAPE], env=screen, capture_output=True, text=True, timeout=60, check=True
    )
    shapes = [line.split() for line in run.stdout.splitlines()]
    assert [shape for shape, _ in shapes] == ["1.3", "2.7", "1.3"]
    areas = [int(area) for _, area in shapes]
    assert max(areas) - min(areas) <= 2  # 320x240 to begin with; sides are whole pixels


@pytest.mark.parametrize("platform", ["wayland", "offscreen", "nonsense"])
def test_a_qt_platform_that_is_not_there_does_not_abort(screen: dict[str, str], platform: str) -> None:
    process = show({**screen, "QT_QPA_PLATFORM": platform}, frames=3)
    out, _ = process.communicate(timeout=60)
    assert (out, process.returncode) == ("never stopped", 0)


@on_linux
@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({}, "there is no display (DISPLAY is not set)"),
        ({"DISPLAY": ":4242"}, "the X display ':4242' cannot be reached"),
        ({"DISPLAY": "rubbish"}, "the X display 'rubbish' cannot be reached"),
        ({"DISPLAY": ""}, "there is no display"),
    ],
)
def test_without_a_display_the_user_reads_one_line_and_no_abort(extra: dict[str, str], words: str) -> None:
    process = show({**without_display(), **extra})
    out, err = process.communicate(timeout=60)
    assert (out, process.returncode) == ("", 1)  # 1: sys.exit with a text; an abort is -6
    assert err.startswith(f"6 {words}")
    assert "--headless" in err
    assert "--record" in err
    assert err.count("\n") == 1


@on_linux
def test_a_display_that_refuses_this_user_is_found_out(tmp_path: Path) -> None:
    if shutil.which("xauth") is None:
        pytest.skip("needs xauth")
    keys = tmp_path / "keys"
    subprocess.run(["xauth", "-f", str(keys), "add", ":0", ".", "00" * 16], check=True, capture_output=True)
    with x_server("-auth", str(keys)) as display_name:
        process = show({**without_display(), "DISPLAY": display_name, "XAUTHORITY": str(tmp_path / "none")})
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "cannot be reached" in err


@on_linux
def test_a_server_that_starts_anew_without_clients_has_one_from_the_first_look() -> None:
    with x_server() as display_name:
        answers = [linux_problem("QT5", {"DISPLAY": display_name}) for _ in range(50)]
    assert answers == [None] * 50  # when each look leaves again, one in seven is refused


@pytest.mark.parametrize(
    ("text", "toolkit"),
    [
        ("  GUI:                           QT5\n    QT:   YES\n", "QT5"),
        ("  GUI:                           GTK3\n", "GTK3"),
        ("  GUI:                           NONE\n", None),
        ("  GUI: \n    GTK+:  YES\n", "UNKNOWN"),
        ("  Media I/O:\n", None),
    ],
)
def test_the_window_toolkit_is_read_off_the_build_information(text: str, toolkit: str | None) -> None:
    assert gui_toolkit(text) == toolkit


def test_an_opencv_without_windows_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "gui_toolkit", lambda _: None)
    with pytest.raises(DeviceError, match="opencv-python-headless"):
        require_display()


def test_wayland_alone_is_enough_for_toolkits_that_speak_it_and_not_for_the_wheel_s_qt(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment = {"WAYLAND_DISPLAY": "wayland-0"}
    (tmp_path / "libqxcb.so").touch()
    monkeypatch.setattr(display, "_platform_plugins", lambda: tmp_path)
    assert linux_problem("GTK3", environment) is None
    assert "XWayland" in str(linux_problem("QT5", environment))
    (tmp_path / "libqwayland-generic.so").touch()
    assert linux_problem("QT5", environment) is None

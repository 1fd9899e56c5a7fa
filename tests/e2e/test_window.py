"""The window, on a virtual screen."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import pytest

from tests.e2e.commands import Shell
from tests.e2e.conftest import Workshop
from tests.unit.runtime.mjpeg_server import MjpegCamera, serving


@pytest.fixture
def display() -> Iterator[str]:
    """The name of a virtual X server's display."""
    missing = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed")
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "800x600x24", "-nolisten", "tcp"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as numbers:
        number = numbers.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()


def test_q_ends_the_live_window_with_the_table(workshop: Workshop, display: str) -> None:
    shell = Shell.in_folder(workshop.shell.folder, DISPLAY=display)
    process = shell.start("webcam", "six/model.int8.tflite", "--camera", "synthetic")
    press_q_until_it_ends(process, shell)
    printed, errors = process.communicate()
    assert process.returncode == 0, errors
    assert printed.rstrip().endswith("stopped by the user")
    assert "│ sink " in printed
    said = ("timing the engines ", "engine: ", "six/model.int8.tflite: int8 on ")
    assert [line for line in errors.splitlines() if not line.startswith(said)] == []


def test_q_ends_the_window_while_the_camera_is_silent(workshop: Workshop, display: str) -> None:
    shell = Shell.in_folder(workshop.shell.folder, DISPLAY=display)
    with serving(MjpegCamera(behaviour="stalls", frames=100)) as url:
        process = shell.start("webcam", "six/model.int8.tflite", "--camera", url)
        assert process.stderr is not None
        assert any("it is silent; opening it again" in line for line in process.stderr)
        press_q_until_it_ends(process, shell)
        printed, errors = process.communicate()
    assert process.returncode == 0, errors
    assert printed.rstrip().endswith("stopped by the user")


def test_keys_change_the_view_and_take_a_picture_and_a_recording(tmp_path: Path, display: str) -> None:
    shell = Shell.in_folder(tmp_path, DISPLAY=display)
    process = shell.start("webcam", "person", "--camera", "synthetic", "--view", "cutout")
    window = window_of(shell)
    press_until(lambda: len(list(tmp_path.glob("*.mkv"))) > 0, "r", window, shell)
    press(("space", "h", "v", "v", "plus", "o", "c", "f", "l"), window, shell)
    press_until(lambda: len(list(tmp_path.glob("*.png"))) > 0, "s", window, shell)
    press_q_until_it_ends(process, shell)
    printed, errors = process.communicate()
    assert process.returncode == 0, errors
    assert printed.rstrip().endswith("stopped by the user")
    picture = cv2.imread(str(next(tmp_path.glob("*.png"))))
    assert picture is not None
    assert picture.shape[0] == 480  # without words, of whichever view was on
    assert cv2.VideoCapture(str(next(tmp_path.glob("*.mkv")))).read()[0]


def window_of(shell: Shell) -> str:
    found = subprocess.run(
        ["xdotool", "search", "--sync", "--name", "unetkit"],
        env=shell.variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return found.stdout.split()[0]


def press(keys: Sequence[str], window: str, shell: Shell) -> None:
    subprocess.run(
        ["xdotool", "windowfocus", window, "key", "--delay", "60", "--window", window, *keys],
        env=shell.variables,
        check=False,
    )


def press_until(happened: Callable[[], bool], key: str, window: str, shell: Shell) -> None:
    """A key sent before the window has the focus is lost."""
    until_s = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < until_s, f"nothing came of {key}"
        press((key,), window, shell)
        time.sleep(0.5)


def press_q_until_it_ends(process: subprocess.Popen[str], shell: Shell) -> None:
    press_until(lambda: process.poll() is not None, "q", window_of(shell), shell)


def test_without_a_screen_it_says_so_in_a_line(workshop: Workshop) -> None:
    line = workshop.shell.refused("webcam", "six/model.onnx", "--camera", "synthetic", code=6)
    assert "there is no display" in line
    assert "--headless" in line

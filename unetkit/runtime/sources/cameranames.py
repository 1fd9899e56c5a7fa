"""The names of this machine's cameras."""

import sys
from pathlib import Path

from unetkit.errors import MissingDependencyError

_SYS = Path("/sys/class/video4linux")


def camera_names(folder: Path = _SYS) -> list[tuple[str, int]]:
    """Name and index of each camera; the index is what OpenCV opens it by.

    Linux tells them in /sys, where a camera has several devices, the first of which gives pictures. Elsewhere it takes
    the package cv2-enumerate-cameras.

    Args:
        folder: where Linux keeps them.

    Raises:
        MissingDependencyError: not on Linux, and the package is not installed.
    """
    return _linux(folder) if sys.platform == "linux" else _elsewhere()


def _linux(folder: Path) -> list[tuple[str, int]]:
    names = []
    for device in folder.glob("video*"):
        number = device.name.removeprefix("video")
        if number.isdecimal() and _read(device / "index") in {"0", ""} and (name := _read(device / "name")):
            names.append((name, int(number)))
    return sorted(names, key=lambda item: item[1])


def _elsewhere() -> list[tuple[str, int]]:
    try:
        from cv2_enumerate_cameras import enumerate_cameras
    except ImportError as error:
        raise MissingDependencyError(
            "cameras are found by name with the package cv2-enumerate-cameras; run: "
            'pip install "unetkit[camera-names]", or give the camera by its index'
        ) from error
    return [(camera.name, camera.index) for camera in enumerate_cameras()]


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""

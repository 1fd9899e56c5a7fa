"""Cameras, ffmpeg, and room for what is kept."""

import getpass
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from unetkit.doctor.finding import Finding, ok, problem, warning
from unetkit.errors import MissingDependencyError
from unetkit.runtime.sources.cameranames import camera_names

_LITTLE_MIB = 1024
_MODE = re.compile(r"'(\w{4})'|Size: Discrete (\d+x\d+)")
Output = Callable[[list[str]], str]


def output_of(command: list[str]) -> str:
    """What a program prints; nothing where it fails, hangs or is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=2, check=False, errors="replace").stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def cameras(root: Path = Path("/"), output: Output = output_of) -> Iterator[Finding]:
    """Every camera with its modes, or why it cannot be opened."""
    try:
        found = camera_names(root / "sys/class/video4linux")
    except MissingDependencyError as error:
        yield ok("cameras", str(error).partition(";")[0], 'pip install "unetkit[camera-names]"')
        return
    if not found:
        yield ok("cameras", "none found; streams, files, the screen and --camera synthetic work without")
    for name, index in found:
        yield _camera(name, index, root / f"dev/video{index}", output)


def _camera(name: str, index: int, device: Path, output: Output) -> Finding:
    subject = f"camera {index}"
    if sys.platform != "linux":
        return ok(subject, name)
    if not device.exists():
        return problem(
            subject,
            f"{name}: {device} is not there; a container needs it handed in",
            f"docker run --device={device} ...",
        )
    if not os.access(device, os.R_OK | os.W_OK):
        group = _group_of(device)
        return problem(
            subject,
            f"{name}: no permission for {device}; it is for the group {group}",
            f"sudo usermod -aG {group} {_user()}  # then log in anew",
        )
    modes = _modes(output(["v4l2-ctl", "-d", str(device), "--list-formats-ext"]))
    if not modes:
        return ok(subject, f"{name}; v4l2-ctl would tell its modes", "sudo apt-get install -y v4l-utils")
    return ok(subject, f"{name}: {modes}")


def _modes(text: str) -> str:
    """`MJPG 640x480 to 1920x1080, YUYV 640x480` of what v4l2-ctl lists."""
    sizes: dict[str, list[str]] = {}
    for form, size in _MODE.findall(text):
        if form:
            sizes.setdefault(form, [])
        elif sizes and size not in sizes[kind := next(reversed(sizes))]:
            sizes[kind].append(size)
    told = []
    for form, each in sizes.items():
        each.sort(key=lambda size: [int(side) for side in size.split("x")])
        told.append(" ".join([form, *dict.fromkeys([each[0], "to", each[-1]] if len(each) > 1 else each)]))
    return ", ".join(told)


def ffmpeg(output: Output = output_of) -> Finding:
    """The program, for the sound of videos."""
    told = re.match(r"ffmpeg version (\S+)", output(["ffmpeg", "-version"]))
    if told:
        return ok("ffmpeg", told[1])
    mend = {"darwin": "brew install ffmpeg", "win32": "winget install ffmpeg"}.get(
        sys.platform, "sudo apt-get install -y ffmpeg"
    )
    return warning("ffmpeg", "not found: videos are written without their sound", mend)


def cache(folder: Path) -> Finding:
    """Room, and the right to write, where timings, compiled engines and data are kept."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not os.access(there, os.W_OK) or not there.is_dir():
        return warning(
            "cache", f"{folder} cannot be written: engines are timed at every start", "export XDG_CACHE_HOME=/tmp/cache"
        )
    free_mib = shutil.disk_usage(there).free >> 20
    text = f"{folder}, {free_mib:,} MiB free"
    return warning("cache", f"{text}: make room") if free_mib < _LITTLE_MIB else ok("cache", text)


def _group_of(device: Path) -> str:
    try:
        return device.group()
    except (KeyError, NotImplementedError):
        return "video"


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return "$USER"

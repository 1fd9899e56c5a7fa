"""Cameras that are there, closed or not handed in; ffmpeg; the cache."""

import os
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from unetkit.doctor import surroundings
from unetkit.doctor.finding import Finding, Status
from unetkit.doctor.surroundings import cache, cameras, ffmpeg, output_of

linux = pytest.mark.skipif(sys.platform != "linux", reason="cameras are in /sys on Linux only")
LISTED = """\
ioctl: VIDIOC_ENUM_FMT
	Type: Video Capture

	[0]: 'MJPG' (Motion-JPEG, compressed)
		Size: Discrete 1920x1080
			Interval: Discrete 0.033s (30.000 fps)
		Size: Discrete 640x480
			Interval: Discrete 0.033s (30.000 fps)
	[1]: 'YUYV' (YUYV 4:2:2)
		Size: Discrete 640x480
			Interval: Discrete 0.033s (30.000 fps)
"""


def camera(root: Path, *, device: bool = True, listed: str = LISTED) -> Finding:
    folder = root / "sys/class/video4linux/video2"
    folder.mkdir(parents=True)
    (folder / "name").write_text("C920 webcam\n")
    (folder / "index").write_text("0\n")
    if device:
        (root / "dev").mkdir()
        (root / "dev/video2").write_bytes(b"")
    (finding,) = cameras(root, lambda command: listed if command[0] == "v4l2-ctl" else "")
    assert finding.subject == "camera 2"
    assert finding.text.startswith("C920 webcam")
    return finding


@linux
def test_a_camera_is_told_with_its_modes(tmp_path: Path) -> None:
    finding = camera(tmp_path)
    assert (finding.status, finding.mend) == (Status.OK, "")
    assert finding.text == "C920 webcam: MJPG 640x480 to 1920x1080, YUYV 640x480"


@linux
def test_without_the_tool_that_lists_modes_its_line_is_given(tmp_path: Path) -> None:
    finding = camera(tmp_path, listed="")
    assert (finding.status, finding.mend) == (Status.OK, "sudo apt-get install -y v4l-utils")


@linux
def test_a_camera_without_permission_gets_the_line_that_gives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(surroundings, "_group_of", lambda _: "video")
    monkeypatch.setattr(surroundings, "_user", lambda: "ada")
    finding = camera(tmp_path)
    assert finding.status is Status.PROBLEM
    assert finding.mend == "sudo usermod -aG video ada  # then log in anew"


@linux
def test_a_camera_that_the_container_was_not_given_is_a_problem(tmp_path: Path) -> None:
    finding = camera(tmp_path, device=False)
    assert finding.status is Status.PROBLEM
    assert "--device=" in finding.mend


@linux
def test_no_camera_is_no_problem(tmp_path: Path) -> None:
    (finding,) = cameras(tmp_path)
    assert (finding.subject, finding.status) == ("cameras", Status.OK)


@pytest.mark.parametrize(
    ("printed", "status", "text"),
    [("ffmpeg version 6.1.1-3ubuntu5 Copyright", "ok", "6.1.1-3ubuntu5"), ("", "warning", "not found: videos are")],
)
def test_ffmpeg_is_found_or_its_line_is_given(printed: str, status: str, text: str) -> None:
    finding = ffmpeg(lambda _: printed)
    assert finding.status == status
    assert text in finding.text
    assert bool(finding.mend) == (status == "warning")


def test_a_program_that_is_not_there_prints_nothing() -> None:
    assert output_of(["a-program-that-nobody-has"]) == ""


Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize(("free_mib", "status"), [(5000, "ok"), (100, "warning")])
def test_a_cache_with_little_room_is_a_warning(
    free_mib: int, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, free_mib << 20))
    assert cache(tmp_path / "not" / "there").status == status


def test_a_cache_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    finding = cache(tmp_path / "file" / "unetkit")
    assert finding.status is Status.WARNING
    assert finding.mend.startswith("export XDG_CACHE_HOME=")

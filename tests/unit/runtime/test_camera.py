"""What is asked of cameras, by which names they are found; none is plugged in here."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from unetkit.errors import MissingDependencyError, SourceError, UsageError
from unetkit.runtime.sources import cameranames, picamera
from unetkit.runtime.sources.camera import camera_target, open_camera, refuse_missing_device, require_one
from unetkit.runtime.sources.cameramode import CameraMode
from unetkit.runtime.sources.gstreamer import complete
from unetkit.runtime.sources.opening import open_source, refuse_missing
from unetkit.runtime.sources.picamera import open_picamera

NAMES = [("HD Pro Webcam C920", 0), ("Integrated Camera", 2), ("HD Webcam B910", 4)]
GIVEN = {
    cv2.CAP_PROP_FRAME_WIDTH: 640.0,
    cv2.CAP_PROP_FRAME_HEIGHT: 480.0,
    cv2.CAP_PROP_FPS: 29.97,
    cv2.CAP_PROP_FOURCC: float(cv2.VideoWriter.fourcc(*"YUYV")),
}
FAKE_PICAMERA2 = """
import numpy as np

class Picamera2:
    def __init__(self, index):
        if index:
            raise IndexError("list index out of range")
        self.frames = 0

    def create_video_configuration(self, main, controls):
        return {**main, **controls}

    def configure(self, configuration):
        self.configuration = configuration

    def start(self):
        assert self.configuration["format"] == "RGB888" and self.configuration["FrameRate"] == 15

    def capture_array(self, name):
        width, height = self.configuration["size"]
        self.frames += 1
        return np.full((height, width, 3), (10, 20, self.frames % 256), np.uint8)
"""


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("0", 0),
        ("/dev/video12", 12),
        ("/dev/v4l/by-id/usb-046d_HD_Pro-video-index0", "/dev/v4l/by-id/usb-046d_HD_Pro-video-index0"),
        ("clip.mp4", None),
        ("0x1", None),
        ("-1", None),
        ("١", None),
    ],
)
def test_an_index_or_a_device_is_a_camera_and_nothing_else(text: str, target: int | str | None) -> None:
    assert camera_target(text) == target


def test_a_camera_is_found_by_part_of_its_name() -> None:
    assert require_one("c920", NAMES) == ("HD Pro Webcam C920", 0)
    assert require_one("integrated", NAMES) == ("Integrated Camera", 2)


@pytest.mark.parametrize(
    ("wanted", "names", "words"),
    [
        ("Sony", NAMES, r"no camera named 'Sony'; the cameras here are: 'HD Pro Webcam C920' \(0\), 'Integrated"),
        ("HD", NAMES, r"2 cameras are named 'HD'.*give more of the name"),
        ("HD", [], "the cameras here are: none"),
    ],
)
def test_a_name_that_fits_none_or_several_is_an_error_that_lists_them(
    wanted: str, names: list[tuple[str, int]], words: str
) -> None:
    with pytest.raises(SourceError, match=words):
        require_one(wanted, names)


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux tells")
def test_linux_names_its_cameras_and_their_second_devices_are_left_out(tmp_path: Path) -> None:
    for number, (name, index) in enumerate([("C920", 0), ("C920", 1), ("Integrated", 0)]):
        device = tmp_path / f"video{number * 4}"
        device.mkdir()
        (device / "name").write_text(f"{name}\n")
        (device / "index").write_text(f"{index}\n")
    (tmp_path / "vbi0").mkdir()
    assert cameranames.camera_names(tmp_path) == [("C920", 0), ("Integrated", 8)]
    assert cameranames.camera_names(tmp_path / "none") == []


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's cameras are listed without a package")
def test_a_name_that_no_camera_has_is_refused() -> None:
    with pytest.raises(SourceError, match="no camera named 'Nonesuch 9000'"):
        open_source("camera:Nonesuch 9000")


def test_a_mode_is_asked_for_in_the_order_that_drivers_want() -> None:
    mode = CameraMode.parsed("1280x720", 60, "MJPG")
    assert mode == CameraMode(hw=(720, 1280), fps=60, pixel_format="MJPG")
    assert mode.settings() == [
        (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
        (cv2.CAP_PROP_FRAME_WIDTH, 1280),
        (cv2.CAP_PROP_FRAME_HEIGHT, 720),
        (cv2.CAP_PROP_FPS, 60),
    ]
    assert CameraMode().settings() == []


@pytest.mark.parametrize(
    ("size", "fps", "pixel_format", "words"),
    [
        ("1280", None, None, "expected width x height"),
        ("0x480", None, None, "expected width x height"),
        ("1280x720p", None, None, "expected width x height"),
        (None, 0, None, "expected more than 0"),
        (None, float("nan"), None, "expected more than 0"),
        (None, None, "MJPEG", "four letters like MJPG"),
    ],
)
def test_a_mode_that_makes_no_sense_is_refused(
    size: str | None, fps: float | None, pixel_format: str | None, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        open_camera(97, mode=CameraMode.parsed(size, fps, pixel_format))


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (CameraMode(), None),
        (CameraMode(hw=(480, 640), fps=30, pixel_format="yuyv"), None),
        (CameraMode(hw=(720, 1280)), "does not give 1280x720, the nearest it has is 640x480"),
        (CameraMode(fps=60), "does not give 60 frames a second but 29.97"),
        (CameraMode(pixel_format="MJPG"), "does not give pixel format MJPG but YUYV"),
    ],
)
def test_a_camera_that_gives_something_else_than_asked_is_an_error(mode: CameraMode, words: str | None) -> None:
    if words is None:
        mode.require("camera 0", GIVEN)
        return
    with pytest.raises(SourceError, match=words):
        mode.require("camera 0", GIVEN)


@pytest.mark.parametrize("text", ["clip.mp4", "http://host/video", "synthetic", "a ! b"])
def test_a_size_is_asked_of_cameras_only(text: str) -> None:
    with pytest.raises(UsageError, match="can be asked of a camera, not of"):
        open_source(text, mode=CameraMode(hw=(480, 640)))


def test_a_raspberry_pi_s_camera_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picamera, "find_spec", lambda _: None)
    with pytest.raises(MissingDependencyError, match="apt install -y python3-picamera2"):
        open_source("picamera")


def test_a_raspberry_pi_s_camera_is_read_through_libcamera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "picamera2.py").write_text(FAKE_PICAMERA2)
    monkeypatch.syspath_prepend(tmp_path)
    source = open_picamera(0, mode=CameraMode(hw=(90, 160), fps=15))
    frame = source.read()
    source.close()
    assert frame is not None
    assert (source.live, source.fps, frame.bgr.shape) == (True, 15, (90, 160, 3))
    assert np.array_equal(frame.bgr[0, 0, :2], (10, 20))  # BGR as it is
    with pytest.raises(SourceError, match="no picamera 1: list index out of range; check its ribbon cable"):
        open_source("picamera:1")


def test_a_pipeline_without_a_sink_gets_one_for_bgr() -> None:
    assert complete("videotestsrc ! videoconvert").startswith(
        "videotestsrc ! videoconvert ! videoconvert ! video/x-raw"
    )
    assert complete("videotestsrc ! appsink") == "videotestsrc ! appsink"


@pytest.mark.skipif("GStreamer:                   NO" not in cv2.getBuildInformation(), reason="has GStreamer")
def test_a_pipeline_without_gstreamer_says_what_to_do_instead() -> None:
    with pytest.raises(MissingDependencyError, match=r"built without GStreamer.*--camera -"):
        open_source("videotestsrc ! appsink")


@pytest.mark.skipif(sys.platform != "linux", reason="cameras are device files on Linux alone")
def test_a_camera_without_a_device_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    (tmp_path / "video2").touch()
    refuse_missing_device(2, tmp_path)
    refuse_missing_device(str(tmp_path / "video2"))
    with pytest.raises(SourceError, match=r"^no camera with index 3; check its cable, `ls /dev/video\*`"):
        refuse_missing_device(3, tmp_path)
    with pytest.raises(SourceError, match=r"^no camera /dev/v4l/by-id/usb-none; "):
        refuse_missing("/dev/v4l/by-id/usb-none")


def test_a_camera_of_no_such_name_is_refused_before_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unetkit.runtime.sources.opening.camera_names", lambda: NAMES)
    refuse_missing("camera:C920")
    with pytest.raises(SourceError, match="no camera named 'B911'; the cameras here are: 'HD Pro Webcam C920'"):
        refuse_missing("camera:B911")

"""The virtual camera, in front of a driver that is played: a file takes the pictures, a function the requests."""

import errno
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.runtime.fakes import ListSource, fake_segmenter
from unetkit.contract.arrays import BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.errors import DeviceError, OutputError, UsageError
from unetkit.runtime.running.live_run import run_live
from unetkit.runtime.sinks.loopback import LoopbackDevice
from unetkit.runtime.sinks.virtualcamera import VirtualCameraSink
from unetkit.runtime.sources.frame import Frame

pytestmark = pytest.mark.skipif(sys.maxsize < 2**32, reason="the numbers below are those of a 64-bit system")

# As a C program that includes linux/videodev2.h prints them on x86-64.
QUERYCAP, S_FMT = 0x80685600, 0xC0D05605
YUV420 = 0x32315559
OUTPUT, CAPTURE, DEVICE_CAPS = 2, 1, 1 << 31


@dataclass
class Driver:
    """Answers as v4l2loopback does; `keeps` is the (width, height, format) that a reader holds it to."""

    whole: int = DEVICE_CAPS | OUTPUT | CAPTURE
    of_device: int = OUTPUT
    keeps: tuple[int, int, int] | None = None
    foreign: bool = False
    asked: list[tuple[int, ...]] = field(default_factory=list)

    def ioctl(self, descriptor: int, request: int, buffer: bytearray) -> None:
        assert descriptor > 2
        if self.foreign:
            raise OSError(errno.ENOTTY, "Inappropriate ioctl for device")
        if request == QUERYCAP:
            assert len(buffer) == 104
            struct.pack_into("=2I", buffer, 84, self.whole, self.of_device)
            return
        assert (request, len(buffer)) == (S_FMT, 208)
        self.asked.append(struct.unpack_from("=I", buffer, 0) + struct.unpack_from("=7I", buffer, 8))
        if self.keeps is not None:
            struct.pack_into("=3I", buffer, 8, *self.keeps)


@pytest.fixture
def device(tmp_path: Path) -> Path:
    path = tmp_path / "video10"
    path.touch()
    return path


def sink_of(driver: Driver, path: Path) -> VirtualCameraSink:
    return VirtualCameraSink(path, lambda path: LoopbackDevice(path, driver.ioctl))


def show(sink: VirtualCameraSink, drawn: BgrFrame) -> None:
    mask = Mask(labels=np.zeros(drawn.shape[:2], np.uint8))
    assert sink.show(Frame(bgr=drawn, index=0, name="0"), mask, drawn)


def test_the_first_picture_sets_size_and_format_and_each_is_written_whole(device: Path) -> None:
    driver = Driver()
    sink = sink_of(driver, device)
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:, 32:] = (255, 255, 255)
    show(sink, picture)
    show(sink, picture[:, ::-1].copy())
    sink.close()
    sink.close()
    # type 2, an output; width, height, format, no fields, bytes a line, bytes a picture, sRGB
    assert driver.asked == [(2, 64, 48, YUV420, 1, 64, 64 * 48 * 3 // 2, 8)]
    first, second = np.frombuffer(device.read_bytes(), np.uint8).reshape(2, 48 * 3 // 2, 64)
    for i420, expected in ((first, picture), (second, picture[:, ::-1])):
        back = cv2.cvtColor(i420, cv2.COLOR_YUV2BGR_I420)
        assert np.abs(back.astype(int) - expected).max() <= 2  # studio swing has 219 steps for 256


def test_odd_sizes_and_pictures_of_another_size_fit(device: Path) -> None:
    driver = Driver()
    sink = sink_of(driver, device)
    for hw in ((49, 65), (96, 64), (48, 64)):
        show(sink, np.full((*hw, 3), 128, np.uint8))
    sink.close()
    assert driver.asked[0][1:3] == (64, 48)
    assert device.stat().st_size == 3 * 48 * 64 * 3 // 2


def test_while_there_is_no_frame_the_last_picture_goes_on(device: Path) -> None:
    sink = sink_of(Driver(), device)
    assert sink.idle(None)
    assert device.stat().st_size == 0  # nothing to show yet
    show(sink, np.full((2, 2, 3), 255, np.uint8))
    assert sink.idle(None)
    assert sink.idle(np.zeros((2, 2, 3), np.uint8))
    sink.close()
    lights = np.frombuffer(device.read_bytes(), np.uint8).reshape(3, 6)[:, 0]
    assert lights.tolist() == [235, 235, 16]  # white, white, black in studio swing


@pytest.mark.parametrize(
    ("driver", "message"),
    [
        (Driver(foreign=True), r"is no virtual camera \(Inappropriate ioctl for device\); sudo modprobe v4l2loopback"),
        (Driver(of_device=CAPTURE), "is a camera that takes no pictures"),
        (Driver(whole=CAPTURE), "is a camera that takes no pictures"),
    ],
)
def test_what_is_no_virtual_camera_is_refused_before_a_camera_is_opened(
    device: Path, driver: Driver, message: str
) -> None:
    with pytest.raises(DeviceError, match=message):
        sink_of(driver, device)


def test_a_reader_that_holds_it_to_a_size_gets_that_size(device: Path) -> None:
    sink = sink_of(Driver(keeps=(32, 24, YUV420)), device)
    show(sink, np.zeros((48, 64, 3), np.uint8))
    sink.close()
    assert device.stat().st_size == 32 * 24 * 3 // 2


def test_another_format_that_is_kept_is_an_error(device: Path) -> None:
    sink = sink_of(Driver(keeps=(64, 48, int.from_bytes(b"MJPG", "little"))), device)
    with pytest.raises(DeviceError, match="keeps to MJPG of 64x48; close what reads it"):
        show(sink, np.zeros((48, 64, 3), np.uint8))
    sink.close()


def test_a_device_that_goes_away_ends_the_run_with_a_line() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full, which takes nothing")
    sink = sink_of(Driver(), Path("/dev/full"))
    with pytest.raises(OutputError, match="takes no more pictures: No space left"):
        show(sink, np.zeros((2, 2, 3), np.uint8))
    sink.close()


def test_a_device_that_is_not_there_and_one_that_is_none_are_told(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("ioctl is there on Unix only")
    with pytest.raises(DeviceError, match=r"cannot open the virtual camera .*: No such file .*; sudo modprobe"):
        VirtualCameraSink(tmp_path / "video10")
    with pytest.raises(DeviceError, match=r"is no virtual camera"):  # the system's own answer
        VirtualCameraSink(Path("/dev/null"))


def test_one_virtual_camera_is_for_one_camera(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="shows one camera, 2 are given"):
        run_live(
            fake_segmenter(tmp_path),
            ["0", "1"],
            record=None,
            window=False,
            max_frames=1,
            virtual_camera=tmp_path / "video10",
        )


def test_a_live_run_is_seen_in_it(tmp_path: Path, device: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver()
    monkeypatch.setattr("unetkit.runtime.running.live_run.VirtualCameraSink", lambda path: sink_of(driver, path))
    monkeypatch.setattr(
        "unetkit.runtime.running.live_run.open_source", lambda *_, **__: ListSource([50] * 5, hw=(24, 32))
    )
    run_live(fake_segmenter(tmp_path), ["fake"], record=None, window=False, max_frames=None, virtual_camera=device)
    assert device.stat().st_size == 5 * 24 * 32 * 3 // 2

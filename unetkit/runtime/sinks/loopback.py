"""Video4Linux's side of a loopback device, as far as writing pictures into it takes (linux/videodev2.h)."""

import os
import struct
from collections.abc import Callable
from pathlib import Path

from unetkit.contract.arrays import AnyArray
from unetkit.errors import DeviceError

Ioctl = Callable[[int, int, bytearray], object]

QUERYCAP, S_FMT = 0, 5  # numbers of VIDIOC_QUERYCAP and VIDIOC_S_FMT
VIDEO_OUTPUT, DEVICE_CAPS = 0x2, 0x8000_0000
I420 = int.from_bytes(b"YU12", "little")
CAPABILITY_BYTES, _CAPABILITIES_AT = 104, 84  # capabilities, device_caps
PIX_AT = struct.calcsize("P")  # the union is aligned as a pointer is
FORMAT_BYTES = PIX_AT + 200
_OUTPUT_BUFFER, _FIELD_NONE, _SRGB = 2, 1, 8
_READ, _WRITE = 2, 1
_ADVICE = "sudo modprobe v4l2loopback exclusive_caps=1 makes one"


class LoopbackDevice:
    """A device of v4l2loopback, opened for writing.

    Args:
        path: such as /dev/video10.
        ioctl: `fcntl.ioctl`, which only Unix has.

    Raises:
        DeviceError: it is not there, or takes no pictures.
    """

    def __init__(self, path: Path, ioctl: Ioctl | None = None) -> None:
        self._path, self._ioctl = path, ioctl or _system_ioctl()
        try:
            self._descriptor = os.open(path, os.O_RDWR)
        except OSError as error:
            raise DeviceError(f"cannot open the virtual camera {path}: {error.strerror}; {_ADVICE}") from error
        try:
            self._require_output()
        except DeviceError:
            self.close()
            raise

    def set_size(self, hw: tuple[int, int]) -> tuple[int, int]:
        """Ask for I420 pictures of this size, even height and width; returns the size that it takes.

        Raises:
            DeviceError: it takes another format.
        """
        height, width = hw
        asked = struct.pack("=12I", width, height, I420, _FIELD_NONE, width, width * height * 3 // 2, _SRGB, *([0] * 5))
        buffer = bytearray(FORMAT_BYTES)
        struct.pack_into("=I", buffer, 0, _OUTPUT_BUFFER)
        buffer[PIX_AT : PIX_AT + len(asked)] = asked
        self._ask(request_code(_READ | _WRITE, S_FMT, FORMAT_BYTES), buffer)
        width, height, pixel_format = struct.unpack_from("=3I", buffer, PIX_AT)
        if pixel_format != I420 or width % 2 or height % 2 or not width * height:
            held = pixel_format.to_bytes(4, "little").decode("ascii", "replace")
            raise DeviceError(
                f"the virtual camera {self._path} keeps to {held} of {width}x{height}; close what reads it"
            )
        return height, width

    def write(self, i420: AnyArray) -> None:
        """Show a picture, uint8 (H * 3 / 2, W).

        Raises:
            DeviceError: it is gone.
        """
        try:
            os.write(self._descriptor, i420.data)
        except OSError as error:
            raise DeviceError(f"the virtual camera {self._path} takes no more pictures: {error.strerror}") from error

    def close(self) -> None:
        """It may be called more than once."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _require_output(self) -> None:
        buffer = bytearray(CAPABILITY_BYTES)
        self._ask(request_code(_READ, QUERYCAP, CAPABILITY_BYTES), buffer)
        whole, of_device = struct.unpack_from("=2I", buffer, _CAPABILITIES_AT)
        if not (of_device if whole & DEVICE_CAPS else whole) & VIDEO_OUTPUT:
            raise DeviceError(f"{self._path} is a camera that takes no pictures; {_ADVICE}")

    def _ask(self, request: int, buffer: bytearray) -> None:
        try:
            self._ioctl(self._descriptor, request, buffer)
        except OSError as error:
            raise DeviceError(f"{self._path} is no virtual camera ({error.strerror}); {_ADVICE}") from error


def request_code(direction: int, number: int, size_bytes: int) -> int:
    """A request of Video4Linux (asm-generic/ioctl.h): direction, size, `V`, number."""
    return direction << 30 | size_bytes << 16 | ord("V") << 8 | number


def _system_ioctl() -> Ioctl:
    try:
        import fcntl
    except ImportError as error:
        raise DeviceError(
            "a virtual camera takes Linux with v4l2loopback; elsewhere OBS Studio makes one of the page of --serve"
        ) from error
    return lambda descriptor, request, buffer: fcntl.ioctl(descriptor, request, buffer, True)

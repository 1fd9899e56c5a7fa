"""A camera of this machine: by index, by device, by name; through libcamera on a Raspberry Pi."""

import re
import sys
from pathlib import Path

import cv2

from unetkit.errors import SourceError
from unetkit.runtime.sources.cameramode import CameraMode
from unetkit.runtime.sources.capture import Capture, OpenCvCapture
from unetkit.runtime.sources.live import LiveSource, Patience
from unetkit.runtime.sources.readerprocess import ProcessFeed

_INDEX = re.compile(r"(?:/dev/video)?(\d{1,4})", re.ASCII)
# Media Foundation's hardware transforms make opening a camera take half a minute on many machines.
_ENVIRONMENT = {"OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0"} if sys.platform == "win32" else {}
_BACKENDS = {"linux": cv2.CAP_V4L2, "darwin": cv2.CAP_AVFOUNDATION}
_ASKED = (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FPS, cv2.CAP_PROP_FOURCC)


def camera_target(text: str) -> int | str | None:
    """The index or device path that a text means by its form: `0`, `/dev/video0`, `/dev/v4l/by-id/...`; else None."""
    if index := _INDEX.fullmatch(text):
        return int(index[1])
    return text if text.startswith("/dev/v4l/") else None


def open_camera(
    target: int | str, *, name: str | None = None, mode: CameraMode | None = None, patience: Patience | None = None
) -> LiveSource:
    """A camera by the index that the system counts it by (0 is the first), or by its device's path.

    Args:
        target: index, or path.
        name: for people; made of the target by default.
        mode: what to ask of it.
        patience: how long it may be silent.

    Raises:
        SourceError: there is no such camera, it is in use, gives no picture, or not what was asked for.
        UsageError: the mode makes no sense.
    """
    name = name or f"camera {target}"
    mode = mode or CameraMode()
    mode.settings()
    arguments = {
        "target": target,
        "name": name,
        "hw": mode.hw,
        "fps": mode.fps,
        "pixel_format": mode.pixel_format,
        "refusal": _refusal(target),
    }
    return LiveSource(name, lambda: ProcessFeed(open_capture, arguments, environment=_ENVIRONMENT), patience=patience)


def refuse_missing_device(target: int | str, folder: Path = Path("/dev")) -> None:
    """Tell of a camera without a device file, which Linux alone has, without opening anything.

    Args:
        target: index, or path.
        folder: where they are.

    Raises:
        SourceError: there is no such device.
    """
    device = folder / f"video{target}" if isinstance(target, int) else Path(target)
    if sys.platform == "linux" and not device.exists():
        raise SourceError(_refusal(target))


def open_capture(
    target: int | str,
    name: str,
    refusal: str,
    hw: tuple[int, int] | None = None,
    fps: float | None = None,
    pixel_format: str | None = None,
) -> Capture:
    """What the reader process opens.

    Raises:
        SourceError: it does not open, or not as it was asked to.
    """
    mode = CameraMode(hw=None if hw is None else (hw[0], hw[1]), fps=fps, pixel_format=pixel_format)
    backend = _BACKENDS.get(sys.platform, cv2.CAP_ANY)
    capture = OpenCvCapture(target, backend=backend, settings=mode.settings(), refusal=refusal)
    mode.require(name, capture.given(*_ASKED))
    return capture


def _refusal(target: int | str) -> str:
    which = f"camera with index {target}" if isinstance(target, int) else f"camera {target}"
    hint = "check its cable, that no other program uses it, and that this one may use cameras"
    if sys.platform == "linux":
        hint = "check its cable, `ls /dev/video*`, and that no other program uses it"
        if _is_raspberry_pi():
            hint += "; a camera on the ribbon cable is `picamera`"
    return f"no {which}; {hint}, or give another index, a URL or a file"


def _is_raspberry_pi(root: Path = Path("/")) -> bool:
    try:
        return "Raspberry Pi" in (root / "proc/device-tree/model").read_text(errors="replace")
    except OSError:
        return False


def require_one(wanted: str, names: list[tuple[str, int]]) -> tuple[str, int]:
    """The camera whose name holds the words, whatever their case.

    Args:
        wanted: some of its name.
        names: name and index of each camera.

    Raises:
        SourceError: none has such a name, or several have.
    """
    found = [item for item in names if wanted.casefold() in item[0].casefold()]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"{name!r} ({index})" for name, index in names) or "none"
    if not found:
        raise SourceError(f"no camera named {wanted!r}; the cameras here are: {listed}")
    raise SourceError(f"{len(found)} cameras are named {wanted!r}: {listed}; give more of the name, or the index")

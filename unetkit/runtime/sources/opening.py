"""What the user wrote -> the source that it means."""

import re
from pathlib import Path

from unetkit.errors import SourceError, UsageError
from unetkit.runtime.sources.camera import camera_target, open_camera, refuse_missing_device, require_one
from unetkit.runtime.sources.cameramode import CameraMode
from unetkit.runtime.sources.cameranames import camera_names
from unetkit.runtime.sources.filenames import files_meant, is_pattern, is_picture
from unetkit.runtime.sources.filesequence import FileSequence
from unetkit.runtime.sources.frame import FrameSource
from unetkit.runtime.sources.gstreamer import is_pipeline, open_pipeline
from unetkit.runtime.sources.live import Patience
from unetkit.runtime.sources.picamera import open_picamera
from unetkit.runtime.sources.pictures import Pictures
from unetkit.runtime.sources.screen import open_screen
from unetkit.runtime.sources.stdin import open_stdin
from unetkit.runtime.sources.stream import open_stream
from unetkit.runtime.sources.synthetic import open_synthetic
from unetkit.runtime.sources.video import VideoFile

_SYNTHETIC = re.compile(r"synthetic(?::(\d{1,9}))?", re.ASCII)
_PICAMERA = re.compile(r"picamera(?::(\d{1,2}))?", re.ASCII)
_NAMED = "camera:"


def open_source(
    text: str, *, patience: Patience | None = None, mode: CameraMode | None = None, every_frame: bool = False
) -> FrameSource:
    """Open a camera, stream, screen, pipe, video, picture, several of them, or generated scenes.

    Args:
        text: one of

            0, /dev/video0, /dev/v4l/by-id/...   a camera by index or device
            camera:C920                          a camera by some of its name
            picamera, picamera:1                 a Raspberry Pi's, through libcamera
            rtsp://..., http://...               a stream: RTSP, motion JPEG, HLS, or a recording
            ... ! appsink                        a GStreamer pipeline
            screen, screen:1:640x480+100+50      the screen
            -                                    standard input: JPEGs, or raw frames where `mode` has a size
            clip.mp4, picture.jpg, folder/       files
            "clips/*.mp4"                        all files of a pattern
            synthetic, synthetic:100             generated scenes, endless and live, or so many

        patience: of a live source.
        mode: what to ask of a camera; standard input's format.
        every_frame: of standard input, which else is live.

    Raises:
        SourceError: it does not open.
        DataError: a folder or pattern without pictures or videos.
        UsageError: a mode for what has none.
        MissingDependencyError: a package that this source needs is not installed.
    """
    if text == "-":
        return open_stdin(live=not every_frame, mode=mode, patience=patience)
    if (camera := _open_camera(text, patience, mode)) is not None:
        return camera
    if mode is not None and mode != CameraMode():
        raise UsageError(f"size, rate and pixel format can be asked of a camera, not of {text!r}")
    if synthetic := _SYNTHETIC.fullmatch(text):
        return open_synthetic(frames=int(synthetic[1]) if synthetic[1] else None)
    if is_pipeline(text):
        return open_pipeline(text, patience=patience)
    if "://" in text:
        return open_stream(text, patience=patience)
    return _open_files(text)


def refuse_missing(text: str) -> None:
    """Tell of a camera, file, folder or pattern that is not there without opening anything; see `open_source`.

    For a caller who has something slow to do before. Whatever else a text means tells when it is opened.

    Raises:
        SourceError: there is no such camera or file.
        MissingDependencyError: a package that finds cameras by name is not installed.
    """
    if text.startswith(_NAMED):
        require_one(text.removeprefix(_NAMED), camera_names())
    elif (target := camera_target(text)) is not None:
        refuse_missing_device(target)
    elif not (_is_named(text) or is_pattern(text) or (text and Path(text).exists())):
        raise _missing(text)


def _is_named(text: str) -> bool:
    """Whether it means something that is neither a camera by index or name nor a file."""
    forms = (_PICAMERA, _SYNTHETIC)
    screen = text.partition(":")[0] == "screen"
    return text == "-" or screen or "://" in text or is_pipeline(text) or any(form.fullmatch(text) for form in forms)


def _open_camera(text: str, patience: Patience | None, mode: CameraMode | None) -> FrameSource | None:
    """What can be asked for a size or a rate; None where the text means something else."""
    if picamera := _PICAMERA.fullmatch(text):
        return open_picamera(int(picamera[1] or 0), mode=mode, patience=patience)
    if text.partition(":")[0] == "screen":
        return open_screen(text, mode=mode, patience=patience)
    if text.startswith(_NAMED):
        name, index = require_one(text.removeprefix(_NAMED), camera_names())
        return open_camera(index, name=name, mode=mode, patience=patience)
    target = camera_target(text)
    return None if target is None else open_camera(target, mode=mode, patience=patience)


def _open_files(text: str) -> FrameSource:
    path = Path(text)
    if text and (path.is_dir() or (is_pattern(text) and not path.exists())):
        files = files_meant(text)
        if all(map(is_picture, files)):
            return Pictures(f"pictures {text}", files)
        return FileSequence(f"files {text}", files, _open_file)
    if not text or not path.exists():
        raise _missing(text)
    return _open_file(path)


def _missing(text: str) -> SourceError:
    return SourceError(
        f"no such source: {text!r}; give a camera's index (0) or name (camera:NAME), a URL, a video, a picture, "
        "a folder, - or `synthetic`"
    )


def _open_file(path: Path) -> FrameSource:
    return Pictures(f"picture {path}", [path]) if is_picture(path) else VideoFile(path)

"""What the user wrote -> the source that it means."""

import re
from pathlib import Path

from unetkit.data.pictures import PICTURE_SUFFIXES
from unetkit.errors import SourceError
from unetkit.runtime.sources.camera import open_camera
from unetkit.runtime.sources.frame import FrameSource
from unetkit.runtime.sources.live import Patience
from unetkit.runtime.sources.pictures import Pictures
from unetkit.runtime.sources.stream import open_stream
from unetkit.runtime.sources.synthetic import open_synthetic
from unetkit.runtime.sources.video import VideoFile

_CAMERA = re.compile(r"(?:/dev/video)?(\d{1,4})", re.ASCII)
_SYNTHETIC = re.compile(r"synthetic(?::(\d{1,9}))?", re.ASCII)


def open_source(text: str, *, patience: Patience | None = None) -> FrameSource:
    """Open a camera, stream, video, picture, folder of pictures, or generated scenes.

    Args:
        text: a camera's index (`0`) or device (`/dev/video0`); a URL (`rtsp://...`); a file or folder; `synthetic`
            for an endless live source, `synthetic:100` for 100 frames.
        patience: of a live source.

    Raises:
        SourceError: it does not open.
        DataError: a folder without pictures.
    """
    if camera := _CAMERA.fullmatch(text):
        return open_camera(int(camera[1]), patience=patience)
    if synthetic := _SYNTHETIC.fullmatch(text):
        return open_synthetic(frames=int(synthetic[1]) if synthetic[1] else None)
    if "://" in text:
        return open_stream(text, patience=patience)
    path = Path(text)
    if not text or not path.exists():
        raise SourceError(
            f"no such source: {text!r}; give a camera's index (0), a URL, a video, a picture, a folder or `synthetic`"
        )
    if path.is_dir() or path.suffix.lower() in PICTURE_SUFFIXES:
        return Pictures(path)
    return VideoFile(path)

"""A video file of what was drawn over a recording: every frame of it, whole or not at all."""

import contextlib
import math
from pathlib import Path

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.contract.publish import published
from unetkit.runtime.sinks.audio import keep_audio
from unetkit.runtime.sinks.heldpicture import HeldPicture
from unetkit.runtime.sinks.videowriter import DEFAULT_FPS, VideoWriter, require_video_path
from unetkit.runtime.sources.frame import Frame

_FARTHEST_S = 60.0  # a longer gap between two frames is a timestamp that means nothing


class VideoFileSink:
    """Writes to a temporary neighbour, which becomes `path` on `close`; without a frame there is no file.

    The file has a constant rate. Where the recording's was not (`Frame.at_s`), a picture is repeated until the next is
    due, so that it stays in step with its sound; no frame is left out.

    Args:
        path: the file; its suffix chooses format and codec.
        fps: frames a second of the file; None: 25.
        audio_from: a file whose sound is taken over, where ffmpeg is at hand.

    Raises:
        OutputError: the suffix is unknown, or the path is a folder.
    """

    wants_drawn = True

    def __init__(self, path: Path, *, fps: float | None = None, audio_from: Path | None = None) -> None:
        require_video_path(path)
        self._path = path
        self._fps = fps or DEFAULT_FPS
        self._audio_from = audio_from
        self._writer: VideoWriter | None = None
        self._open_file = contextlib.ExitStack()
        self._temporary = path
        self._held = HeldPicture()
        self._start_s = self._last_s = 0.0

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:  # noqa: ARG002 (the protocol's arguments)
        if self._writer is None:
            self._start_s = self._last_s = frame.at_s or 0.0
            self._writer = self._open(drawn)
        writer = self._writer
        if missing := self._missing(frame.at_s, writer.frames):
            writer.write(self._held.bgr, missing)
        writer.write(drawn)
        self._held.hold(drawn)
        if writer.free_bytes() == 0:
            self._finish(writer, full=True)
        return True

    def idle(self, drawn: BgrFrame | None) -> bool:  # noqa: ARG002 (the protocol's argument)
        return True

    def close(self) -> None:
        if self._writer is not None:
            self._finish(self._writer, full=False)

    def _missing(self, at_s: float | None, written: int) -> int:
        """How often the last picture is to be repeated before the one that is due at `at_s`."""
        if at_s is None or not 0 < at_s - self._last_s < _FARTHEST_S:
            return 0
        self._last_s = at_s
        return max(0, math.floor((at_s - self._start_s) * self._fps + 0.5) - written)

    def _finish(self, writer: VideoWriter, *, full: bool) -> None:
        """Publish the file, or remove it and say why when it is not whole."""
        self._writer = None
        with self._open_file:
            writer.release()
            if full or writer.free_bytes() == 0:
                raise writer.full_disk()
            writer.require_whole()
            if self._audio_from is not None:
                keep_audio(self._temporary, self._audio_from)

    def _open(self, drawn: BgrFrame) -> VideoWriter:
        with contextlib.ExitStack() as stack:
            self._temporary = stack.enter_context(published(self._path))
            self._temporary.touch()  # says why a place cannot be written to; OpenCV does not
            writer = VideoWriter(self._temporary, self._path, fps=self._fps, hw=(drawn.shape[0], drawn.shape[1]))
            self._open_file = stack.pop_all()
        return writer

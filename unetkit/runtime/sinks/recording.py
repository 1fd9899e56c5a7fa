"""A recording of what was shown live: at a constant rate, playable after a crash, and ended by a full disk alone."""

import contextlib
import logging
import math
import time
from collections.abc import Callable
from pathlib import Path

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.errors import OutputError
from unetkit.runtime.sinks.heldpicture import HeldPicture
from unetkit.runtime.sinks.videowriter import DEFAULT_FPS, VideoWriter, require_video_path
from unetkit.runtime.sources.frame import Frame

_RESERVE_BYTES = 16 << 20  # left on the disk, so that the file can be finished
_BEHIND_NS = 1_000_000_000  # while there is no frame: one that is under way was captured before now
_SEEN_NS = 1_000  # of the last picture
_PART_SUFFIXES = {".mp4": ".ismv"}  # the MP4 that FFmpeg writes in fragments, each of which plays without the rest
_BRANDS = b"isml\x00\x00\x02\x00ismlpiff", b"isom\x00\x00\x02\x00isomiso2"  # of such a file, and of an MP4 at large
_log = logging.getLogger(__name__)


class RecordingSink:
    """Writes `NAME.part.SUFFIX`, which becomes `path` on `close`; without a frame there is no file.

    Frames come at uneven times. The file shows at each of its moments the newest picture of that moment, so it plays as
    fast as it was, outages with their notices included. After a crash the part file is left, and plays; that of an .mp4
    is an .ismv, which is an MP4 in fragments.

    The first frame decides the size; later ones of another size are fitted into it.

    Args:
        path: the file; its suffix chooses format and codec.
        fps: frames a second of the file; None: 25.
        reserve_bytes: of free room, below which the recording ends, and the run goes on.
        now_ns: the clock of `Frame.captured_ns`.

    Raises:
        OutputError: the suffix is unknown, or the path is a folder.
    """

    wants_drawn = True

    def __init__(
        self,
        path: Path,
        *,
        fps: float | None = None,
        reserve_bytes: int = _RESERVE_BYTES,
        now_ns: Callable[[], int] = time.perf_counter_ns,
    ) -> None:
        require_video_path(path)
        self._path = path
        self._fps = fps or DEFAULT_FPS
        self._reserve_bytes, self._now_ns = reserve_bytes, now_ns
        self._writer: VideoWriter | None = None
        self._part = path
        self._held = HeldPicture()
        self._start_ns = self._last_ns = 0
        self._over = False

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:  # noqa: ARG002 (the protocol's arguments)
        if self._over:
            return True
        if self._writer is None:
            self._start_ns = frame.captured_ns
            self._writer = self._open(drawn)
        self._fill(self._writer, frame.captured_ns)
        self._held.hold(drawn)
        self._last_ns = frame.captured_ns
        return True

    def idle(self, drawn: BgrFrame | None) -> bool:
        if self._writer is not None:
            self._fill(self._writer, self._now_ns() - _BEHIND_NS)
            if drawn is not None:
                self._held.hold(drawn)
        return True

    def close(self) -> None:
        if self._writer is not None:
            self._fill(self._writer, self._last_ns + _SEEN_NS)
        if self._writer is not None:
            self._finish(self._writer)

    def _fill(self, writer: VideoWriter, until_ns: int) -> None:
        """Show the held picture at all moments of the file before `until_ns`."""
        due = math.ceil((until_ns - self._start_ns) * self._fps / 1e9 - 1e-6)
        if due > writer.frames:
            writer.write(self._held.bgr, due - writer.frames)
        if writer.free_bytes() < self._reserve_bytes:
            self._over = True
            self._finish(writer)
            _log.warning("disk full: the recording %s ends after %.1f s", self._path, writer.frames / self._fps)

    def _finish(self, writer: VideoWriter) -> None:
        self._writer = None
        writer.release()
        try:
            writer.require_whole()
        except OutputError:
            if not writer.readable_frames():  # nothing that could be saved
                self._part.unlink(missing_ok=True)
            raise
        try:
            if self._part.suffix != self._path.suffix:
                _name_as_mp4(self._part)
            self._part.replace(self._path)
        except OSError as error:
            raise OutputError(f"the recording is in {self._part}; cannot name it {self._path}: {error}") from error

    def _open(self, drawn: BgrFrame) -> VideoWriter:
        self._part = part_file(self._path, _PART_SUFFIXES.get(self._path.suffix.lower()))
        try:
            writer = VideoWriter(self._part, self._path, fps=self._fps, hw=(drawn.shape[0], drawn.shape[1]))
            if writer.free_bytes() < self._reserve_bytes:
                writer.release()
                raise writer.full_disk()
        except OutputError:
            with contextlib.suppress(OSError):
                self._part.unlink()
            raise
        return writer


def _name_as_mp4(file: Path) -> None:
    """Call a fragmented file what players look for at its beginning."""
    with file.open("r+b") as stream:
        stream.seek(8)  # behind the box's length and name
        if stream.read(len(_BRANDS[0])) == _BRANDS[0]:
            stream.seek(8)
            stream.write(_BRANDS[1])


def part_file(path: Path, suffix: str | None = None) -> Path:
    """A new, empty neighbour of `path`, named as part of it: an earlier one, left by a crash, is not written over.

    Args:
        path: the file that it is to become.
        suffix: of the part; None: that of `path`.

    Raises:
        OutputError: it cannot be made.
    """
    number = 1
    while True:
        mark = "part" if number == 1 else f"part{number}"
        part = path.absolute().with_name(f"{path.stem}.{mark}{suffix or path.suffix}")
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            part.touch(exist_ok=False)
        except FileExistsError:
            if part.parent.is_dir():
                number += 1
                continue
            raise OutputError(f"cannot write {path}: Not a directory; choose another place") from None
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror}; choose another place or make room") from error
        return part

"""A recording that the user switches on and off."""

from collections.abc import Callable
from pathlib import Path

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.errors import OutputError
from unetkit.runtime.newfile import stamped, unused
from unetkit.runtime.running.controls import Controls
from unetkit.runtime.sinks.recording import RecordingSink
from unetkit.runtime.sources.frame import Frame


class SwitchedRecording:
    """Records while `controls.state.recording` is set: each time into a file of its own.

    Args:
        controls: the switch.
        fps: frames a second of the files; None: 25.
        path: of the first file, and with a number of those that follow; None: files named by the time. It may be there
            already and is then replaced, as it was asked for; no other file ever is.
        record: makes the sink of a file.

    Raises:
        OutputError: the path's suffix is unknown, or it is a folder; later on, that the first file cannot be written
            when a path was given. Any other that cannot be written is told the user, and the run goes on.
    """

    wants_drawn = True

    def __init__(
        self,
        controls: Controls,
        *,
        fps: float | None = None,
        path: Path | None = None,
        record: Callable[..., RecordingSink] = RecordingSink,
    ) -> None:
        self._controls, self._fps, self._path, self._record = controls, fps, path, record
        self._file = path or Path()
        self._demanded = path is not None  # by the command: without this file the run is no use
        self._sink = None if path is None else record(path, fps=fps)

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:
        self._switch()
        if self._sink is not None:
            try:
                return self._sink.show(frame, mask, drawn)
            except OutputError as error:
                self._give_up(error)
        return True

    def idle(self, drawn: BgrFrame | None) -> bool:
        self._switch()
        if self._sink is not None:
            try:
                return self._sink.idle(drawn)
            except OutputError as error:
                self._give_up(error)
        return True

    def close(self) -> None:
        if self._sink is not None:
            sink, self._sink = self._sink, None
            sink.close()

    def _switch(self) -> None:
        wanted = self._controls.state.recording
        if wanted and self._sink is None:
            self._file = stamped(".mkv") if self._path is None else unused(self._path)
            self._demanded = False
            self._sink = self._record(self._file, fps=self._fps)
            self._controls.say(f"recording into {self._file}")
        elif not wanted and self._sink is not None:
            try:
                self.close()
            except OutputError as error:
                self._give_up(error)
            else:
                self._controls.say(f"recorded into {self._file}")

    def _give_up(self, error: OutputError) -> None:
        if self._demanded:
            raise error
        self._sink = None
        self._controls.change(recording=False)
        self._controls.say(str(error))

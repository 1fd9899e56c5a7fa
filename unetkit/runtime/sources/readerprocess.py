"""A capture read by a process of its own: the only way to be rid of one that hangs in a driver or in FFmpeg."""

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from unetkit.contract.buffers import Buffers
from unetkit.errors import SourceError
from unetkit.runtime.sources.capture import Capture
from unetkit.runtime.sources.feed import Shot
from unetkit.runtime.sources.reader import Order
from unetkit.runtime.sources.sharedslots import SharedSlots
from unetkit.runtime.waiting import wait_for

_CLOSE_S = 2.0
_log = logging.getLogger(__name__)


class ProcessFeed:
    """The frames of a capture that another process reads; see `reader` for what it does and `Feed` for the rest.

    A thread listens to it, and ends with it. `close` kills it, whatever it hangs in.

    Args:
        opener: module-level function that gives the capture, called in the other process.
        arguments: its keyword arguments, plain JSON.
        environment: variables for the other process, besides this one's.
        buffers: arrays to copy frames into.

    Raises:
        SourceError: no process could be started.
    """

    def __init__(
        self,
        opener: Callable[..., Capture],
        arguments: Mapping[str, Any],
        *,
        environment: Mapping[str, str] | None = None,
        buffers: Buffers | None = None,
    ) -> None:
        self.fps: float | None = None
        self.endless = True
        self.error: SourceError | None = None
        self._buffers = buffers or Buffers()
        self._changed = threading.Condition()
        self._told: deque[dict[str, Any]] = deque()  # frames, and the layouts between them
        self._finished = False
        self._closed = False
        self._layout = 0
        self._slots = SharedSlots()
        order = Order.of(opener, self._slots.address, dict(arguments))
        try:
            self._process = _start(self._slots.address, environment or {})
        except OSError as error:
            self._slots.close()
            raise SourceError(f"no process can be started to read frames: {error.strerror}") from error
        self._thread = threading.Thread(target=self._listen, name=f"reader {self._process.pid}", daemon=True)
        self._thread.start()
        self._send(order.to_line())

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self, wait_s: float) -> bool:
        return wait_for(self._changed, self._has_answer, wait_s)

    def take(self) -> Shot | None:
        while (message := self._next()) is not None:
            height, width = message["hw"]
            out = self._buffers.empty((height, width, 3))
            whole = self._slots.copy(message["frame"], self._layout, out)
            if not self.endless:
                self._send(b"+")
            if whole or not self.endless:  # a recording's writer waits for us
                return Shot(bgr=out, number=message["frame"], captured_ns=message["captured_ns"])
        return None

    @property
    def over(self) -> bool:
        with self._changed:
            return self._finished and not self._has_frame()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._process.kill()
        try:
            self._process.wait(_CLOSE_S)
        except subprocess.TimeoutExpired:  # even a killed process stays while its driver holds it
            _log.warning("process %d, which read frames, hangs in a driver and could not be ended", self.pid)
            return
        self._thread.join(_CLOSE_S)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was not sent yet
                    pipe.close()
        self._slots.close()

    def _has_frame(self) -> bool:
        return any("frame" in message for message in self._told)

    def _has_answer(self) -> bool:
        return self._finished or self._has_frame()

    def _next(self) -> dict[str, Any] | None:
        """The message of the frame to take, all layouts before it being applied."""
        with self._changed:
            while self._told:
                message = self._told.popleft()
                if "frame" in message:
                    return message
                self._layout = message["layout"]
                self._slots.grow(message["slot_bytes"])
        return None

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._heed(json.loads(line))
        code = self._process.wait()
        with self._changed:
            if code != 0 and not self._closed and self.error is None:
                self.error = SourceError(f"its reader ended unexpectedly ({_ending(code)})")
            self._finished = True
            self._changed.notify_all()

    def _heed(self, message: dict[str, Any]) -> None:
        with self._changed:
            if "opened" in message:
                self.fps, self.endless = message["opened"]["fps"], message["opened"]["endless"]
            elif "error" in message:
                self.error = SourceError(message["error"])
            else:
                if "frame" in message and self.endless and self._told and "frame" in self._told[-1]:
                    self._told.pop()
                self._told.append(message)
                self._changed.notify_all()

    def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it has ended, which `_listen` notices
            self._process.stdin.write(data)
            self._process.stdin.flush()


def _start(memory: int | str, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A reader that can import what this process can, away from this one's Ctrl-C."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    options: dict[str, Any] = {"pass_fds": (memory,)} if isinstance(memory, int) else {}
    return subprocess.Popen(
        [sys.executable, "-m", "unetkit.runtime.sources.reader"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment, "PYTHONPATH": path},
        **options,
    )


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"

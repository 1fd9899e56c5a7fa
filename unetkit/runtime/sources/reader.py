"""The reader process: opens a capture, puts its frames into shared memory, and tells of each on its standard output.

Whatever blocks, crashes or leaks in a driver or a decoder does it here, and ends when this process is killed.

Standard input: a line of JSON, the `Order`; then a byte for each frame of a recording that was taken. Its end is the
other process's end, and this one's.
Standard output: a line of JSON each, one of

    {"opened": {"fps": 30.0, "endless": true}}
    {"slot_bytes": 921600, "layout": 1}
    {"frame": 12, "hw": [480, 640], "captured_ns": 123}
    {"error": "no camera with index 97"}
"""

import importlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO, Self

from unetkit.errors import UnetkitError
from unetkit.runtime.sources.capture import Capture
from unetkit.runtime.sources.sharedslots import SLOTS, SharedSlots


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a reader process has to open.

    Attributes:
        opener: a function that gives a Capture, as `module:name`.
        arguments: its keyword arguments, plain JSON.
        memory: address of the shared slots.
    """

    opener: str
    arguments: dict[str, Any] = field(default_factory=dict)
    memory: int | str = 0

    @classmethod
    def of(cls, opener: Callable[..., Capture], memory: int | str, arguments: dict[str, Any]) -> Self:
        return cls(opener=f"{opener.__module__}:{opener.__qualname__}", arguments=arguments, memory=memory)

    def to_line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    def open(self) -> Capture:
        module, _, name = self.opener.partition(":")
        capture: Capture = getattr(importlib.import_module(module), name)(**self.arguments)
        return capture


def main() -> None:
    """Read until the capture or the other process ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the other process, which ends this one
    told = _own_standard_output()
    order = Order(**json.loads(sys.stdin.buffer.readline()))
    taken = threading.Semaphore(SLOTS - 1)
    threading.Thread(target=_listen, args=(taken,), daemon=True).start()
    try:
        _read(order, taken, told)
    except UnetkitError as error:
        _tell(told, error=str(error))
    except Exception as error:  # noqa: BLE001 (it is told, and raised again at the other end)
        _tell(told, error=f"its reader failed: {type(error).__name__}: {error}")
    os._exit(0)  # a driver may not let its threads end


def _read(order: Order, taken: threading.Semaphore, told: BinaryIO) -> None:
    slots = SharedSlots(order.memory)
    capture = order.open()
    _tell(told, opened={"fps": capture.fps, "endless": capture.endless})
    number = 0
    while (bgr := capture.fetch()) is not None:
        captured_ns = time.perf_counter_ns()  # the same clock in every process
        if not capture.endless:
            taken.acquire()
        if slots.make_room(bgr.nbytes):
            _tell(told, slot_bytes=slots.slot_bytes, layout=slots.layout)
        slots.write(bgr, number)
        slots.claim(number + 1)
        _tell(told, frame=number, hw=bgr.shape[:2], captured_ns=captured_ns)
        number += 1
    capture.release()


def _own_standard_output() -> BinaryIO:
    """Standard output for this file alone: what libraries print goes nowhere."""
    own = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return os.fdopen(own, "wb", buffering=0)


def _tell(told: BinaryIO, **message: Any) -> None:
    try:
        told.write(json.dumps(message).encode() + b"\n")
    except BrokenPipeError:
        os._exit(0)


def _listen(taken: threading.Semaphore) -> None:
    while sys.stdin.buffer.read(1):
        taken.release()
    os._exit(0)


if __name__ == "__main__":
    main()

"""Work done ahead of time by a thread, with a short queue between it and who takes the results."""

import contextlib
import os
import queue
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

DEPTH = 2  # results that may wait: one is taken while the next is made; more would only hold memory
_SLICE_S = 0.1  # on Windows a longer wait would keep Ctrl-C waiting
_CLOSE_S = 5.0


@dataclass
class _End:
    """What stands behind the last result."""

    error: BaseException | None


class Ahead(Generic[T]):
    """What a function gives, call by call, in its order; it is called from one thread of its own.

    1. The thread calls the function as long as fewer than `depth` results wait.
    2. `take` gives them one by one, to one thread. None ends it, an exception ends it, too, and is raised where its
       result would be.
    3. `close` lets a call that is under way come to its end and drops what waits.

    Results go one way and leave to make another goes back, both through the interpreter's own queue: it takes a lock
    where a `threading.Condition` takes three and wakes two threads.

    Args:
        produce: gives the next result, None at the end.
        depth: results that may wait.
        name: of the thread.
        gives_way: where cores are short others go first, for what is made here is needed last; see `_give_way`.
    """

    def __init__(
        self,
        produce: Callable[[], T | None],
        *,
        depth: int = DEPTH,
        name: str = "ahead",
        gives_way: bool = False,
    ) -> None:
        self._produce, self._gives_way = produce, gives_way
        self._results: queue.SimpleQueue[T | _End] = queue.SimpleQueue()
        self._room: queue.SimpleQueue[None] = queue.SimpleQueue()
        for _ in range(depth):
            self._room.put(None)
        self._next: T | _End | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def poll(self, wait_s: float) -> bool:
        """Whether `take` has its answer; waits for it, but never longer than `wait_s`."""
        if self._next is None and not self._closing:
            try:
                self._next = self._results.get(timeout=wait_s)
            except queue.Empty:
                return self._closing
        return True

    def take(self) -> T | None:
        """The next result, waiting for it; None at the end.

        Raises:
            BaseException: what the function raised, once, after all results before it were taken.
        """
        while not self.poll(_SLICE_S):
            pass
        result = self._next
        if self._closing or result is None:
            return None
        if isinstance(result, _End):
            error, result.error = result.error, None
            if error is not None:
                raise error
            return None
        self._next = None
        self._room.put(None)
        return result

    def close(self) -> None:
        """End the thread; it may be called more than once."""
        self._closing = True
        self._room.put(None)
        self._thread.join(_CLOSE_S)
        self._next = None
        with contextlib.suppress(queue.Empty):
            while True:
                self._results.get_nowait()

    def _run(self) -> None:
        if self._gives_way:
            _give_way()
        error: BaseException | None = None
        try:
            while self._has_room() and (result := self._produce()) is not None:
                self._results.put(result)
        except BaseException as raised:  # noqa: BLE001 (raised again in `take`)
            error = raised
        finally:  # whatever happened, nobody may wait for a result that does not come
            self._results.put(_End(error))

    def _has_room(self) -> bool:
        """Waits for it; False when it is being closed."""
        self._room.get()
        return not self._closing


def _give_way() -> None:
    """A niceness one above the process's for this thread: sched(7) gives it 0.8 of another's share where both want one.

    Only Linux has a niceness for a thread, setpriority(2); elsewhere all are alike.
    """
    if sys.platform == "linux":
        own = threading.get_native_id()
        with contextlib.suppress(OSError):  # a sandbox may forbid it
            os.setpriority(os.PRIO_PROCESS, own, os.getpriority(os.PRIO_PROCESS, own) + 1)

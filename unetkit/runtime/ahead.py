"""Work done ahead of time by a thread, with a short queue between it and who takes the results."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from unetkit.runtime.waiting import wait_for

T = TypeVar("T")

DEPTH = 2  # results that may wait: one is taken while the next is made; more would only hold memory
_SLICE_S = 0.1  # on Windows a longer wait would keep Ctrl-C waiting
_CLOSE_S = 5.0


class Ahead(Generic[T]):
    """What a function gives, call by call, in its order; it is called from one thread of its own.

    1. The thread calls the function as long as fewer than `depth` results wait.
    2. `take` gives them one by one. None ends it, an exception ends it, too, and is raised where its result would be.
    3. `close` lets a call that is under way come to its end and drops what waits.

    Args:
        produce: gives the next result, None at the end.
        depth: results that may wait.
        name: of the thread.
    """

    def __init__(self, produce: Callable[[], T | None], *, depth: int = DEPTH, name: str = "ahead") -> None:
        self._produce, self._depth = produce, depth
        self._changed = threading.Condition()
        self._waiting: deque[T] = deque()
        self._error: BaseException | None = None
        self._finished = self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def poll(self, wait_s: float) -> bool:
        """Whether `take` has its answer; waits for it, but never longer than `wait_s`."""
        return wait_for(self._changed, lambda: bool(self._waiting) or self._finished, wait_s)

    def take(self) -> T | None:
        """The next result, waiting for it; None at the end.

        Raises:
            BaseException: what the function raised, once, after all results before it were taken.
        """
        while not self.poll(_SLICE_S):
            pass
        with self._changed:
            if self._waiting:
                result = self._waiting.popleft()
                self._changed.notify_all()
                return result
            error, self._error = self._error, None
        if error is not None:
            raise error
        return None

    def close(self) -> None:
        """End the thread; it may be called more than once."""
        with self._changed:
            self._closing = True
            self._waiting.clear()
            self._changed.notify_all()
        self._thread.join(_CLOSE_S)

    def _run(self) -> None:
        try:
            while self._has_room() and (result := self._produce()) is not None:
                with self._changed:
                    if not self._closing:
                        self._waiting.append(result)
                    self._changed.notify_all()
        except BaseException as error:  # noqa: BLE001 (raised again in `take`)
            self._error = error
        finally:  # whatever happened, nobody may wait for a result that does not come
            with self._changed:
                self._finished = True
                self._changed.notify_all()

    def _has_room(self) -> bool:
        """Waits for it; False when it is being closed."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) < self._depth or self._closing)
            return not self._closing

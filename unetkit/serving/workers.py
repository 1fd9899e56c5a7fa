"""Work on pictures in threads: so much at once and no more, and none for a client who has stopped waiting."""

import asyncio
import contextlib
import math
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from unetkit.serving.limits import Limits
from unetkit.serving.problem import Problem

Answer = TypeVar("Answer")
_LATEST = 0.1  # weight of the latest request in the mean time


class Seat:
    """A place among the requests that are taken on: free again when both the request and its work are over."""

    def __init__(self, leave: Callable[[], None]) -> None:
        self._leave = leave
        self._held = 1

    def hold(self) -> None:
        self._held += 1

    def release(self) -> None:
        self._held -= 1
        if self._held == 0:
            self._leave()


class Workers:
    """Counts requests in and out, and hands their work to threads. All but the work runs in one event loop.

    Attributes:
        inside: requests that are received, wait or are worked on.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pool = ThreadPoolExecutor(limits.workers, thread_name_prefix="unetkit-serve")
        self._mean_s = 0.0
        self.inside = 0

    @contextlib.contextmanager
    def admitted(self) -> Iterator[Seat]:
        """Around a request.

        Raises:
            Problem: 503, it is full; with the seconds after which there should be room.
        """
        if self.inside >= self._limits.queue:
            wait_s = max(1, math.ceil(self.inside * self._mean_s / self._limits.workers))
            raise Problem(
                503,
                f"{self.inside} requests are being served, no more; try again in {wait_s} s",
                retry_after=f"{wait_s}",
            )
        self.inside += 1
        seat = Seat(self._leave)
        try:
            yield seat
        finally:
            seat.release()

    async def run(
        self, seat: Seat, work: Callable[[], Answer], *, seconds: float, gone: Callable[[], Awaitable[object]]
    ) -> Answer:
        """Have work done by a thread.

        Work that was not begun when the time is over is not done. Work that is going on cannot be stopped, and keeps
        its seat until it is over.

        Args:
            seat: of the request.
            work: what to do; what it raises is raised here.
            seconds: that it may take, with its waiting.
            gone: returns when the client has hung up.

        Raises:
            Problem: 504, it was not done in time; 400, the client hung up.
        """
        loop, start_s = asyncio.get_running_loop(), time.monotonic()
        job = self._pool.submit(work)
        seat.hold()
        job.add_done_callback(lambda _job: loop.call_soon_threadsafe(seat.release))
        answer = asyncio.wrap_future(job)
        answer.add_done_callback(_look)
        hang_up = asyncio.ensure_future(gone())
        try:
            both: set[asyncio.Future[Any]] = {answer, hang_up}
            done, _ = await asyncio.wait(both, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED)
            if answer in done:
                self._mean_s += _LATEST * (time.monotonic() - start_s - self._mean_s)
                return answer.result()
            if hang_up in done:
                raise Problem(400, "the client hung up")
            raise Problem(504, f"there was no answer within {self._limits.timeout_s:g} s; try again later")
        finally:
            hang_up.cancel()
            job.cancel()

    def close(self) -> None:
        """Wait for what is going on; nothing new is begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _leave(self) -> None:
        self.inside -= 1


def _look(answer: "asyncio.Future[Answer]") -> None:
    """So that the error of a work whose client has gone is not reported as forgotten."""
    if not answer.cancelled():
        answer.exception()

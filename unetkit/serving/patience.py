"""Connections that do not hold a server up: what is too slow is let go."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_S = 10.0
ANSWER_S = 30.0


class PatientProtocol(H11Protocol):
    """uvicorn's own, which waits for ever for the headers of a request, and for a client to take its answer.

    Here headers have ten seconds to be whole, and a client that takes nothing for thirty is hung up on.
    """

    _overdue: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch_headers()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch_headers()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck = self._stuck or self.loop.call_later(ANSWER_S, self.transport.abort)

    def resume_writing(self) -> None:
        _cancel(self._stuck)
        self._stuck = None
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        _cancel(self._overdue)
        _cancel(self._stuck)
        super().connection_lost(exc)

    def _watch_headers(self) -> None:
        """One clock from the start of a connection, or the first byte of a further request, to the end of headers."""
        between_requests = self.timeout_keep_alive_task is not None  # and uvicorn's own clock runs
        if self.conn.their_state is not h11.IDLE or between_requests:
            _cancel(self._overdue)
            self._overdue = None
        elif self._overdue is None:
            self._overdue = self.loop.call_later(HEADER_S, self.transport.abort)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()

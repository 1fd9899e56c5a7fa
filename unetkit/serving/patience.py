"""Connections that do not hold a server up: what is too slow is let go, and what is too many is sent away."""

import asyncio
from typing import Any

import h11
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from unetkit.serving.problem import Problem

HEADER_S = 10.0
ANSWER_S = 30.0


class PatientProtocol(H11Protocol):
    """uvicorn's own, which waits for ever for the headers of a request, and for a client to take its answer.

    Here headers have ten seconds to be whole, and a client that takes nothing for thirty is hung up on.

    Args:
        most: connections at once; who comes later is told 503, and from twice as many on hung up on.
        given: what uvicorn gives its own.
    """

    def __init__(self, *, most: int, **given: Any) -> None:
        super().__init__(**given)
        self._most = most
        self._overdue: asyncio.TimerHandle | None = None
        self._stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > 2 * self._most:
            transport.abort()
        elif len(self.connections) > self._most:
            self.app = _full
        self._watch_headers()

    def send_400_response(self, msg: str) -> None:
        """Like every other error a line of JSON."""
        response = Problem(400, msg).response()
        headers = [*response.raw_headers, (b"connection", b"close")]
        for event in (
            h11.Response(status_code=400, headers=headers),
            h11.Data(data=bytes(response.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

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


async def _full(scope: Scope, receive: Receive, send: Send) -> None:
    problem = Problem(503, "too many connections are open; try again in 1 s", retry_after="1")
    await problem.response()(scope, receive, send)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()

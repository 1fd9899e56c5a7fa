"""What went wrong with a request: a status code and one line of JSON."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

_WHOLE = "unetkit.body_is_read"  # in the scope
_LINGER_S = 2.0  # that a client may go on sending what nobody reads: closing at once would take our answer with it
_LINGER_BYTES = 64 << 20


class Problem(Exception):  # noqa: N818 (it is an answer)
    """An answer other than the one that was asked for.

    Args:
        status: of HTTP.
        message: one line: what happened, the value, what to do.
        headers: further ones, `_` for `-`.
    """

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def response(self) -> "ProblemResponse":
        body = json.dumps({"error": str(self)}, ensure_ascii=False) + "\n"
        return ProblemResponse(body, self.status, self.headers, media_type="application/json")


class ProblemResponse(Response):
    """Where the body of the request is not read yet, the client may finish sending for a moment; then it is hung up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _WHOLE in scope:
            await super().__call__(scope, receive, send)
            return
        self.headers["connection"] = "close"
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                await _read_away(receive)
        await send({"type": "http.response.body", "body": b""})


async def _read_away(receive: Receive) -> None:
    seen_bytes, more = 0, True
    while more and seen_bytes < _LINGER_BYTES:
        message = await receive()
        seen_bytes += len(message.get("body", b""))
        more = not _is_last(message)


def noting_the_end(scope: Scope, receive: Receive) -> Receive:
    """`receive` that leaves a note in the scope when the body of the request is read."""

    async def receive_and_note() -> Message:
        message = await receive()
        if _is_last(message):
            scope[_WHOLE] = True
        return message

    return receive_and_note


def _is_last(message: Message) -> bool:
    return message["type"] != "http.request" or not message.get("more_body")


def error_handlers() -> dict[Any, Callable[[Request, Exception], Awaitable[Response]]]:
    """For Starlette: every error as one line of JSON."""
    return {Problem: _told, HTTPException: _of_starlette, Exception: _of_a_bug}


async def _told(_request: Request, error: Exception) -> Response:
    return error.response() if isinstance(error, Problem) else await _of_a_bug(_request, error)


async def _of_starlette(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return await _of_a_bug(request, error)
    headers = {name.replace("-", "_"): value for name, value in (error.headers or {}).items()}
    return Problem(error.status_code, f"{request.method} {request.url.path}: {error.detail}", **headers).response()


async def _of_a_bug(_request: Request, _error: Exception) -> Response:
    return Problem(500, "an error of the server; its log tells more").response()

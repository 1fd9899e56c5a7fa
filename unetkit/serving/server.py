"""A server in a thread of its own: it answers while the main thread does something else, or waits for its end."""

import functools
import logging
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp

from unetkit.serving.address import url_of
from unetkit.serving.guard import Guard
from unetkit.serving.patience import PatientProtocol

_log = logging.getLogger("uvicorn.error")
_KEEP_ALIVE_S = 15
_POLL_S = 0.2  # between two looks whether a signal came: on Windows waiting lets none through
_WITHIN_S = 3.0  # beyond the grace that a server may need to end


class Server:
    """Answers within `with`.

    Args:
        application: ASGI.
        listener: from `bound`; closed with the server.
        token: see `Guard`.
        connections: at once; more are answered with 503.
        grace_s: that requests may go on when it is ended; then they are broken off.

    Attributes:
        url: for the browser, without a token.
    """

    def __init__(
        self, application: ASGIApp, listener: socket.socket, *, token: str | None, connections: int, grace_s: float
    ) -> None:
        self._socket = listener
        self.url = url_of(listener)
        self._grace_s = grace_s
        protocol: Any = functools.partial(PatientProtocol, most=connections)  # uvicorn calls it, class or not
        config = uvicorn.Config(
            Guard(application, token, listener.getsockname()[1]),
            http=protocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=max(1, round(grace_s)),
        )
        self._uvicorn = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="unetkit-serve", daemon=True)

    def start(self) -> None:
        _log.setLevel(logging.ERROR)  # it warns of every client that is odd
        self._thread.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take no more requests, finish those that run within the grace, and end; it may be called more than once."""
        _log.setLevel(logging.CRITICAL)  # it complains of what is broken off, which is meant
        self._uvicorn.should_exit = True
        if self._thread.is_alive():
            self._thread.join(self._grace_s + _WITHIN_S)
        self._socket.close()

    def serve_until_signal(self, ending: Callable[[], None]) -> int:
        """Wait for Ctrl-C or SIGTERM, then close; a second signal closes at once.

        Args:
            ending: called when the first signal has come.

        Returns:
            The first signal.
        """
        came: list[int] = []

        def note(number: int, _frame: FrameType | None) -> None:
            came.append(number)
            if len(came) > 1:
                self._uvicorn.force_exit = True

        before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            while not came and self._thread.is_alive():
                self._thread.join(_POLL_S)
            ending()
            self._uvicorn.should_exit = True
            while self._thread.is_alive():
                self._thread.join(_POLL_S)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        self.close()
        if not came:
            raise RuntimeError("the server ended by itself; its error stands above")
        return came[0]

    def _run(self) -> None:
        self._uvicorn.run(sockets=[self._socket])

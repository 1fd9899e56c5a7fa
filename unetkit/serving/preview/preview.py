"""The browser preview of a run: its server, and a sink for each of its streams."""

import socket
from collections.abc import Callable

from unetkit.contract.spec import ModelSpec
from unetkit.runtime.running.controls import Controls
from unetkit.serving.preview.application import preview_application
from unetkit.serving.preview.sink import PreviewSink
from unetkit.serving.server import Server

_CONNECTIONS = 64
_GRACE_S = 1.0  # for pictures that are on their way when the run ends


class Preview:
    """Serves from the moment it is made until it is closed.

    Args:
        spec: the model's.
        controls: of the run.
        listener: from `bound`; closed with the preview.
        token: see `Guard`.
        say: is told the URL.
    """

    def __init__(
        self,
        spec: ModelSpec,
        controls: Controls,
        *,
        listener: socket.socket,
        token: str | None,
        say: Callable[[str], None],
    ) -> None:
        self._sinks: list[PreviewSink] = []
        application = preview_application(spec, controls, self._sinks)
        self._server = Server(application, listener, token=token, connections=_CONNECTIONS, grace_s=_GRACE_S)
        self._server.start()
        say(self._server.url)

    def add(self, name: str) -> PreviewSink:
        """A stream more."""
        sink = PreviewSink(name)
        self._sinks.append(sink)
        return sink

    def close(self) -> None:
        """End at once, whoever looks on; it may be called more than once."""
        for sink in self._sinks:
            sink.close()
        self._server.close()

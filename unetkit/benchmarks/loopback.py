"""A network camera on this machine that fails as it is told: motion JPEG over HTTP."""

import contextlib
import itertools
import random
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

import cv2
import numpy as np

from unetkit.data.scene import scene

Fault = Literal["none", "stall", "close", "garbage", "trickle", "resize", "frozen", "black"]
FAULTS: dict[Fault, str] = {
    "stall": "says nothing more, the connection stays open",
    "close": "hangs up, and on everyone who calls",
    "garbage": "sends random bytes where JPEGs should be",
    "trickle": "sends on byte by byte, twenty a second",
    "resize": "changes its resolution",
    "frozen": "sends the same picture again and again",
    "black": "sends black pictures, as with its lens covered",
}
_CYCLE = 60  # different frames
_TRICKLE_S = 0.05


class LoopbackCamera:
    """Serves a moving scene; set `fault` at any time, it holds until it is "none" again.

    Use it as a context manager.

    Args:
        hw: size of its frames.
        fps: frames a second.

    Attributes:
        fault: what it does wrong just now.
        connections: how many there have been.
    """

    def __init__(self, *, hw: tuple[int, int] = (480, 640), fps: float = 30.0) -> None:
        self.fault: Fault = "none"
        self.connections = 0
        self._fps = fps
        self._over = threading.Event()
        self._served = 0
        self._changed = threading.Condition()
        self._pictures = [_jpeg(scene(0, hw, t=index / 10)[0]) for index in range(_CYCLE)]
        other_hw = (hw[0] // 2, hw[1] // 2)
        self._resized = [_jpeg(scene(0, other_hw, t=index / 10)[0]) for index in range(_CYCLE)]
        rng = np.random.default_rng(0)
        self._black = [_jpeg(rng.integers(0, 4, (*hw, 3), np.uint8)) for _ in range(_CYCLE)]
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera.connections += 1
                with camera._counted(), contextlib.suppress(OSError):  # the client went away
                    camera._serve(self)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/video"

    def __enter__(self) -> "LoopbackCamera":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def wait_for_nobody(self, timeout_s: float) -> None:
        """Until nobody is served any more: a client that went away is noticed with the next picture."""
        with self._changed:
            self._changed.wait_for(lambda: not self._served, timeout_s)

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        with self._changed:
            self._served += 1
        try:
            yield
        finally:
            with self._changed:
                self._served -= 1
                self._changed.notify_all()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        if not self._talks():
            return
        handler.send_response(200)
        handler.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        handler.end_headers()
        due_s = time.monotonic()
        for index in itertools.count():
            if not self._talks():
                return
            for part in self._parts(index):
                handler.wfile.write(part)
            due_s = max(due_s + 1 / self._fps, time.monotonic() - 1 / self._fps)
            if self._over.wait(max(0.0, due_s - time.monotonic())):
                return

    def _parts(self, index: int) -> Iterator[bytes]:
        """What goes over the wire for one frame."""
        jpeg = self._picture(index)
        yield f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
        for start in range(len(jpeg)) if self.fault == "trickle" else ():
            if self.fault != "trickle" or self._over.wait(_TRICKLE_S):
                jpeg = jpeg[start:]
                break
            yield jpeg[start : start + 1]
        yield jpeg + b"\r\n"

    def _picture(self, index: int) -> bytes:
        match self.fault:
            case "garbage":
                return random.Random(index).randbytes(20_000)
            case "resize":
                return _of(self._resized, index)
            case "frozen":
                return self._pictures[0]
            case "black":
                return _of(self._black, index)
            case _:
                return _of(self._pictures, index)

    def _talks(self) -> bool:
        """Waits while it stalls; False when it hangs up."""
        while self.fault == "stall" and not self._over.wait(0.01):
            pass
        return self.fault != "close" and not self._over.is_set()


def _of(pictures: Sequence[bytes], index: int) -> bytes:
    return pictures[index % len(pictures)]


def _jpeg(bgr: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", bgr)[1].tobytes()

"""A network camera on loopback that behaves, or misbehaves, as told."""

import contextlib
import itertools
import socketserver
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

import cv2
import numpy as np

Behaviour = Literal["endless", "closes", "stalls", "leaves", "silent", "garbage", "empty"]


@dataclass(frozen=True, kw_only=True)
class MjpegCamera:
    """Frames are 64x48 and uniformly grey: frame i has the value `grey_of(i)`.

    Attributes:
        behaviour: `endless` sends on and on; `closes` and `stalls` send `frames` frames, then hang up or say nothing
            more; `leaves` is as `stalls`, and has nothing more for who comes again either; `silent` accepts and never
            answers; `garbage` sends bytes that are no video; `empty` hangs up.
    """

    behaviour: Behaviour
    frames: int = 20
    fps: float = 50.0


def grey_of(index: int) -> int:
    return 10 + index * 10 % 240


@contextlib.contextmanager
def serving(camera: MjpegCamera) -> Iterator[str]:
    """Serve the camera; gives its URL."""
    over = threading.Event()
    of_all_visits = itertools.count()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with contextlib.suppress(OSError):  # the client went away
                _answer(self, camera, of_all_visits if camera.behaviour == "leaves" else itertools.count(), over)

        def log_message(self, *arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{_port(server)}/video"
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def _port(server: socketserver.TCPServer) -> int:
    return int(server.socket.getsockname()[1])


def _answer(
    handler: BaseHTTPRequestHandler, camera: MjpegCamera, indices: Iterator[int], over: threading.Event
) -> None:
    if camera.behaviour == "silent":
        over.wait(30)
        return
    if camera.behaviour == "empty":
        return
    handler.send_response(200)
    if camera.behaviour == "garbage":
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        handler.wfile.write(b"<html>not a camera</html>" * 1000)
        return
    handler.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
    handler.end_headers()
    for index in indices:
        if over.is_set() or (camera.behaviour != "endless" and index >= camera.frames):
            break
        jpeg = _jpeg(index)
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        handler.wfile.write(head.encode() + jpeg + b"\r\n")
        time.sleep(1 / camera.fps)
    if camera.behaviour in ("stalls", "leaves"):
        over.wait(30)


def _jpeg(index: int) -> bytes:
    return cv2.imencode(".jpg", np.full((48, 64, 3), grey_of(index), np.uint8))[1].tobytes()

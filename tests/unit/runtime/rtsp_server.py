"""An RTSP server (RFC 2326) on loopback: MPEG-TS in RTP, interleaved on the connection."""

import contextlib
import itertools
import socketserver
import threading
import time
from collections.abc import Iterator
from pathlib import Path

_TS_BYTES = 188
_PER_PACKET = 7
_SDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nt=0 0\r\nm=video 0 RTP/AVP 33\r\na=control:track1\r\n"


@contextlib.contextmanager
def serving_rtsp(transport_stream: Path, *, seconds: float) -> Iterator[str]:
    """Serve a .ts file again and again, each time within `seconds`; gives its URL."""
    data = transport_stream.read_bytes()
    over = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):  # the client went away
                while request := _request(self):
                    self._answer(request)

        def _answer(self, request: list[str]) -> None:
            method = request[0].split()[0]
            lines = ["RTSP/1.0 200 OK", *(line for line in request if line.lower().startswith("cseq:"))]
            body = ""
            if method == "OPTIONS":
                lines.append("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
            elif method == "DESCRIBE":
                body = _SDP
                lines += ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
            elif method == "SETUP":
                lines += ["Transport: RTP/AVP/TCP;unicast;interleaved=0-1", "Session: 1"]
            else:
                lines.append("Session: 1")
            self.wfile.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
            if method == "PLAY":
                self._play()

        def _play(self) -> None:
            size = _TS_BYTES * _PER_PACKET
            chunks = [data[at : at + size] for at in range(0, len(data), size)]
            for number in itertools.count():
                payload = chunks[number % len(chunks)]
                if over.wait(seconds / len(chunks)):
                    return
                stamp = int(time.monotonic() * 90_000) & 0xFFFFFFFF
                header = bytes([0x80, 33]) + (number & 0xFFFF).to_bytes(2) + stamp.to_bytes(4) + b"unet"
                packet = header + payload
                self.wfile.write(b"$\0" + len(packet).to_bytes(2) + packet)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"rtsp://127.0.0.1:{server.server_address[1]}/live"
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def _request(handler: socketserver.StreamRequestHandler) -> list[str]:
    """The lines of a request; none at the end."""
    lines: list[str] = []
    while line := handler.rfile.readline().decode().rstrip("\r\n"):
        lines.append(line)
    return lines

"""A loopback web host with ranges and faults, and archives to serve."""

import contextlib
import hashlib
import io
import tarfile
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from unetkit.data.download import Archive


@dataclass
class Host:
    """What is served, and what goes wrong.

    Attributes:
        files: body by path.
        cuts: for each answer in turn, bytes after which the connection is dropped; then none is.
        ranges: whether Range is honoured.
        silent: accept and never answer.
        asked: (path, Range header) of every request.
    """

    files: dict[str, bytes]
    cuts: list[int] = field(default_factory=list)
    ranges: bool = True
    silent: bool = False
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    port: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def archive(self, path: str, *, size_bytes: int | None = None, sha256: str | None = None) -> Archive:
        body = self.files.get(path, b"")
        return Archive(
            url=f"http://127.0.0.1:{self.port}{path}",
            size_bytes=len(body) if size_bytes is None else size_bytes,
            sha256=hashlib.sha256(body).hexdigest() if sha256 is None else sha256,
        )


@contextlib.contextmanager
def serving(host: Host) -> Iterator[Host]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            host.asked.append((self.path, asked))
            if host.silent:
                host.over.wait(20)
                return
            if self.path not in host.files:
                self.send_error(404)
                return
            body = host.files[self.path]
            start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and host.ranges else 0
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            end = start + host.cuts.pop(0) if host.cuts else len(body)
            self.wfile.write(body[start:end])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    host.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield host
    finally:
        host.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def tar_gz(members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info

"""A network camera or recording, by its URL."""

import socket
from dataclasses import replace
from urllib.parse import SplitResult, urlsplit

import cv2

from unetkit.errors import SourceError
from unetkit.runtime.sources.capture import Capture, OpenCvCapture
from unetkit.runtime.sources.live import LiveSource, Patience
from unetkit.runtime.sources.readerprocess import ProcessFeed

_PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322, "rtmp": 1935, "rtmps": 443}
SCHEMES = (*_PORTS, "rtp", "srt", "tcp", "udp")
_PROBE_S = 2.0
_HLS = (".m3u8", ".m3u")
_HLS_SILENT_S = 15.0  # a playlist grows by segments, of up to ten seconds


def open_stream(url: str, *, patience: Patience | None = None) -> LiveSource:
    """The stream behind a URL; a recording of known length is read whole, anything else is live.

    Raises:
        SourceError: an unknown scheme; nobody listens there, or does not answer in time; what comes is no video.
    """
    parts = _parts(url)
    name = f"stream {_without_password(parts)}"
    paced = parts.path.endswith(_HLS)
    arguments = {"url": url, "name": name, "paced": paced}
    if paced:
        patience = patience or Patience()
        patience = replace(patience, silent_s=max(patience.silent_s, _HLS_SILENT_S))
    return LiveSource(name, lambda: ProcessFeed(open_capture, arguments), patience=patience)


def open_capture(url: str, name: str, paced: bool = False) -> Capture:
    """What the reader process opens.

    Raises:
        SourceError: it does not open; the message says why, as far as can be found out.
    """
    try:
        return OpenCvCapture(url, backend=cv2.CAP_FFMPEG, paced=paced, refusal=f"{name} did not open")
    except SourceError as error:
        raise SourceError(f"cannot open {name}: {_reason(_parts(url))}; check the address") from error


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        good = parts.scheme in SCHEMES and (bool(parts.hostname) or parts.scheme == "udp") and parts.port != 0
    except ValueError:  # a port that is no number
        good = False
    if not good:
        raise SourceError(
            f"{url!r} is not a stream's address; expected one like rtsp://host/path, by {', '.join(SCHEMES)}"
        )
    return parts


def _without_password(parts: SplitResult) -> str:
    user, separator, host = parts.netloc.rpartition("@")
    if separator:
        host = f"{user.partition(':')[0]}@{host}"
    return parts._replace(netloc=host, query="", fragment="").geturl()


def _reason(parts: SplitResult) -> str:
    """Why FFmpeg, which does not tell, may not have opened it: the one thing that can be asked cheaply."""
    port = parts.port or _PORTS.get(parts.scheme)
    if parts.hostname is None or port is None or parts.scheme in {"udp", "rtp", "srt"}:
        return "no video came from there"
    try:
        socket.create_connection((parts.hostname, port), _PROBE_S).close()
    except OSError as error:
        return f"port {port} of {parts.hostname} cannot be reached ({error.strerror or error})"
    return "the server answers, but not with a video"

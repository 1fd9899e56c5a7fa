"""Where to listen: HOST:PORT as users write it, and the socket that is bound to it."""

import ipaddress
import os
import re
import socket
import sys
from dataclasses import dataclass

from unetkit.errors import UsageError

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8080
_GIVEN = re.compile(r"(?:(?P<host>\[[0-9a-fA-F:.]+\]|[^:\[\]\s/]*):)?(?P<port>\d{1,5})")
_BACKLOG = 128
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Address:
    """A host, as name or number, and a port; port 0 lets the system choose."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT

    @classmethod
    def parsed(cls, given: str) -> "Address":
        """`127.0.0.1:8080`, `[::1]:8080`, `:8080` and `8080` (both: this machine only).

        Raises:
            UsageError: it is none of these.
        """
        match = _GIVEN.fullmatch(given.strip())
        if match is None or int(match["port"]) > 65535:
            raise UsageError(f"cannot listen on {given!r}; give HOST:PORT, such as {DEFAULT_HOST}:{DEFAULT_PORT}")
        return cls((match["host"] or DEFAULT_HOST).strip("[]"), int(match["port"]))

    @property
    def is_local(self) -> bool:
        """Whether only programs on this machine reach it."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    if host.casefold() in _LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bound(address: Address) -> socket.socket:
    """A socket that listens at an address.

    Raises:
        UsageError: the port is taken or not allowed, or this machine has no such address.
    """
    where = f"{address.host}:{address.port}"
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise UsageError(f"cannot listen on {where}: {error.strerror}; give an address of this machine") from error
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix" and sys.platform != "cygwin":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # not on Windows: there it shares a port
        listener.bind(place)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise UsageError(
            f"cannot listen on {where}: {error.strerror or error}; choose another port, or end what uses it"
        ) from error
    listener.setblocking(False)
    return listener


def url_of(listener: socket.socket) -> str:
    """For the browser; where all interfaces are meant, that through which other machines reach this one."""
    host, port, *_ = listener.getsockname()
    if host in {"0.0.0.0", "::"}:
        host = _outward_host()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _outward_host() -> str:
    """This machine's own number where it would begin a way out; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(("192.0.2.1", 9))  # of TEST-NET-1 (RFC 5737), nobody's
        except OSError:
            return DEFAULT_HOST
        return str(way.getsockname()[0])

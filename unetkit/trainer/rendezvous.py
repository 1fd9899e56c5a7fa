"""Machines that train together meet before TensorFlow starts: all are there, and all want the same training.

TensorFlow's own way waits for a missing machine without end, and trains whatever each of them was told.

The chief listens on its address; each other worker connects and says who it is and what it wants to train, as a line of
JSON; when all have come, each is answered with a line: empty, or what is wrong.
"""

import json
import selectors
import socket
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing

from unetkit.errors import DeviceError, UnetkitError, UsageError
from unetkit.trainer.cluster import Cluster

PATIENCE_S = 600.0
_RETRY_S = 0.5
_LINE_BYTES = 65536  # longer than any config
_TALK_S = 10.0  # for somebody who connects and says nothing

Facts = Mapping[str, str]


def meet(cluster: Cluster, facts: Facts, *, patience_s: float = PATIENCE_S) -> None:
    """Wait until all machines are there and agree.

    Args:
        cluster: all of them, and which this one is.
        facts: what has to be the same everywhere, by name.
        patience_s: how long to wait for the last one.

    Raises:
        DeviceError: not all came in time, or the chief's address cannot be listened on.
        UsageError: one of them was told something else: which one, what, and both values.
    """
    until = time.monotonic() + patience_s
    if cluster.is_chief:
        _receive(cluster, facts, until)
    else:
        _report(cluster, facts, until)


def _receive(cluster: Cluster, facts: Facts, until: float) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(closing(_listen(cluster)))
        told: dict[int, Facts] = {}
        callers: list[socket.socket] = []
        problem: UnetkitError | None = None
        with selectors.DefaultSelector() as waiting:
            waiting.register(server, selectors.EVENT_READ)
            while len(told) < len(cluster.workers) - 1:
                if not waiting.select(max(0.0, until - time.monotonic())):
                    problem = _missing(cluster, told)
                    break
                caller = stack.enter_context(closing(server.accept()[0]))
                heard = _heard(caller)
                if heard is not None and 0 < heard[0] < len(cluster.workers):
                    told[heard[0]] = heard[1]
                    callers.append(caller)
        problem = problem or _difference(cluster, facts, told)
        for caller in callers:
            _say(caller, "" if problem is None else str(problem))
        if problem is not None:
            raise problem


def _listen(cluster: Cluster) -> socket.socket:
    host, port = _address(cluster.workers[0])
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server(("", port), family=family, backlog=len(cluster.workers))
    except OSError as error:
        raise DeviceError(f"cannot listen on {cluster.workers[0]}: {error.strerror}; choose another port") from error


def _report(cluster: Cluster, facts: Facts, until: float) -> None:
    chief = cluster.workers[0]
    while True:
        answer = _asked(chief, json.dumps([cluster.rank, dict(facts)]), until)
        if answer is not None:
            break
        if time.monotonic() > until:
            raise DeviceError(f"the first worker, {chief}, did not come in time; start it, and look at its address")
        time.sleep(_RETRY_S)
    if answer:
        raise UsageError(answer)


def _asked(chief: str, line: str, until: float) -> str | None:
    """The chief's answer; None where there is none (yet)."""
    try:
        with socket.create_connection(_address(chief), timeout=_TALK_S) as connection:
            connection.sendall(line.encode() + b"\n")
            connection.settimeout(max(_RETRY_S, until - time.monotonic()))
            answer = _line(connection)
            return None if answer is None else str(json.loads(answer))
    except (OSError, ValueError):
        return None


def _heard(caller: socket.socket) -> tuple[int, Facts] | None:
    """Rank and facts; None from a stranger."""
    try:
        caller.settimeout(_TALK_S)
        rank, facts = json.loads(_line(caller) or b"")
        return int(rank), {str(name): str(value) for name, value in facts.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _say(caller: socket.socket, text: str) -> None:
    try:
        caller.sendall(json.dumps(text).encode() + b"\n")
    except OSError:
        return  # it is gone; TensorFlow's start will say so


def _line(connection: socket.socket) -> bytes | None:
    """What comes up to a line's end; None when the other side ends before."""
    received = b""
    while not received.endswith(b"\n"):
        part = connection.recv(4096)
        received += part
        if not part or len(received) > _LINE_BYTES:
            return None
    return received


def _missing(cluster: Cluster, told: Mapping[int, Facts]) -> DeviceError:
    names = [worker for rank, worker in enumerate(cluster.workers) if rank > 0 and rank not in told]
    return DeviceError(f"{', '.join(names)} did not come in time; start all of the {len(cluster.workers)} workers")


def _difference(cluster: Cluster, facts: Facts, told: Mapping[int, Facts]) -> UsageError | None:
    for rank, theirs in sorted(told.items()):
        for name in sorted({*facts, *theirs}):
            if facts.get(name) != theirs.get(name):
                return UsageError(
                    f"worker {rank}, {cluster.workers[rank]}, has {name} {theirs.get(name, 'unset')}, the first worker "
                    f"{facts.get(name, 'unset')}; give all of them the same command and data"
                )
    return None


def _address(worker: str) -> tuple[str, int]:
    host, _, port = worker.rpartition(":")
    return host.strip("[]"), int(port)

"""Machines meet, here threads on loopback."""

import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from unetkit.errors import DeviceError, UsageError
from unetkit.trainer.cluster import Cluster
from unetkit.trainer.rendezvous import Facts, meet

FACTS = {"batch": "16", "data digest": "abc"}


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest.fixture
def addresses() -> tuple[str, ...]:
    return tuple(f"127.0.0.1:{port}" for port in _free_ports(3))


@pytest.fixture
def start(addresses: tuple[str, ...]) -> Callable[..., "Future[None]"]:
    pool = ThreadPoolExecutor(4)

    def begin(rank: int, facts: Facts = FACTS, *, patience_s: float = 20.0) -> "Future[None]":
        return pool.submit(meet, Cluster(workers=addresses, rank=rank), facts, patience_s=patience_s)

    return begin


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_all_go_on_when_all_are_there(start: Callable[..., "Future[None]"], order: tuple[int, ...]) -> None:
    for waiting in [start(rank) for rank in order]:
        waiting.result(timeout=30)


def test_everybody_hears_what_one_was_told_otherwise(
    start: Callable[..., "Future[None]"], addresses: tuple[str, ...]
) -> None:
    waiting = [start(0), start(1), start(2, FACTS | {"batch": "32"})]
    line = f"worker 2, {addresses[2]}, has batch 32, the first worker 16; give all of them the same command and data"
    for each in waiting:
        with pytest.raises(UsageError) as caught:
            each.result(timeout=30)
        assert str(caught.value) == line


def test_a_setting_that_one_does_not_know_is_a_difference(start: Callable[..., "Future[None]"]) -> None:
    waiting = [start(0), start(1, {"batch": "16"}), start(2)]
    with pytest.raises(UsageError, match=r"worker 1, .*has data digest unset, the first worker abc"):
        waiting[0].result(timeout=30)


def test_a_worker_that_does_not_come_is_named_to_all_who_did(
    start: Callable[..., "Future[None]"], addresses: tuple[str, ...]
) -> None:
    waiting = [start(0, patience_s=1.5), start(1)]
    with pytest.raises(DeviceError, match=rf"^{addresses[2]} did not come in time; start all of the 3 workers$"):
        waiting[0].result(timeout=30)
    with pytest.raises(UsageError, match=rf"^{addresses[2]} did not come in time"):
        waiting[1].result(timeout=30)


def test_a_chief_that_does_not_come_is_named(start: Callable[..., "Future[None]"], addresses: tuple[str, ...]) -> None:
    with pytest.raises(DeviceError, match=rf"^the first worker, {addresses[0]}, did not come in time"):
        start(1, patience_s=0.0).result(timeout=30)


def test_strangers_are_not_counted(start: Callable[..., "Future[None]"], addresses: tuple[str, ...]) -> None:
    chief = start(0)
    host, port = addresses[0].split(":")
    for said in (b"GET / HTTP/1.1\r\n\r\n", b"[7, {}]\n", b"[1, []]\n", b"", b"\xff" * 70000):
        while True:
            try:
                with socket.create_connection((host, int(port)), timeout=5) as stranger:
                    stranger.sendall(said)
                break
            except ConnectionRefusedError:
                threading.Event().wait(0.05)
            except (BrokenPipeError, ConnectionResetError):
                break
    assert not chief.done()
    for waiting in (start(1), start(2), chief):
        waiting.result(timeout=30)


def test_a_port_that_is_taken_is_said(start: Callable[..., "Future[None]"], addresses: tuple[str, ...]) -> None:
    host, port = addresses[0].split(":")
    said = rf"^cannot listen on {addresses[0]}: .*; choose another port$"
    with socket.create_server((host, int(port))), pytest.raises(DeviceError, match=said):
        start(0).result(timeout=30)

"""Who is let in: addresses, tokens, hosts and origins."""

import socket
from pathlib import Path

import pytest

from tests.unit.serving.client import Client, encoded, inference
from unetkit.errors import MissingDependencyError, UsageError
from unetkit.serving.address import Address, bound, url_of
from unetkit.serving.extra import require_serving
from unetkit.serving.guard import host_name
from unetkit.serving.limits import Limits
from unetkit.serving.token import token_for

TOKEN = "a-token-of-enough-letters"


@pytest.mark.parametrize(
    ("given", "host", "port", "local"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080, True),
        ("localhost:1", "localhost", 1, True),
        ("[::1]:80", "::1", 80, True),
        ("127.8.0.1:80", "127.8.0.1", 80, True),
        ("8080", "127.0.0.1", 8080, True),
        (":8080", "127.0.0.1", 8080, True),
        ("0.0.0.0:8080", "0.0.0.0", 8080, False),
        ("[::]:8080", "::", 8080, False),
        ("camera.local:0", "camera.local", 0, False),
        ("192.168.0.7:65535", "192.168.0.7", 65535, False),
    ],
)
def test_an_address_is_this_machines_own_or_not(given: str, host: str, port: int, local: bool) -> None:
    address = Address.parsed(given)
    assert (address.host, address.port, address.is_local) == (host, port, local)


@pytest.mark.parametrize("given", ["", "host", "host:", "host:65536", "host:-1", "http://host:80", "::1:80", "a b:80"])
def test_what_is_no_address_is_refused_with_an_example(given: str) -> None:
    with pytest.raises(UsageError, match=r"give HOST:PORT, such as 127\.0\.0\.1:8080"):
        Address.parsed(given)


def test_a_port_in_use_is_told_in_a_line() -> None:
    with bound(Address(port=0)) as first, pytest.raises(UsageError, match="Address already in use; choose another"):
        bound(Address(port=first.getsockname()[1]))


def test_an_address_of_another_machine_is_told_in_a_line() -> None:
    with pytest.raises(UsageError, match=r"cannot listen on 192\.0\.2\.1:8080"):  # TEST-NET-1, nobody's
        bound(Address("192.0.2.1", 8080))


def test_the_url_of_all_interfaces_names_one_that_answers() -> None:
    with bound(Address("0.0.0.0", 0)) as listener:
        host, port = url_of(listener).removeprefix("http://").split(":")
        socket.create_connection((host, int(port)), timeout=20).close()
    if socket.has_ipv6:
        with bound(Address("::1", 0)) as listener:
            assert url_of(listener) == f"http://[::1]:{listener.getsockname()[1]}"


def test_a_token_is_made_beyond_this_machine_and_each_time_another() -> None:
    away = Address("0.0.0.0", 8080)
    tokens = {token_for(away, None) for _ in range(5)}
    assert len(tokens) == 5
    assert all(token is not None and len(token) == 32 for token in tokens)  # 24 bytes in base 64
    assert token_for(Address(), None) is None
    assert token_for(Address(), TOKEN) == TOKEN == token_for(away, TOKEN)


@pytest.mark.parametrize(
    "given", ["", "short", "fifteen-letters", "with a space in the middle", "s" * 201, "ümlaut-is-no-ascii"]
)
def test_a_token_that_is_weak_or_fits_into_no_url_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="16 to 200 letters"):
        token_for(Address(), given)


def ask(client: Client, method: str = "GET", path: str = "/model", **headers: str) -> int:
    return client.ask(method, path, encoded() if method == "POST" else None, **headers).status


def test_with_a_token_only_who_shows_it_is_answered(tmp_path: Path) -> None:
    with inference(tmp_path, token=TOKEN) as client:
        refused = client.ask("GET", "/model")
        assert (refused.status, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert TOKEN not in str(refused)
        assert ask(client, authorization=f"Bearer {TOKEN}") == 200
        assert ask(client, authorization=f"bearer  {TOKEN} ") == 200
        for wrong in (f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer ", f"Basic {TOKEN}", "Bearer \xe9"):
            assert ask(client, authorization=wrong) == 401
        assert ask(client, "POST", "/segment") == 401
        assert ask(client, "POST", "/segment", authorization=f"Bearer {TOKEN}") == 200
        assert ask(client, path="/health") == 200  # for those who only look whether it lives


def test_a_page_opened_with_the_token_gets_a_cookie_that_stands_for_it(tmp_path: Path) -> None:
    with inference(tmp_path, token=TOKEN) as client:
        page = client.ask("GET", f"/?token={TOKEN}")
        cookie = page.headers["set-cookie"]
        assert page.status == 200
        assert cookie.endswith("; Path=/; HttpOnly; SameSite=Strict")
        shown = cookie.partition(";")[0]
        assert ask(client, "POST", "/segment", cookie=shown) == 200
        assert ask(client, cookie=f"{shown}x") == 401
        assert ask(client, "POST", f"/segment?token={TOKEN}") == 401  # a form of another page could send this
        assert "set-cookie" not in client.ask("GET", "/?token=wrong").headers


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "", "192.168.0.7"])
def test_without_a_token_a_name_that_is_not_this_machines_is_refused(tmp_path: Path, host: str) -> None:
    with inference(tmp_path) as client:
        assert ask(client, host=host) == 403


def test_a_forwarded_port_and_any_name_of_this_machine_are_fine(tmp_path: Path) -> None:
    with inference(tmp_path) as client:
        for host in ("localhost", "localhost:9000", "127.0.0.1:1", "[::1]:5"):
            assert ask(client, host=host) == 200
    assert host_name("[::1]:5") == "::1"


def test_requests_from_other_pages_are_refused(tmp_path: Path) -> None:
    with inference(tmp_path) as client:
        here = f"http://127.0.0.1:{client.port}"
        assert ask(client, "POST", "/segment", origin=here) == 200
        for other in ("https://evil.example", "null", f"http://localhost:{client.port}", "http://127.0.0.1:1"):
            assert ask(client, "POST", "/segment", origin=other) == 403
            assert ask(client, origin=other) == 403


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"max_bytes": 0}, "max_bytes is 0, expected 1"),
        ({"queue": 5000}, "queue is 5000"),
        ({"timeout_s": 0}, "timeout is 0 s"),
        ({"timeout_s": float("nan")}, "timeout is nan s"),
    ],
)
def test_limits_have_limits(changes: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Limits(**changes)  # type: ignore[arg-type]


def test_without_the_extra_the_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unetkit.serving.extra.find_spec", lambda module: None if module == "uvicorn" else module)
    with pytest.raises(
        MissingDependencyError, match=r'needs uvicorn, not installed here: pip install "unetkit\[serve\]"'
    ):
        require_serving()

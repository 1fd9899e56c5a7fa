"""What `serve` and `webcam --serve` refuse, in a line, before a model is opened: there is none of this name."""

import pytest

from tests.unit.cli.conftest import Unetkit
from unetkit.serving.address import Address, bound

COMMANDS = (("serve", "nothing.onnx", "--listen"), ("webcam", "nothing.onnx", "--serve"))


@pytest.mark.parametrize("command", COMMANDS)
def test_without_the_extra_the_line_says_how_to_get_it(
    unetkit: Unetkit, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr("unetkit.serving.extra.find_spec", lambda module: None)
    outcome = unetkit(*command, "127.0.0.1:0")
    assert (outcome.code, outcome.out) == (6, "")
    assert outcome.lines == [
        "unetkit: serving over HTTP needs starlette, uvicorn, python-multipart, not installed here: "
        'pip install "unetkit[serve]"'
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_port_in_use_is_told(unetkit: Unetkit, command: tuple[str, ...]) -> None:
    with bound(Address(port=0)) as taken:
        outcome = unetkit(*command, f"127.0.0.1:{taken.getsockname()[1]}")
    assert (outcome.code, outcome.out, len(outcome.lines)) == (2, "", 1)
    assert "Address already in use; choose another port" in outcome.err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("rest", "message"),
    [
        (("somewhere",), "cannot listen on 'somewhere'; give HOST:PORT"),
        (("127.0.0.1:0", "--token", "short"), "the token must be 16 to 200 letters"),
    ],
)
def test_an_address_or_a_token_that_makes_no_sense_is_told(
    unetkit: Unetkit, command: tuple[str, ...], rest: tuple[str, ...], message: str
) -> None:
    outcome = unetkit(*command, *rest)
    assert (outcome.code, outcome.out, len(outcome.lines)) == (2, "", 1)
    assert message in outcome.err

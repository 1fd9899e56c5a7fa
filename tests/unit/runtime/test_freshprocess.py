"""A call in another process: its answer, its error, and every way in which there is none."""

import os
import signal
import sys
import time
from typing import Any

import pytest

from unetkit.errors import ArtifactError
from unetkit.runtime.freshprocess import FreshProcessError, call_in_fresh_process


def added(first: int, second: int) -> dict[str, Any]:
    print("a library's banner")  # noqa: T201
    return {"sum": first + second, "pid": os.getpid()}


def refused(path: str) -> None:
    raise ArtifactError(f"{path} is broken")


def hanging() -> None:
    time.sleep(60)


def crashing() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def raising() -> None:
    raise ZeroDivisionError("a bug")


def call(function: Any, timeout_s: float = 30, **arguments: object) -> Any:
    return call_in_fresh_process(function, arguments, timeout_s=timeout_s)


def test_the_answer_comes_back_whatever_was_printed() -> None:
    answer = call(added, first=2, second=3)
    assert answer["sum"] == 5
    assert answer["pid"] != os.getpid()


def test_an_error_of_the_family_is_raised_here() -> None:
    with pytest.raises(ArtifactError, match=r"model\.onnx is broken"):
        call(refused, path="model.onnx")


@pytest.mark.parametrize(
    ("function", "timeout_s", "told"),
    [
        (hanging, 1.0, "no answer within 1 s"),
        (crashing, 30, r"it ended without an answer \(signal 11\)"),
        (raising, 30, r"it ended without an answer \(exit code 1\): ZeroDivisionError: a bug"),
    ],
)
def test_no_answer_is_told_with_its_reason(function: Any, timeout_s: float, told: str) -> None:
    with pytest.raises(FreshProcessError, match=told):
        call(function, timeout_s)


def test_an_interpreter_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(FreshProcessError, match="no process can be started: No such file"):
        call(added, first=1, second=1)

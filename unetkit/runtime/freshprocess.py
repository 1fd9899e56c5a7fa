"""A function called in a process of its own, for what may crash, hang, or leave gigabytes behind."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

from unetkit import errors
from unetkit.errors import UnetkitError


class FreshProcessError(UnetkitError):
    """The process crashed, hung, or could not be started; the message says which."""


def call_in_fresh_process(function: Callable[..., Any], arguments: Mapping[str, Any], *, timeout_s: float) -> Any:
    """Call `function` in a new interpreter that can import what this one can.

    Args:
        function: of a module's top level.
        arguments: its keyword arguments, plain JSON.
        timeout_s: after which the process is killed.

    Returns:
        What the function returned, as JSON keeps it.

    Raises:
        FreshProcessError: there is no answer.
        UnetkitError: the one that the function raised.
    """
    path = os.pathsep.join(entry for entry in sys.path if entry)
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "unetkit.runtime.freshprocess", f"{function.__module__}:{function.__qualname__}"],
            input=json.dumps(arguments),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout_s,
            env={**os.environ, "PYTHONPATH": path},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise FreshProcessError(f"no answer within {timeout_s:.0f} s") from error
    except OSError as error:
        raise FreshProcessError(f"no process can be started: {error.strerror or error}") from error
    return _answer(ended)


def _answer(ended: "subprocess.CompletedProcess[str]") -> Any:
    try:
        answer = json.loads(ended.stdout.rpartition("\n")[2])  # whatever a library printed stands above
        if "returned" in answer:
            return answer["returned"]
        kind, message = answer["raised"]
    except (ValueError, TypeError, KeyError) as error:
        how = f"signal {-ended.returncode}" if ended.returncode < 0 else f"exit code {ended.returncode}"
        said = [line.strip() for line in ended.stderr.splitlines() if line.strip()]
        raise FreshProcessError(f"it ended without an answer ({how}){': ' + said[-1][:300] if said else ''}") from error
    raise getattr(errors, kind, FreshProcessError)(message)


def main(function: str) -> None:
    """The other end: arguments from standard input, one line of JSON as the last of standard output."""
    module, _, name = function.partition(":")
    try:
        answer = {"returned": getattr(importlib.import_module(module), name)(**json.load(sys.stdin))}
    except UnetkitError as error:
        answer = {"raised": [type(error).__name__, str(error)]}
    sys.stdout.write("\n" + json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)  # engines that crash while they are taken down have answered by now


if __name__ == "__main__":
    main(sys.argv[1])

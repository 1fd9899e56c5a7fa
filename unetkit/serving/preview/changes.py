"""A change of the controls as a browser sends it, and what it may be."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from unetkit.errors import UsageError
from unetkit.runtime.running.controls import Controls
from unetkit.serving.problem import Problem

MAX_BYTES = 16_384
_ONCE = ("step", "snapshot")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


_CHANGES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "view": (lambda value: isinstance(value, str), "a name"),
    "classes": (_is_names, "a list of names"),
    "opacity": (_is_number, "a number 0..1"),
    "outline_px": (lambda value: isinstance(value, int) and not isinstance(value, bool), "a whole number of pixels"),
    **{name: (lambda value: isinstance(value, bool), "true or false") for name in ("legend", "heads_up")},
    **{name: (lambda value: isinstance(value, bool), "true or false") for name in ("paused", "recording", *_ONCE)},
}


def apply(controls: Controls, body: bytes) -> None:
    """Change the controls as a JSON object says; `step` and `snapshot` ask for one.

    Raises:
        Problem: 400 it is no such object, or asks for what there is not; then nothing was changed.
    """
    try:
        wishes: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise Problem(400, "the body is no JSON") from None
    if not isinstance(wishes, dict):
        raise Problem(400, "the body is no JSON object")
    for name, value in wishes.items():
        if name not in _CHANGES:
            raise Problem(400, f"there is no control {name!r}; there are {', '.join(_CHANGES)}")
        fits, expected = _CHANGES[name]
        if not fits(value):
            raise Problem(400, f"{name} is {value!r}, expected {expected}")
    try:
        controls.change(**{name: value for name, value in wishes.items() if name not in _ONCE})
    except UsageError as error:
        raise Problem(400, str(error)) from None
    if wishes.get("step"):
        controls.step()
    if wishes.get("snapshot"):
        controls.snapshot()

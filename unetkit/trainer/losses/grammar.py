"""The text of a loss: `[weight*]name[(key=value,...)]` joined by +, like `focal(gamma=2)+0.5*dice`."""

import re
from dataclasses import dataclass

from unetkit.errors import UsageError

MAX_WEIGHT = 1e6
_PLUS = re.compile(r"\+(?![^()]*\))")  # not inside parentheses
_TERM = re.compile(r"\s*(?:(?P<weight>[^()]*)\*)?\s*(?P<name>[^()*]*?)\s*(?:\((?P<options>[^()]*)\)\s*)?")


@dataclass(frozen=True, kw_only=True)
class Term:
    """One part of the sum, read but not yet looked up.

    Attributes:
        text: as the user wrote it.
        weight: above 0.
        options: in the order given, texts.
    """

    text: str
    weight: float
    name: str
    options: dict[str, str]


def parse(text: str) -> tuple[Term, ...]:
    """The parts of the sum.

    Raises:
        UsageError: a part that is not `[weight*]name[(key=value,...)]`, an option given twice, or a weight that is no
            positive number.
    """
    return tuple(_term(part.strip()) for part in _PLUS.split(text))


def _term(text: str) -> Term:
    match = _TERM.fullmatch(text)
    if match is None:
        raise UsageError(f"loss {text!r} cannot be read; write [weight*]name[(key=value,...)], like 0.5*focal(gamma=2)")
    return Term(
        text=text,
        weight=_weight(match["weight"], text),
        name=match["name"],
        options=_options(match["options"] or "", text),
    )


def _weight(given: str | None, text: str) -> float:
    if given is None:
        return 1.0
    try:
        weight = float(given)
    except ValueError as error:
        raise UsageError(f"loss weight {given!r} in {text!r} is not a number; write it as in 0.5*dice") from error
    if not 0 < weight <= MAX_WEIGHT:
        raise UsageError(f"loss weight {given} in {text!r} must be above 0 and at most {MAX_WEIGHT:.0f}")
    return weight


def _options(given: str, text: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for item in given.split(",") if given.strip() else ():
        key, equals, value = (part.strip() for part in item.partition("="))
        if not (key and equals and value):
            raise UsageError(f"option {item.strip()!r} in loss {text!r} cannot be read; write key=value")
        if key in options:
            raise UsageError(f"option {key!r} is given twice in loss {text!r}")
        options[key] = value
    return options

"""Options of a loss: dataclass fields that know how their text is read and which values are allowed."""

import math
from dataclasses import dataclass, field
from typing import Any, Protocol


class Kind(Protocol):
    """Reads the text of one option."""

    def read(self, text: str, classes: tuple[str, ...]) -> Any:
        """The value.

        Raises:
            ValueError: it is not allowed; the message says what is, to stand after "expected".
        """


@dataclass(frozen=True)
class Number:
    """A number from `low` to `high`."""

    low: float
    high: float

    def read(self, text: str, _classes: tuple[str, ...]) -> float:
        value = _number(text)
        if not self.low <= value <= self.high:
            raise ValueError(f"a number from {self.low:g} to {self.high:g}")
        return value


@dataclass(frozen=True)
class OddNumber:
    """An odd whole number from `low` to `high`: the side of a window about a pixel."""

    low: int
    high: int

    def read(self, text: str, _classes: tuple[str, ...]) -> int:
        value = _number(text)
        if not (self.low <= value <= self.high and value % 2 == 1):
            raise ValueError(f"an odd number from {self.low} to {self.high}")
        return int(value)


@dataclass(frozen=True)
class ClassWeights:
    """One weight a class in the order of the classes, `1:1:2`; a class of weight 0 is not looked at."""

    high: float = 1000.0

    def read(self, text: str, classes: tuple[str, ...]) -> tuple[float, ...]:
        values = tuple(_number(part) for part in text.split(":"))
        if len(values) != len(classes) or not all(0 <= value <= self.high for value in values) or not any(values):
            names = ", ".join(classes)
            raise ValueError(f"{len(classes)} numbers from 0 to {self.high:g} joined by ':', not all 0, for {names}")
        return values


def option(default: Any, kind: Kind) -> Any:
    """A dataclass field that can be set in a loss's text."""
    return field(default=default, metadata={"kind": kind})


def _number(text: str) -> float:
    """The number, or nan, which is in no range."""
    try:
        return float(text)
    except ValueError:
        return math.nan

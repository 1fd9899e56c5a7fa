"""Dataclasses as JSON and back, by their types."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def plain(value: Any) -> Any:
    """Tables and lists as JSON has them; a float that is not finite becomes None."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_dataclass(kind: type[T], table: Mapping[str, Any]) -> T:
    """A dataclass from the table that `plain(asdict(...))` made of it.

    Where a type is `float`, None stands for NaN; where it is `float | None`, for None.

    Raises:
        TypeError, ValueError, AttributeError: the table is not of this form.
    """
    hints = get_type_hints(kind)
    unknown = set(table) - {item.name for item in fields(kind)}  # type: ignore[arg-type]
    if unknown:
        raise TypeError(f"unknown field {sorted(unknown)[0]!r}")
    return kind(**{name: _read(hints[name], value) for name, value in table.items()})


def _read(kind: Any, value: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return _one_of(arguments, value)
    if origin is tuple:
        return _row(arguments, value)
    if origin is not None and issubclass(origin, Mapping):
        return {key: _read(arguments[1], item) for key, item in value.items()}
    return read_dataclass(kind, value) if isinstance(kind, type) and is_dataclass(kind) else _single(kind, value)


def _one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    """`X | None`, or plain values only: a Scalar."""
    if value is None and NoneType in kinds:
        return None
    others = [kind for kind in kinds if kind is not NoneType]
    return _read(others[0], value) if len(others) == 1 else _single(tuple(others), value)


def _row(kinds: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise TypeError(f"a list was expected, not {value!r:.40}")
    if kinds[-1] is Ellipsis:
        return tuple(_read(kinds[0], item) for item in value)
    return tuple(_read(kind, item) for kind, item in zip(kinds, value, strict=True))


def _single(kind: Any, value: Any) -> Any:
    if kind is float and value is None:
        return math.nan
    if not isinstance(value, (int, float) if kind is float else kind) or (isinstance(value, bool) and kind is int):
        raise TypeError(f"{getattr(kind, '__name__', 'a plain value')} was expected, not {str(value)[:40]!r}")
    return value

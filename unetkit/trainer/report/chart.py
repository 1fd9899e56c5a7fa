"""Lines over epochs: the geometry that a template writes as SVG."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 520, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 26, 42
_TONES = 10  # as many as style.css has; further lines are dashed

Tick = tuple[float, str]  # (position in pixels, text)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line to draw; values that are not finite leave a gap. `tone` is a colour's number, None is the quiet one."""

    name: str
    x: Sequence[int]
    y: Sequence[float]
    tone: int | None = 0


@dataclass(frozen=True, kw_only=True)
class DrawnLine:
    """A line's name, its classes in the style sheet, its SVG path, and its last value as text."""

    name: str
    style: str
    path: str
    last: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Positions in pixels of an SVG picture that is `width` x `height`; `columns` are (left, width, text to show)."""

    title: str
    lines: tuple[DrawnLine, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    marks: tuple[Tick, ...]
    columns: tuple[tuple[float, float, str], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    top: int = _TOP
    right: int = WIDTH - _RIGHT
    bottom: int = HEIGHT - _BOTTOM


def draw_chart(
    title: str,
    lines: Sequence[Line],
    *,
    marks: Sequence[tuple[int, str]] = (),
    y_range: tuple[float, float] | None = None,
) -> Chart:
    """Lay lines out over their epochs.

    Args:
        title: what the lines show.
        lines: each with its own epochs.
        marks: epochs to point out, with a word for each.
        y_range: of the vertical axis; by default as far as the values go, in round numbers.
    """
    epochs = sorted({epoch for line in lines for epoch in line.x})
    first, last = (epochs[0], epochs[-1]) if epochs else (0, 1)
    values = [value for line in lines for value in line.y if math.isfinite(value)]
    low, high = y_range or (min(values, default=0.0), max(values, default=1.0))
    rows = _round_values(low, high)
    x_of = _Scale(first, max(last, first + 1), _LEFT, WIDTH - _RIGHT)
    y_of = _Scale(rows[0], rows[-1], HEIGHT - _BOTTOM, _TOP)
    step = max(1, round(_round_step(last - first, 7)))
    half = (x_of(first + 1) - x_of(first)) / 2
    return Chart(
        title=title,
        lines=tuple(_drawn(line, x_of, y_of) for line in lines),
        x_ticks=tuple((x_of(epoch), str(epoch)) for epoch in range(-(-first // step) * step, last + 1, step)),
        y_ticks=tuple((y_of(value), _figure(value, rows[1] - rows[0])) for value in rows),
        marks=tuple(
            (x_of(epoch), ", ".join(text for at, text in marks if at == epoch))
            for epoch in dict.fromkeys(epoch for epoch, _ in marks)
        ),
        columns=tuple((x_of(epoch) - half, 2 * half, _told(epoch, lines)) for epoch in epochs),
    )


class _Scale:
    """Value -> position, linear from (low, start) to (high, end)."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self._low, self._start, self._per_unit = low, start, (end - start) / (high - low)

    def __call__(self, value: float) -> float:
        return round(self._start + (value - self._low) * self._per_unit, 2)


def _drawn(line: Line, x_of: _Scale, y_of: _Scale) -> DrawnLine:
    parts, pen_down = [], False
    for epoch, value in zip(line.x, line.y, strict=True):
        if not math.isfinite(value):
            pen_down = False
            continue
        parts.append(f"{'L' if pen_down else 'M'}{x_of(epoch)} {y_of(value)}" + ("" if pen_down else "h0"))
        pen_down = True
    tone = "quiet" if line.tone is None else f"tone-{line.tone % _TONES}"
    dashed = " dashed" if line.tone is not None and line.tone >= _TONES else ""
    last = next((f"{value:.3f}" for value in reversed(line.y) if math.isfinite(value)), "–")
    return DrawnLine(name=line.name, style=tone + dashed, path="".join(parts), last=last)


def _told(epoch: int, lines: Sequence[Line]) -> str:
    figures = ((line.name, dict(zip(line.x, line.y, strict=True)).get(epoch, math.nan)) for line in lines)
    return "\n".join([f"epoch {epoch}", *(f"{name} {value:.4f}" for name, value in figures if math.isfinite(value))])


def _round_step(span: float, steps: int) -> float:
    """The smallest of 1, 2, 5, 10, 20, ... (or of their tenths) of which at most `steps` span `span`."""
    size = 10 ** math.floor(math.log10(span / steps)) if span > 0 else 1.0
    return next(factor * size for factor in (1, 2, 5, 10) if factor * size * steps >= span * (1 - 1e-9))


def _round_values(low: float, high: float) -> list[float]:
    """Round numbers that enclose both, two at least."""
    step = _round_step(high - low, 5) if high > low else max(abs(high), 1.0) / 10
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def _figure(value: float, step: float) -> str:
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{value:.{digits}f}" if digits < 6 and abs(value) < 1e6 else f"{value:.1e}"

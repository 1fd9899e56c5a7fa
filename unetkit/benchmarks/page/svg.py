"""Plots as SVG text; every word in them is escaped."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from unetkit.benchmarks.page.axes import Scale, figure

_WIDTH, _HEIGHT = 640, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 18, 16, 46
_BAR, _GAP = 26, 22
_TONES = 10


@dataclass(frozen=True, kw_only=True)
class Series:
    """Points, joined by a line or not.

    Attributes:
        name: in the legend.
        points: (x, y).
        tone: a colour's number; None is the quiet one, which is not in the legend.
        joined: by a line.
        marked: by dots.
        named_at: index of the point that the name stands at; None: it does not.
    """

    name: str
    points: Sequence[tuple[float, float]]
    tone: int | None
    joined: bool = True
    marked: bool = True
    named_at: int | None = None


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bar made of named parts."""

    name: str
    parts: Sequence[tuple[str, float]]


def plot(
    title: str,
    series: Sequence[Series],
    *,
    x: str,
    y: str,
    log_x: bool = False,
    log_y: bool = False,
    x_ticks: Sequence[float] = (),
    y_least: float = 0.0,
) -> str:
    """Points over two axes, with a legend of what is coloured.

    Args:
        title: for those who cannot see it.
        series: what to draw.
        x: name of the axis.
        y: name of the axis.
        log_x: logarithmic.
        log_y: logarithmic.
        x_ticks: instead of round numbers.
        y_least: how far the vertical axis reaches at least: what is as good as equal must look it.
    """
    pairs = [pair for each in series for pair in each.points]
    across = Scale([pair[0] for pair in pairs], _LEFT, _WIDTH - _RIGHT, log=log_x, ticks=x_ticks)
    heights = [pair[1] for pair in pairs if math.isfinite(pair[1])]
    middle = (min(heights, default=0.0) + max(heights, default=0.0)) / 2
    least = [middle - y_least / 2, middle + y_least / 2] if y_least else []
    up = Scale([*heights, *least], _HEIGHT - _BOTTOM, _TOP, log=log_y)
    parts = [*_grid(across, up), _axis_names(x, y)]
    for each in series:
        parts += _drawn(each, across, up)
    return _figure(title, _WIDTH, _HEIGHT, parts) + _legend(
        [(each.name, each.tone) for each in series if each.tone is not None]
    )


def _drawn(series: Series, across: Scale, up: Scale) -> list[str]:
    style = _tone(series.tone)
    at = [(across(x), up(y), x, y) for x, y in series.points if math.isfinite(x) and math.isfinite(y)]
    parts = []
    if series.joined and len(at) > 1:
        path = "L".join(f"{x} {y}" for x, y, _, _ in at)
        parts.append(f'<path class="path {style}" d="M{path}"/>')
    for left, top, x, y in at if series.marked else ():
        told = escape(f"{series.name}: {figure(x)}, {figure(y)}")
        parts.append(f'<circle class="dot {style}" cx="{left}" cy="{top}" r="5"><title>{told}</title></circle>')
    if series.named_at is not None and at:
        left, top = at[series.named_at][:2]
        anchor, shift = ("end", -9) if left > _WIDTH * 0.6 else ("start", 9)
        parts.append(f'<text x="{left + shift}" y="{top - 8}" text-anchor="{anchor}">{escape(series.name)}</text>')
    return parts


def bars(title: str, rows: Sequence[Bar], *, unit: str) -> str:
    """Bars from the left, each of its parts one after the other, on one axis."""
    names = list(dict.fromkeys(name for row in rows for name, _ in row.parts))
    totals = [sum(value for _, value in row.parts) for row in rows]
    height = _TOP + len(rows) * (_BAR + _GAP) + 40
    across = Scale([0.0, *totals], 8, _WIDTH - _RIGHT - 8)
    parts = []
    for tick in across.ticks:
        at = across(tick)
        parts.append(f'<line class="grid" x1="{at}" x2="{at}" y1="{_TOP}" y2="{height - 36}"/>')
        parts.append(f'<text x="{at}" y="{height - 20}" text-anchor="middle">{across.label(tick)}</text>')
    parts.append(f'<text x="{_WIDTH / 2}" y="{height - 4}" text-anchor="middle">{escape(unit)}</text>')
    for index, (row, total) in enumerate(zip(rows, totals, strict=True)):
        top = _TOP + index * (_BAR + _GAP) + 16
        label = f"{row.name}: {figure(total)} {unit}"
        parts.append(f'<text class="name" x="8" y="{top - 4}">{escape(label)}</text>')
        start = 0.0
        for name, value in row.parts:
            left, right = across(start), across(start + value)
            told = escape(f"{row.name}, {name}: {figure(value)} {unit}")
            tone = _tone(names.index(name))
            parts.append(
                f'<rect class="part {tone}" x="{left}" y="{top}" width="{max(0.5, right - left):.1f}" '
                f'height="{_BAR}"><title>{told}</title></rect>'
            )
            start += value
    return _figure(title, _WIDTH, height, parts) + _legend([(name, index) for index, name in enumerate(names)])


def histograms(title: str, rows: Sequence[tuple[str, Sequence[float]]], *, unit: str, bins: int = 60) -> str:
    """How often which value came, a strip each; ticks at the median and the 99th percentile."""
    across = Scale([value for _, values in rows for value in values], 8, _WIDTH - _RIGHT - 8, log=True)
    strip, height = 54, _TOP + len(rows) * 76 + 36
    parts = []
    for tick in across.ticks:
        at = across(tick)
        parts.append(f'<line class="grid" x1="{at}" x2="{at}" y1="{_TOP}" y2="{height - 34}"/>')
        parts.append(f'<text x="{at}" y="{height - 18}" text-anchor="middle">{across.label(tick)}</text>')
    parts.append(f'<text x="{_WIDTH / 2}" y="{height - 2}" text-anchor="middle">{escape(unit)}</text>')
    width = (_WIDTH - _RIGHT - 16) / bins
    for index, (name, values) in enumerate(rows):
        base = _TOP + index * 76 + 18 + strip
        counts = [0] * bins
        for value in values:
            counts[min(bins - 1, max(0, int((across(value) - 8) / width)))] += 1
        tallest = max(counts, default=1) or 1
        parts.append(f'<text class="name" x="8" y="{base - strip - 5}">{escape(name)}</text>')
        for place, count in enumerate(counts):
            if count:
                tall = max(1.0, strip * count / tallest)
                parts.append(
                    f'<rect class="part {_tone(index)}" x="{8 + place * width:.1f}" y="{base - tall:.1f}" '
                    f'width="{width:.2f}" height="{tall:.1f}"><title>{count} samples</title></rect>'
                )
        ordered = sorted(values)
        for share in (0.5, 0.99) if ordered else ():
            at = across(ordered[min(len(ordered) - 1, int(share * len(ordered)))])
            parts.append(f'<line class="sure" x1="{at}" x2="{at}" y1="{base - strip}" y2="{base + 3}"/>')
    return _figure(title, _WIDTH, height, parts)


def _grid(across: Scale, up: Scale) -> list[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = []
    for tick in up.ticks:
        at = up(tick)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{at}" y2="{at}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{at + 4}" text-anchor="end">{up.label(tick)}</text>')
    for tick in across.ticks:
        at = across(tick)
        parts.append(f'<line class="grid" x1="{at}" x2="{at}" y1="{_TOP}" y2="{bottom}"/>')
        parts.append(f'<text x="{at}" y="{bottom + 18}" text-anchor="middle">{across.label(tick)}</text>')
    return parts


def _axis_names(x: str, y: str) -> str:
    middle = (_TOP + _HEIGHT - _BOTTOM) / 2
    return (
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 6}" text-anchor="middle">{escape(x)}</text>'
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">{escape(y)}</text>'
    )


def _figure(title: str, width: int, height: int, parts: Sequence[str]) -> str:
    inside = "\n".join(parts)
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">\n{inside}\n</svg>'


def _legend(names: Sequence[tuple[str, int | None]]) -> str:
    items = "".join(f'<li class="{_tone(tone)}">{escape(name)}</li>' for name, tone in names)
    return f'<ul class="legend">{items}</ul>'


def _tone(number: int | None) -> str:
    return "quiet" if number is None else f"tone-{number % _TONES}"

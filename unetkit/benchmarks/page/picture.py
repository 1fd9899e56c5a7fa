"""A plot of the page as an SVG file of its own, its legend below it, light and dark by the reader's system."""

import re

from unetkit.benchmarks.page.style import STYLE

_SIZE = re.compile(r'<svg viewBox="0 0 (\d+) (\d+)"')
_ITEM = re.compile(r'<li class="([a-z0-9-]+)">(.*?)</li>')
_LINE = 20


def standalone(plot: str) -> str:
    """What a plot function of `svg` gave, as the content of an .svg file.

    Raises:
        ValueError: it is no plot.
    """
    found = _SIZE.match(plot)
    if found is None:
        raise ValueError(f"not a plot: {plot[:40]!r}")
    width, height = int(found.group(1)), int(found.group(2))
    drawing, _, legend = plot[found.end() :].partition("</svg>")
    items = _ITEM.findall(legend)
    rows = "\n".join(
        f'<rect class="part {tone}" x="16" y="{height + _LINE * row + 4}" width="11" height="11" rx="3"/>'
        f'<text x="34" y="{height + _LINE * row + 14}">{name}</text>'
        for row, (tone, name) in enumerate(items)
    )
    whole = height + _LINE * len(items) + 8
    size = f'viewBox="0 0 {width} {whole}" width="{width}" height="{whole}"'
    own = "svg { background: var(--card); width: auto; font-family: system-ui, sans-serif; }"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}{drawing}<style>{STYLE}{own}</style>{rows}\n</svg>\n'

"""The part of a page that a program writes: sections between two marks, each below a mark with its name."""

import re
from collections.abc import Mapping, Sequence

from unetkit.errors import UsageError

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
_SECTION = re.compile(r"^<!-- figures of (\S+) -->$", re.MULTILINE)


def replaced(page: str, figures: Mapping[str, str], order: Sequence[str]) -> str:
    """The page with other figures between its marks.

    Args:
        page: what stands outside of its marks is left alone, and so are sections that are not given.
        figures: Markdown of sections by their names.
        order: of all sections; what is found under another name goes.

    Raises:
        UsageError: the page has no marks, or not one of each in their order.
    """
    before, begin, rest = page.partition(BEGIN)
    inside, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after:
        raise UsageError(f"the page needs the line {BEGIN} and, below it, the line {END}, once each")
    _, *found = _SECTION.split(inside)
    sections = {**dict(zip(found[::2], found[1::2], strict=True)), **figures}
    blocks = [f"<!-- figures of {name} -->\n\n{sections[name].strip()}" for name in order if name in sections]
    return "\n\n".join([before + BEGIN, *blocks, END + after])

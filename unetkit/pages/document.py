"""HTML pages that stand alone: templates, with every value escaped and the style sheet inside."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from unetkit.contract.publish import publish_bytes
from unetkit.errors import MissingDependencyError

_TEMPLATES = Path(__file__).parent / "templates"


def write_document(path: Path, template: str, values: dict[str, Any], *, folders: Sequence[Path] = ()) -> None:
    """Fill a template and publish the page.

    The base template forbids the page to load anything, by its content security policy.

    Args:
        path: of the page.
        template: name of a file in `folders` or in this package's `templates`.
        values: what the template names; none is taken for markup.
        folders: with templates of the caller.

    Raises:
        OutputError: the page cannot be written.
        MissingDependencyError: no Jinja2.
    """
    try:
        import jinja2
    except ImportError as error:
        raise MissingDependencyError(
            'an HTML page needs Jinja2, not installed here: pip install "unetkit[train]"'
        ) from error
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*folders, _TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"share": share, "percent": percent}
    page = environment.get_template(template).render(values)
    publish_bytes(path, page.encode("utf-8", "replace"))  # a file name may hold bytes that are no UTF-8


def share(value: float, digits: int = 3) -> str:
    """A figure in 0..1; a dash for NaN."""
    return "–" if math.isnan(value) else f"{value:.{digits}f}"


def percent(value: float) -> str:
    """A share in 0..1 as percent, with a digit where it is small; a dash for NaN."""
    if math.isnan(value):
        return "–"
    return f"{100 * value:.1f}%" if 0 < value < 0.1 else f"{100 * value:.0f}%"

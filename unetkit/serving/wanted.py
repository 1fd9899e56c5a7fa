"""What a request asks for, by its query and its Accept header."""

from typing import get_args

from starlette.requests import Request

from unetkit.runtime.maskjson import Shapes
from unetkit.serving.problem import Problem
from unetkit.serving.segmentation import AnswerFormat, Wanted

_MEDIA_TYPES: dict[str, AnswerFormat] = {"image/png": "png", "application/json": "json"}
_QUERY = ("format", "shapes", "token")


def wanted_of(request: Request) -> Wanted:
    """The query goes before the header; without both it is a PNG.

    Raises:
        Problem: 400 the query has other names or values; 406 the header allows neither PNG nor JSON.
    """
    query = request.query_params
    for name in query:
        if name not in _QUERY:
            raise Problem(400, f"unknown parameter {name!r}; there are format and shapes")
    shapes = next((shapes for shapes in get_args(Shapes) if shapes == query.get("shapes", "none")), None)
    if shapes is None:
        raise Problem(400, f"shapes is {query['shapes']!r}, expected one of {', '.join(get_args(Shapes))}")
    form = query.get("format") or ("json" if shapes != "none" else accepted(request.headers.get("accept", "*/*")))
    if form is None:
        raise Problem(406, f"there are {' and '.join(_MEDIA_TYPES)}, none of which the Accept header allows")
    if form not in _MEDIA_TYPES.values():
        raise Problem(400, f"format is {form!r}, expected png or json")
    if form == "png" and shapes != "none":
        raise Problem(400, "shapes come as JSON; leave out format=png")
    return Wanted(format="png" if form == "png" else "json", shapes=shapes)


def accepted(header: str) -> AnswerFormat | None:
    """The format that an Accept header likes best (RFC 9110, 12.5.1); PNG where it likes both alike."""
    likings: dict[str, float] = {}
    for part in header.split(","):
        media_range, *parameters = (piece.strip().casefold() for piece in part.split(";"))
        liking = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                liking = _number(parameter[2:])
        likings[media_range] = liking
    best, best_liking = None, 0.0
    for media_type, form in _MEDIA_TYPES.items():
        ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
        liking = next((likings[media_range] for media_range in ranges if media_range in likings), 0.0)
        if liking > best_liking:
            best, best_liking = form, liking
    return best


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0

"""The page's application: the newest picture, the state of the run, a change of its controls."""

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from unetkit.contract.spec import ModelSpec
from unetkit.runtime.running.controls import Controls
from unetkit.runtime.views.shown import background_labels
from unetkit.serving.body import read_bytes
from unetkit.serving.preview.changes import MAX_BYTES, apply
from unetkit.serving.preview.sink import PreviewSink
from unetkit.serving.problem import Problem, error_handlers

_PAGE = Path(__file__).parent.parent / "templates" / "preview.html"
_WAIT_S = 10.0  # for a new picture, until the browser has to ask again
_BODY_S = 5.0
_MOST = 1 << 31


def preview_application(spec: ModelSpec, controls: Controls, sinks: Sequence[PreviewSink]) -> ASGIApp:
    """An ASGI application.

    Args:
        spec: the model's, for the classes and their colours.
        controls: of the run.
        sinks: a stream each; the sequence may grow.
    """
    background = background_labels(spec)
    classes = [
        {"name": item.name, "rgb": list(reversed(item.bgr)), "background": label in background}
        for label, item in enumerate(spec.classes)
    ]

    async def picture(request: Request) -> Response:
        stream, after, width = (_number(request, name) for name in ("stream", "after", "width"))
        if not sinks:
            return Response(status_code=204)  # the run has not begun
        if stream >= len(sinks):
            raise Problem(404, f"there is no stream {stream}; there are {len(sinks)}")
        newest = sinks[stream].newest
        found = await newest.after(after, _WAIT_S)
        if found is None:
            return Response(status_code=204)
        jpeg = await asyncio.to_thread(newest.jpeg, found, width or _MOST)
        headers = {"x-picture": str(found.number), "x-age-ms": f"{newest.age_ms(found):.0f}"}
        return Response(jpeg, media_type="image/jpeg", headers=headers)

    async def state(_request: Request) -> Response:
        return JSONResponse(_state())

    async def change(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise Problem(415, "controls are changed by application/json")
        apply(controls, await read_bytes(request, MAX_BYTES, _BODY_S))
        return JSONResponse(_state())

    async def page(_request: Request) -> Response:
        nonce = secrets.token_urlsafe(16)
        text = Template(_PAGE.read_text(encoding="utf-8")).substitute(nonce=nonce)
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src blob: data:; "
            "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        )
        return HTMLResponse(text, headers={"content-security-policy": policy})

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    def _state() -> dict[str, Any]:
        return {
            "model": spec.name,
            "views": list(controls.view_names),
            "classes": classes,
            "controls": controls.state.to_dict(),
            "said": controls.said,
            "streams": [
                {"name": sink.name, "figures": None if sink.figures is None else sink.figures.to_dict()}
                for sink in sinks
            ],
        }

    routes = [
        Route("/", page),
        Route("/health", health),
        Route("/picture", picture),
        Route("/state", state),
        Route("/controls", change, methods=["POST"]),
    ]
    return Starlette(routes=routes, exception_handlers=error_handlers())


def _number(request: Request, name: str) -> int:
    """Of the query; 0 where it is not there."""
    text = request.query_params.get(name, "0")
    if not (text.isascii() and text.isdecimal() and int(text) < _MOST):
        raise Problem(400, f"{name} is {text!r}, expected a whole number")
    return int(text)

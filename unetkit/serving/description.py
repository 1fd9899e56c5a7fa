"""What an inference server says of itself: for programs, as OpenAPI, and as a page for people."""

import html
import json
import secrets
from pathlib import Path
from string import Template
from typing import Any

from unetkit.contract.artifact import sha256_of
from unetkit.runtime.segmenter import Segmenter
from unetkit.serving.limits import Limits
from unetkit.serving.picture import MEDIA_TYPES
from unetkit.version import VERSION

_TEMPLATES = Path(__file__).parent / "templates"
_PROBLEMS = {
    "400": "no picture, or an unknown parameter",
    "401": "a token is needed",
    "403": "the request comes from another page or for another host",
    "406": "the Accept header allows neither PNG nor JSON",
    "408": "the body did not arrive in time",
    "413": "too many bytes, or too many pixels",
    "415": "no JPEG, PNG or WebP",
    "422": "the picture is broken",
    "503": "too many requests at once; Retry-After says when to come again",
    "504": "no answer in time",
}


def describe_model(segmenter: Segmenter, limits: Limits) -> dict[str, Any]:
    """JSON-ready: what runs, on what, within which limits."""
    backend, spec = segmenter.backend, segmenter.spec
    return {
        "unetkit": VERSION,
        "file": segmenter.path.name,
        "sha256": sha256_of(segmenter.path),
        "engine": backend.engine,
        "device": backend.device,
        "precision": backend.precision,
        "threads": backend.threads,
        "classes": [
            {"label": label, "name": item.name, "rgb": list(reversed(item.bgr))}
            for label, item in enumerate(spec.classes)
        ],
        "spec": json.loads(spec.to_json()),
        "limits": {
            "bytes": limits.max_bytes,
            "pixels": limits.max_pixels,
            "queue": limits.queue,
            "timeout_s": limits.timeout_s,
        },
    }


def describe_routes(limits: Limits) -> dict[str, Any]:
    """An OpenAPI 3.1 document."""
    picture = {"type": "string", "format": "binary", "maxLength": limits.max_bytes}
    form = {"type": "object", "properties": {"picture": picture}, "required": ["picture"]}
    bodies = {media_type: {"schema": picture} for media_type in MEDIA_TYPES}
    return {
        "openapi": "3.1.0",
        "info": {"title": "unetkit", "version": VERSION},
        "paths": {
            "/segment": {
                "post": {
                    "summary": "Segment a picture",
                    "parameters": [
                        _parameter("format", ["png", "json"], "instead of the Accept header"),
                        _parameter("shapes", ["none", "rle", "polygons"], "of each class, in JSON"),
                    ],
                    "requestBody": {"required": True, "content": {**bodies, "multipart/form-data": {"schema": form}}},
                    "responses": {
                        "200": {
                            "description": "Indexed PNG whose pixels are class labels, or JSON: shares, boxes, shapes",
                            "content": {
                                "image/png": {"schema": {"type": "string", "format": "binary"}},
                                "application/json": {"schema": {"type": "object"}},
                            },
                        },
                        **{status: _problem(text) for status, text in _PROBLEMS.items()},
                    },
                }
            },
            "/model": {"get": _tells("The model: classes, spec, engine, device, limits")},
            "/health": {"get": _tells("Whether it runs, and how many requests are in it")},
        },
    }


def page(segmenter: Segmenter, limits: Limits) -> tuple[str, str]:
    """The page for people, and its content security policy: nothing is loaded from anywhere else."""
    nonce = secrets.token_urlsafe(16)
    spec, backend = segmenter.spec, segmenter.backend
    swatches = "".join(
        f'<li><i style="background:rgb({item.bgr[2]},{item.bgr[1]},{item.bgr[0]})"></i>{html.escape(item.name)}</li>'
        for item in spec.classes
    )
    text = Template((_TEMPLATES / "inference.html").read_text(encoding="utf-8")).substitute(
        nonce=nonce,
        name=html.escape(spec.name),
        runs=html.escape(f"{backend.precision} on {backend.engine}, {backend.device}"),
        swatches=swatches,
        mebibytes=f"{limits.max_bytes / (1 << 20):g}",
        megapixels=f"{limits.max_pixels / 1e6:g}",
        queue=limits.queue,
        seconds=f"{limits.timeout_s:g}",
    )
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src 'self' blob:; "
        "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
    return text, policy


def _parameter(name: str, values: list[str], description: str) -> dict[str, Any]:
    schema = {"type": "string", "enum": values}
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _problem(text: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _tells(summary: str) -> dict[str, Any]:
    answer = {"description": summary, "content": {"application/json": {"schema": {"type": "object"}}}}
    return {"summary": summary, "responses": {"200": answer}}

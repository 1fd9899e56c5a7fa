"""The application of `unetkit serve`: POST a picture to /segment and get its mask."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from unetkit.runtime.segmenter import Segmenter
from unetkit.serving.body import read_picture_bytes
from unetkit.serving.description import describe_model, describe_routes, page
from unetkit.serving.limits import Limits
from unetkit.serving.problem import error_handlers
from unetkit.serving.segmentation import Segmentation
from unetkit.serving.wanted import wanted_of
from unetkit.serving.workers import Workers


def inference_application(segmenter: Segmenter, limits: Limits) -> ASGIApp:
    """An ASGI application that segments pictures.

    Args:
        segmenter: the opened model; nobody else uses it meanwhile.
        limits: what it takes on.
    """
    workers = Workers(limits)
    segmentation = Segmentation(segmenter, limits)
    model = describe_model(segmenter, limits)

    async def segment(request: Request) -> Response:
        end_s = time.monotonic() + limits.timeout_s
        wanted = wanted_of(request)
        with workers.admitted() as seat:
            data = await read_picture_bytes(request, limits, end_s - time.monotonic())
            answer = await workers.run(
                seat,
                lambda: segmentation.answer(data, wanted),
                seconds=end_s - time.monotonic(),
                gone=request.receive,
            )
        timing = ", ".join(f"{stage};dur={ms}" for stage, ms in answer.timings_ms.items())
        return Response(answer.body, media_type=answer.media_type, headers={"server-timing": timing, "vary": "accept"})

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "ok", "requests": workers.inside, "queue": limits.queue})

    async def tell_model(_request: Request) -> Response:
        return JSONResponse(model)

    async def tell_routes(_request: Request) -> Response:
        return JSONResponse(describe_routes(limits))

    async def tell_people(_request: Request) -> Response:
        text, policy = page(segmenter, limits)
        return HTMLResponse(text, headers={"content-security-policy": policy})

    @asynccontextmanager
    async def lifespan(_application: Starlette) -> AsyncIterator[None]:
        yield
        workers.close()

    routes = [
        Route("/", tell_people),
        Route("/health", health),
        Route("/model", tell_model),
        Route("/openapi.json", tell_routes),
        Route("/segment", segment, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers=error_handlers())

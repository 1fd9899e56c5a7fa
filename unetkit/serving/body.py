"""The picture in a request: its whole body, or the one file of a form; never more than is allowed."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from unetkit.serving.limits import Limits
from unetkit.serving.problem import Problem

_FORM = "multipart/form-data"


class PictureParser(MultiPartParser):
    """Starlette's, that keeps the file in memory: it is bounded."""

    def __init__(self, request: Request, stream: AsyncGenerator[bytes, None], limits: Limits) -> None:
        super().__init__(request.headers, stream, max_files=1, max_fields=0)
        self.spool_max_size = limits.max_bytes + 1


async def read_picture_bytes(request: Request, limits: Limits, seconds: float) -> bytes:
    """The encoded picture.

    Args:
        request: not read yet.
        limits: of the server.
        seconds: that it may take.

    Raises:
        Problem: 400 it is no form as it says, or broke off; 408 too slow; 413 too large.
    """
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdecimal() and int(declared) > limits.max_bytes:
        raise _too_large(limits.max_bytes)
    with _as_problems(seconds):
        async with asyncio.timeout(seconds):
            if request.headers.get("content-type", "").partition(";")[0].strip().casefold() == _FORM:
                return await _file_of_form(request, limits)
            return b"".join([chunk async for chunk in _bounded(request, limits.max_bytes)])


async def read_bytes(request: Request, max_bytes: int, seconds: float) -> bytes:
    """A small body.

    Raises:
        Problem: 400 it broke off; 408 too slow; 413 too large.
    """
    with _as_problems(seconds):
        async with asyncio.timeout(seconds):
            return b"".join([chunk async for chunk in _bounded(request, max_bytes)])


@contextlib.contextmanager
def _as_problems(seconds: float) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise Problem(408, f"the body did not arrive within {seconds:.1f} s") from None
    except ClientDisconnect:
        raise Problem(400, "the client hung up") from None


async def _file_of_form(request: Request, limits: Limits) -> bytes:
    try:
        form = await PictureParser(request, _bounded(request, limits.max_bytes), limits).parse()
    except MultiPartException as error:
        raise Problem(400, f"cannot read the form: {error.message}; send one file and nothing else") from None
    files = [value for _name, value in form.multi_items() if isinstance(value, UploadFile)]
    if not files:
        raise Problem(400, "the form has no file; send the picture as one: curl --form picture=@cat.jpg")
    try:
        return await files[0].read()
    finally:
        await form.close()


async def _bounded(request: Request, max_bytes: int) -> AsyncGenerator[bytes, None]:
    seen_bytes = 0
    async for chunk in request.stream():
        seen_bytes += len(chunk)
        if seen_bytes > max_bytes:
            raise _too_large(max_bytes)
        yield chunk


def _too_large(max_bytes: int) -> Problem:
    return Problem(413, f"the body is larger than {max_bytes:,} bytes, the limit here; send a smaller one")

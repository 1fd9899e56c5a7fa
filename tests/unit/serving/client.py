"""A server on this machine, and what a client gets from it."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from starlette.types import ASGIApp

from tests.unit.runtime.fakes import BrightnessBackend, fake_segmenter
from unetkit.serving.address import Address, bound
from unetkit.serving.inference import inference_application
from unetkit.serving.limits import Limits
from unetkit.serving.server import Server

# Left half dark, right half of a blue above 127: class 0 and class 1 of the fake model.
HALVES = np.zeros((16, 32, 3), np.uint8)
HALVES[:, 16:] = 200


def encoded(suffix: str = ".png", bgr: Any = HALVES) -> bytes:
    return cv2.imencode(suffix, bgr)[1].tobytes()


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Client:
    port: int

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            names = {name.casefold(): value for name, value in answer.getheaders()}
            return Reply(status=answer.status, headers=names, body=answer.read())
        finally:
            connection.close()


@contextmanager
def serving(
    application: ASGIApp, token: str | None = None, grace_s: float = 5.0, connections: int = 64
) -> Iterator[Client]:
    listener = bound(Address(port=0))
    with Server(application, listener, token=token, connections=connections, grace_s=grace_s) as server:
        yield Client(port=int(server.url.rpartition(":")[2]))


@contextmanager
def inference(
    folder: Path, limits: Limits | None = None, token: str | None = None, delay_s: float = 0.0
) -> Iterator[Client]:
    segmenter = fake_segmenter(folder, BrightnessBackend(delay_s=delay_s))
    with serving(inference_application(segmenter, limits or Limits()), token) as client:
        yield client

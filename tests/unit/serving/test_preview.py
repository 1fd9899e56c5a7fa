import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.runtime.fakes import SPEC, BrightnessBackend, ListSource, fake_segmenter
from tests.unit.serving.client import Client, serving
from unetkit.contract.arrays import BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.contract.spec import ModelSpec
from unetkit.runtime.running.controls import Controls
from unetkit.runtime.running.figures import LiveFigures
from unetkit.runtime.running.live_run import run_live
from unetkit.runtime.sources.frame import Frame
from unetkit.serving.address import Address, bound
from unetkit.serving.preview.application import preview_application
from unetkit.serving.preview.newest import Newest
from unetkit.serving.preview.preview import Preview
from unetkit.serving.preview.sink import PreviewSink


def grey(value: int, hw: tuple[int, int] = (90, 160)) -> BgrFrame:
    return np.full((*hw, 3), value, np.uint8)


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_without_a_browser_two_pictures_a_second_are_kept() -> None:
    clock = Clock()
    newest = Newest(clock)
    for _ in range(100):
        clock.now_s += 0.03125
        newest.put(grey(1), clock.now_s)
    picture = asyncio.run(newest.after(0, 1.0))
    assert picture is not None
    assert picture.number == 7  # of 3.125 s: the first at once, then one each 0.5 s


def test_a_run_that_is_faster_than_a_screen_is_not_copied_at_its_rate() -> None:
    clock = Clock()
    newest = Newest(clock)
    asyncio.run(newest.after(0, 0.0))  # somebody looks
    for _ in range(1024):
        clock.now_s += 1 / 1024
        newest.put(grey(1), clock.now_s)
    picture = asyncio.run(newest.after(0, 1.0))
    assert picture is not None
    assert 37 <= picture.number <= 40  # 1/40 s is 25.6 of these steps, so one each 26


def test_a_browser_gets_the_newest_and_none_twice() -> None:
    async def ask() -> list[int]:
        newest = Newest()
        got = []
        newest.put(grey(10), 0.0, at_once=True)
        number = 0
        for value in (20, 30):
            picture = await newest.after(number, 1.0)
            assert picture is not None
            got.append(int(picture.bgr[0, 0, 0]))
            number = picture.number
            assert await newest.after(number, 0.05) is None
            newest.put(grey(value - 5), 0.0, at_once=True)
            newest.put(grey(value), 0.0, at_once=True)
        return got

    assert asyncio.run(ask()) == [10, 20]


def test_who_waits_is_woken_from_another_thread_and_by_the_end() -> None:
    newest = Newest()

    async def wait() -> list[int | None]:
        threading.Timer(0.05, newest.put, (grey(5), 0.0)).start()
        first = await newest.after(0, 20.0)
        threading.Timer(0.05, newest.end).start()
        return [first.number if first else None, await newest.after(1, 20.0)]  # type: ignore[list-item]

    start_s = time.monotonic()
    assert asyncio.run(wait()) == [1, None]
    assert time.monotonic() - start_s < 15  # not the twenty seconds


def test_the_picture_is_a_copy_made_once_and_encoded_once_for_browsers_of_a_size() -> None:
    newest = Newest()
    drawn = grey(7, (720, 1280))
    newest.put(drawn, 0.0, at_once=True)
    drawn[...] = 200  # the next one is drawn into the same memory
    picture = asyncio.run(newest.after(0, 1.0))
    assert picture is not None
    small, other, whole = (newest.jpeg(picture, width) for width in (500, 640, 5000))
    assert small is other
    for data, wide in ((small, 640), (whole, 1280)):
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None
        assert decoded.shape == (wide * 9 // 16, wide, 3)
        assert abs(int(decoded.mean()) - 7) <= 2  # JPEG rounds


@pytest.fixture
def controls() -> Controls:
    return Controls(SPEC)


@pytest.fixture
def sink() -> PreviewSink:
    return PreviewSink("fake source")


@pytest.fixture
def client(controls: Controls, sink: PreviewSink) -> Iterator[Client]:
    with serving(preview_application(SPEC, controls, [sink]), grace_s=1.0) as client:
        yield client
        sink.close()


def change(client: Client, wishes: object, kind: str = "application/json", **headers: str) -> tuple[int, str]:
    reply = client.ask("POST", "/controls", json.dumps(wishes).encode(), content_type=kind, **headers)
    return reply.status, reply.json.get("error", "")


def test_a_picture_is_served_with_its_number(client: Client, sink: PreviewSink) -> None:
    sink.newest.put(grey(90), 0.0, at_once=True)
    reply = client.ask("GET", "/picture?after=0&width=320")
    assert (reply.status, reply.headers["content-type"], reply.headers["x-picture"]) == (200, "image/jpeg", "1")
    sink.close()
    assert client.ask("GET", "/picture?after=1").status == 204


def test_before_the_run_has_begun_there_is_no_picture(controls: Controls) -> None:
    with serving(preview_application(SPEC, controls, [])) as client:
        assert client.ask("GET", "/picture").status == 204
        assert client.ask("GET", "/state").json["streams"] == []


@pytest.mark.parametrize(
    ("query", "status"), [("stream=1", 404), ("after=x", 400), ("width=-5", 400), ("after=99999999999", 400)]
)
def test_a_question_that_makes_no_sense_is_refused(client: Client, query: str, status: int) -> None:
    assert client.ask("GET", f"/picture?{query}").status == status


def test_the_state_tells_controls_classes_and_figures(client: Client, sink: PreviewSink) -> None:
    sink.tell(LiveFigures(source="fake source", engine="onnx", device="CPU", precision="int8", stages_ms={"infer": 2}))
    state = client.ask("GET", "/state").json
    assert state["controls"]["look"]["view"] == "overlay"
    assert state["classes"][1] == {"name": "cat", "rgb": [200, 20, 10], "background": False}
    assert state["streams"][0]["figures"]["stages_ms"] == {"infer": 2}
    assert "overlay" in state["views"]


def test_controls_are_changed(client: Client, controls: Controls) -> None:
    wishes = {"view": "mask", "classes": ["dog"], "opacity": 0.25, "outline_px": 3, "legend": False, "recording": True}
    assert change(client, wishes) == (200, "")
    assert (controls.state.look.view, controls.state.look.classes, controls.state.look.opacity) == (
        "mask",
        ("dog",),
        0.25,
    )
    assert controls.state.recording
    assert change(client, {"step": True, "snapshot": True}) == (200, "")
    assert (controls.state.paused, controls.state.steps, controls.state.snapshots) == (True, 1, 1)
    assert change(client, {"paused": False}) == (200, "")
    assert not controls.state.paused


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"view": "x-ray"}, "no view 'x-ray'"),
        ({"classes": ["cow"]}, "no class 'cow'"),
        ({"classes": "cat"}, "classes is 'cat', expected a list of names"),
        ({"opacity": 2}, "expected 0..1"),
        ({"opacity": True}, "opacity is True, expected a number"),
        ({"outline_px": 1.5}, "expected a whole number"),
        ({"paused": "yes"}, "expected true or false"),
        ({"model": "other"}, "there is no control 'model'"),
        ({"paused": True, "view": "x-ray"}, "no view"),
        ([1], "no JSON object"),
    ],
)
def test_a_change_that_makes_no_sense_changes_nothing(
    client: Client, controls: Controls, wishes: object, message: str
) -> None:
    before = controls.state
    status, error = change(client, wishes)
    assert (status, message in error) == (400, True), error
    assert controls.state is before


def test_a_change_must_come_from_the_page_itself(client: Client, controls: Controls) -> None:
    assert change(client, {"paused": True}, kind="text/plain")[0] == 415  # what a form of another page could send
    assert change(client, {"paused": True}, origin="http://evil.example")[0] == 403
    assert change(client, {"paused": True}, host="evil.example")[0] == 403
    assert client.ask("POST", "/controls", b"[" * 5000, content_type="application/json").status == 400
    assert client.ask("POST", "/controls", b" " * 20_000, content_type="application/json").status == 413
    assert not controls.state.paused


def test_a_browser_that_takes_nothing_holds_up_neither_the_run_nor_other_browsers(
    client: Client, sink: PreviewSink
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1080, 1920, 3), np.uint8)  # a megabyte and more as JPEG
    frame = Frame(bgr=noise, index=0, name="0")
    mask = Mask(labels=np.zeros((1080, 1920), np.uint8))
    with ExitStack() as opened:
        for _ in range(5):
            stuck = opened.enter_context(socket.create_connection(("127.0.0.1", client.port)))
            stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stuck.sendall(b"GET /picture?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3)
        numbers: list[int] = []

        def browse() -> None:
            for _ in range(5):
                reply = client.ask("GET", f"/picture?after={(numbers or [0])[-1]}")
                numbers.append(int(reply.headers["x-picture"]))

        browser = threading.Thread(target=browse)
        browser.start()
        while browser.is_alive():  # one picture too soon after the last is left out: the run goes on showing
            assert sink.show(frame, mask, noise)
            browser.join(timeout=0.01)
    assert len(numbers) == 5
    assert numbers == sorted(set(numbers))


def test_a_run_is_shown_and_ends_at_once_though_a_browser_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures: list[int] = []
    seen = threading.Event()

    class SeenSource(ListSource):
        """Does not end before a browser has seen something of it."""

        def read(self) -> Frame | None:
            frame = super().read()
            if frame is None:
                seen.wait(20)
            return frame

    monkeypatch.setattr("unetkit.runtime.running.live_run.open_source", lambda *_, **__: SeenSource([50] * 40))

    def browse(url: str) -> None:
        client = Client(port=int(url.rpartition(":")[2]))
        number = 0
        while True:
            try:
                reply = client.ask("GET", f"/picture?after={number}")
            except OSError:
                return
            number = int(reply.headers.get("x-picture", number))
            if reply.status == 200:
                pictures.append(number)
                seen.set()

    browsers: list[threading.Thread] = []

    def say(url: str) -> None:
        browsers.append(threading.Thread(target=browse, args=(url,)))
        browsers[0].start()

    def preview(spec: ModelSpec, controls: Controls) -> Preview:
        return Preview(spec, controls, listener=bound(Address(port=0)), token=None, say=say)

    segmenter = fake_segmenter(tmp_path, BrightnessBackend(delay_s=0.02))
    run_live(segmenter, ["fake"], record=None, window=False, max_frames=None, preview=preview)
    browsers[0].join(timeout=20)
    assert not browsers[0].is_alive()
    assert pictures
    assert pictures == sorted(pictures)

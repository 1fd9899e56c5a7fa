import json
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest

from tests.unit.runtime.fakes import fake_segmenter
from tests.unit.serving.client import HALVES, Client, Reply, encoded, inference, serving
from unetkit.contract.arrays import BgrFrame
from unetkit.data.runlength import RunLengths, runs_of
from unetkit.data.scene import scene
from unetkit.runtime.segmenter import Segmenter
from unetkit.serving.inference import inference_application
from unetkit.serving.limits import Limits

SMALL = Limits(max_bytes=20_000, max_pixels=10_000)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with inference(tmp_path_factory.mktemp("served"), SMALL) as client:
        yield client


def form(*parts: bytes) -> tuple[bytes, str]:
    body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    return body, "multipart/form-data; boundary=edge"


def file_part(data: bytes) -> bytes:
    return b'Content-Disposition: form-data; name="p"; filename="p.png"\r\nContent-Type: image/png\r\n\r\n' + data


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_a_picture_becomes_a_mask_whose_pixels_are_labels(client: Client, suffix: str) -> None:
    reply = client.ask("POST", "/segment", encoded(suffix))
    assert (reply.status, reply.headers["content-type"]) == (200, "image/png")
    mask = decoded(reply.body)
    cat_bgr = (10, 20, 200)
    np.testing.assert_array_equal(mask[:, :14], 0)  # away from the edge, which the small model blurs
    np.testing.assert_array_equal(mask[:, 18:], np.full((16, 14, 3), cat_bgr))
    assert "infer;dur=" in reply.headers["server-timing"]


def test_a_form_with_one_file_is_as_good(client: Client) -> None:
    body, kind = form(file_part(encoded()))
    reply = client.ask("POST", "/segment", body, content_type=kind, accept="application/json")
    assert reply.status == 200
    assert (reply.json["width"], reply.json["height"]) == (32, 16)


def test_json_tells_shares_boxes_and_times(client: Client) -> None:
    table = client.ask("POST", "/segment?format=json", encoded()).json
    assert (table["model"], table["width"], table["height"]) == ("fake", 32, 16)
    ground, cat, dog = table["classes"]
    assert ground["share"] + cat["share"] == pytest.approx(1)
    assert cat["share"] == pytest.approx(0.5, abs=2 / 32)  # two columns of blur
    assert dog == {"label": 2, "name": "dog", "share": 0.0, "box": None}
    assert set(table["timings_ms"]) == {"decode", "preprocess", "wait", "infer", "postprocess", "encode"}


def test_run_lengths_and_the_png_say_the_same(client: Client) -> None:
    png = client.ask("POST", "/segment", encoded()).body
    colors = decoded(png)
    cat = client.ask("POST", "/segment?shapes=rle", encoded()).json["classes"][1]
    painted = np.zeros((16, 32), np.uint8)
    RunLengths(runs_of(cat["rle"]["counts"]), tuple(cat["rle"]["size"])).paint(painted, 1)
    np.testing.assert_array_equal(painted == 1, np.all(colors == (10, 20, 200), axis=-1))


@pytest.mark.parametrize("edges", ["plain", "guided"])
def test_the_mask_is_the_one_that_the_library_gives(edges: Literal["plain", "guided"]) -> None:
    frame, _ = scene(3, (150, 260))
    limits = Limits()
    with (
        Segmenter.open("person", edges=edges) as segmenter,
        serving(inference_application(segmenter, limits)) as client,
    ):
        served = decoded(client.ask("POST", "/segment", encoded(bgr=frame)).body)
        labels = segmenter.predict(frame).labels
    palette = np.array([item.bgr for item in segmenter.spec.classes], np.uint8)
    assert 0 < labels.mean() < 1
    np.testing.assert_array_equal(served, palette[labels])


def test_a_picture_is_turned_upright(client: Client) -> None:
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"  # orientation 6: a quarter turn
    jpeg = encoded(".jpg")
    turned = jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]
    table = client.ask("POST", "/segment?format=json", turned).json
    assert (table["width"], table["height"]) == (16, 32)


def png_header(width: int, height: int) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


REFUSED = {
    "nothing": (b"", 400, "the body is empty"),
    "text": (b"hello", 415, "no JPEG, PNG or WebP, it begins with b'hello'"),
    "a GIF": (b"GIF89a" + bytes(20), 415, "no JPEG, PNG or WebP"),
    "too many bytes": (bytes(20_001), 413, "larger than 20,000 bytes"),
    "too many pixels": (encoded(".jpg", np.zeros((101, 100, 3), np.uint8)), 413, "has 100x101 pixels, 10,000 are"),
    "a bomb of which only the header is there": (png_header(60_000, 60_000), 413, "has 60000x60000 pixels"),
    "no pixel": (png_header(0, 5), 422, "header of the picture cannot be read"),
    "a header without its picture": (png_header(5, 5), 422, "cut off"),
    "a chunk of 1.9 GB that is not there": (png_header(5, 5) + b"\x70\0\0\0IDAT" + bytes(99), 422, "cut off"),
    "a PNG of garbage": (encoded()[:50] + bytes(20) + encoded()[70:], 422, "cannot be decoded|cut off"),
    "half a JPEG": (encoded(".jpg")[:-40], 422, "cut off"),
    "a JPEG of a thousand scans": (
        encoded(".jpg")[:-2] + b"\xff\xda\0\x02" * 101 + b"\xff\xd9",
        422,
        "more than 100 scans",
    ),
    "garbage between segments": (b"\xff\xd8\0\0" + encoded(".jpg")[2:], 422, "header of the picture"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_is_refused_in_a_line(client: Client, name: str) -> None:
    body, status, message = REFUSED[name]
    reply = client.ask("POST", "/segment", body)
    assert reply.status == status, reply.body
    assert any(part in reply.json["error"] for part in message.split("|")), reply.body
    assert reply.body.count(b"\n") == 1


@pytest.mark.parametrize(
    ("path", "accept", "status", "kind"),
    [
        ("/segment", "*/*", 200, "image/png"),
        ("/segment", "application/json", 200, "application/json"),
        ("/segment", "application/json;q=0.5, image/*", 200, "image/png"),
        ("/segment", "text/html, application/json;q=0.9, */*;q=0.1", 200, "application/json"),
        ("/segment", "image/png;q=0, */*", 200, "application/json"),
        ("/segment?format=png", "application/json", 200, "image/png"),
        ("/segment?shapes=polygons", "*/*", 200, "application/json"),
        ("/segment", "text/html", 406, "application/json"),
        ("/segment?format=tiff", "*/*", 400, "application/json"),
        ("/segment?shapes=boxes", "*/*", 400, "application/json"),
        ("/segment?format=png&shapes=rle", "*/*", 400, "application/json"),
        ("/segment?mask=1", "*/*", 400, "application/json"),
    ],
)
def test_query_and_header_choose_the_answer(client: Client, path: str, accept: str, status: int, kind: str) -> None:
    reply = client.ask("POST", path, encoded(), accept=accept)
    assert (reply.status, reply.headers["content-type"].partition(";")[0]) == (status, kind)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((), "cannot read the form|has no file"),
        ((b'Content-Disposition: form-data; name="x"\r\n\r\nhello',), "Too many fields"),
        ((file_part(b"a"), file_part(b"b")), "Too many files"),
        ((file_part(bytes(20_001)),), "larger than 20,000 bytes"),
    ],
)
def test_a_form_that_is_no_picture_is_refused(client: Client, parts: tuple[bytes, ...], message: str) -> None:
    body, kind = form(*parts)
    reply = client.ask("POST", "/segment", body, content_type=kind)
    assert reply.status in (400, 413)
    assert any(part in reply.json["error"] for part in message.split("|"))


def test_the_model_and_the_routes_are_told(client: Client) -> None:
    model = client.ask("GET", "/model").json
    assert [item["name"] for item in model["classes"]] == ["background", "cat", "dog"]
    assert (model["engine"], model["device"], model["spec"]["head"]) == ("onnx", "CPU", "softmax")
    assert model["limits"]["pixels"] == 10_000
    assert client.ask("GET", "/openapi.json").json["paths"]["/segment"]["post"]["responses"]["503"]
    assert client.ask("GET", "/health").json == {"status": "ok", "requests": 0, "queue": 16}
    page = client.ask("GET", "/")
    assert b"fp32" in page.body or b"int8 on onnx" in page.body
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("GET", "/segment", 405)])
def test_other_paths_and_methods_are_errors_in_json(client: Client, method: str, path: str, status: int) -> None:
    reply = client.ask(method, path)
    assert (reply.status, list(reply.json)) == (status, ["error"])


def test_more_requests_than_it_takes_are_sent_away_with_a_time(tmp_path: Path) -> None:
    with inference(tmp_path, Limits(queue=2, workers=1), delay_s=0.5) as client:
        replies: list[Reply] = []
        askers = [
            threading.Thread(target=lambda: replies.append(client.ask("POST", "/segment", encoded()))) for _ in range(6)
        ]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        assert sorted(reply.status for reply in replies) == [200] * 2 + [503] * 4
        refused = next(reply for reply in replies if reply.status == 503)
        assert int(refused.headers["retry-after"]) >= 1
        assert client.ask("POST", "/segment", encoded()).status == 200  # and there is room again


def test_an_answer_that_takes_too_long_is_not_waited_for(tmp_path: Path) -> None:
    with inference(tmp_path, Limits(timeout_s=0.2, queue=2), delay_s=0.8) as client:
        reply = client.ask("POST", "/segment", encoded())
        assert reply.status == 504
        assert client.ask("GET", "/health").json["requests"] == 1  # what cannot be stopped keeps its place
        wait_until(lambda: client.ask("GET", "/health").json["requests"] == 0)


def test_a_client_that_hangs_up_gives_its_place_back(tmp_path: Path) -> None:
    with inference(tmp_path, Limits(workers=1), delay_s=0.3) as client:
        for _ in range(5):
            raw = socket.create_connection(("127.0.0.1", client.port))
            body = encoded()
            raw.sendall(b"POST /segment HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            time.sleep(0.05)
            raw.close()
        wait_until(lambda: client.ask("GET", "/health").json["requests"] == 0)
        start_s = time.monotonic()
        assert client.ask("POST", "/segment", encoded()).status == 200
        assert time.monotonic() - start_s < 10  # not after all of the five: only told apart from never


def test_a_body_that_trickles_is_not_waited_for(tmp_path: Path) -> None:
    with inference(tmp_path, Limits(timeout_s=0.3)) as client:
        raw = socket.create_connection(("127.0.0.1", client.port), timeout=20)
        raw.sendall(b"POST /segment HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc")
        answer = raw.makefile("rb").read().decode()
        raw.close()
    assert answer.startswith("HTTP/1.1 408 ")
    assert "did not arrive within" in json.loads(answer.partition("\r\n\r\n")[2])["error"]


@pytest.mark.parametrize("begun", [b"", b"GET /health HTTP/1.1\r\nHost: loc"])
def test_headers_that_never_end_are_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr("unetkit.serving.patience.HEADER_S", 0.2)
    with inference(tmp_path) as client, socket.create_connection(("127.0.0.1", client.port), timeout=20) as raw:
        raw.sendall(begun)
        assert read_to_the_end(raw) == b""


def test_nor_are_those_of_a_second_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unetkit.serving.patience.HEADER_S", 0.2)
    with inference(tmp_path) as client, socket.create_connection(("127.0.0.1", client.port), timeout=20) as raw:
        raw.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert raw.recv(4096).startswith(b"HTTP/1.1 200")
        raw.sendall(b"GET /hea")
        read_to_the_end(raw)  # would take the fifteen seconds of keep-alive, and more with each byte


def test_what_is_no_http_is_told_in_json(client: Client) -> None:
    with socket.create_connection(("127.0.0.1", client.port), timeout=20) as raw:
        raw.sendall(b"hello\r\n\r\n")
        head, _, body = read_to_the_end(raw).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body) == {"error": "Invalid HTTP request received."}


def test_too_many_connections_are_sent_away_and_far_too_many_hung_up_on(tmp_path: Path) -> None:
    application = inference_application(fake_segmenter(tmp_path), Limits())
    with serving(application, connections=3) as client, ExitStack() as opened:
        for _ in range(3):
            opened.enter_context(socket.create_connection(("127.0.0.1", client.port)))
        wait_until(lambda: client.ask("GET", "/health").status == 503)
        refused = client.ask("POST", "/segment", encoded())
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        assert "too many connections" in refused.json["error"]
        for _ in range(3):
            opened.enter_context(socket.create_connection(("127.0.0.1", client.port)))
        with pytest.raises(OSError):  # noqa: PT011 (reset or closed, as the system has it)
            client.ask("GET", "/health")
        opened.close()
        wait_until(lambda: client.ask("GET", "/health").status == 200)


def read_to_the_end(raw: socket.socket) -> bytes:
    got = b""
    try:
        while part := raw.recv(4096):
            got += part
    except ConnectionResetError:
        return got
    return got


def test_what_runs_is_finished_when_the_server_ends(tmp_path: Path) -> None:
    replies: list[Reply] = []
    with inference(tmp_path, delay_s=0.5) as server:
        asker = threading.Thread(target=lambda: replies.append(server.ask("POST", "/segment", encoded())))
        asker.start()
        wait_until(lambda: bool(server.ask("GET", "/health").json["requests"] == 1))
    asker.join()
    assert [reply.status for reply in replies] == [200]
    with pytest.raises(ConnectionRefusedError):
        server.ask("GET", "/health")


def test_threads_do_not_mix_their_pictures(tmp_path: Path) -> None:
    def share(bright_columns: int) -> float:
        bgr = np.zeros((16, 32, 3), np.uint8)
        bgr[:, :bright_columns] = 255
        table = server.ask("POST", "/segment?format=json", encoded(bgr=np.tile(bgr, (1 + bright_columns, 1, 1)))).json
        assert table["height"] == 16 * (1 + bright_columns)
        return float(table["classes"][1]["share"])

    with inference(tmp_path, Limits(workers=4)) as server:
        expected = {columns: share(columns) for columns in (0, 8, 16, 32)}
        wrong: list[int] = []

        def ask_again(columns: int) -> None:
            wrong.extend(columns for _ in range(10) if share(columns) != expected[columns])

        askers = [threading.Thread(target=ask_again, args=(columns,)) for columns in expected]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
    assert not wrong
    assert HALVES.max() == 200  # and nobody has written into the picture that all tests send


def decoded(png: bytes) -> BgrFrame:
    return np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def wait_until(holds: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end_s
        time.sleep(0.02)

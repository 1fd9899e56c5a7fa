import cv2
import numpy as np
import pytest

from unetkit.runtime.sources.jpegstream import JpegStream

RNG = np.random.default_rng(0)
PICTURES = [RNG.integers(0, 256, (37, 53, 3), np.uint8) for _ in range(4)]


def jpeg(bgr: np.ndarray, *options: int) -> bytes:
    return cv2.imencode(".jpg", bgr, list(options))[1].tobytes()


PLAIN = [jpeg(picture) for picture in PICTURES]
PROGRESSIVE = [jpeg(picture, cv2.IMWRITE_JPEG_PROGRESSIVE, 1) for picture in PICTURES]
RESTARTS = [jpeg(picture, cv2.IMWRITE_JPEG_RST_INTERVAL, 1) for picture in PICTURES]


def with_thumbnail(outer: bytes, inner: bytes) -> bytes:
    """An application segment that holds a whole JPEG, as cameras write it."""
    segment = b"Exif\0\0" + inner
    return outer[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2) + segment + outer[2:]


def cut(data: bytes, chunk_bytes: int) -> list[bytes]:
    stream = JpegStream()
    return [whole for at in range(0, len(data), chunk_bytes) for whole in stream.feed(data[at : at + chunk_bytes])]


@pytest.mark.parametrize("jpegs", [PLAIN, PROGRESSIVE, RESTARTS], ids=["baseline", "progressive", "restarts"])
@pytest.mark.parametrize("chunk_bytes", [1, 2, 1000, 10**6])
def test_jpegs_are_cut_where_they_end_however_the_bytes_arrive(jpegs: list[bytes], chunk_bytes: int) -> None:
    assert cut(b"".join(jpegs), chunk_bytes) == jpegs


@pytest.mark.parametrize("chunk_bytes", [1, 700])
def test_a_thumbnail_inside_is_no_end(chunk_bytes: int) -> None:
    small = jpeg(PICTURES[1][:8, :8])
    whole = with_thumbnail(PLAIN[0], small)
    decoded = cv2.imdecode(np.frombuffer(whole, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape == (37, 53, 3)
    assert cut(whole + PLAIN[2], chunk_bytes) == [whole, PLAIN[2]]


@pytest.mark.parametrize("chunk_bytes", [1, 700])
def test_what_is_no_jpeg_is_left_out(chunk_bytes: int) -> None:
    noise = bytes(range(0, 200)) * 3
    assert cut(noise + PLAIN[0] + b"--frame\r\n" + PLAIN[1] + noise, chunk_bytes) == PLAIN[:2]


def test_a_broken_header_costs_no_more_than_its_own_jpeg() -> None:
    broken = PLAIN[0][:2] + b"\x00\x12" + PLAIN[0][2:300]
    assert cut(broken + PLAIN[1], 64) == [PLAIN[1]]


def test_bytes_without_an_end_are_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unetkit.runtime.sources.jpegstream._LARGEST_BYTES", 10_000)
    stream = JpegStream()
    scan = PLAIN[0][:-2]
    assert [stream.feed(b"\x11" * 6000 if index else scan) for index in range(4)] == [[]] * 4
    assert stream.feed(PLAIN[1]) == [PLAIN[1]]

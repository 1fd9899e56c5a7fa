from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.data.sets import jpeg, noise, png, write
from unetkit.data.pictures import read_picture
from unetkit.errors import DataError

FLAT = np.full((32, 48, 3), (200, 100, 50), np.uint8)


def test_a_picture_is_decoded_by_content_whatever_its_name_says(tmp_path: Path) -> None:
    frame = noise((5, 7))
    for suffix in (".png", ".bmp", ".tiff"):
        data = cv2.imencode(suffix, frame)[1].tobytes()
        np.testing.assert_array_equal(read_picture(write(tmp_path / f"{suffix}.jpg", data)), frame)


@pytest.mark.parametrize("name", ["Ünïcode 写真.jpg", "with space.jpg", "many.dots.in.name.jpg"])
def test_any_file_name_is_read(tmp_path: Path, name: str) -> None:
    frame = read_picture(write(tmp_path / name, jpeg(FLAT)))
    # a flat picture survives JPEG up to the rounding of the colour transform
    assert int(np.abs(frame.astype(int) - FLAT).max()) <= 3


def test_a_grey_picture_becomes_bgr(tmp_path: Path) -> None:
    frame = read_picture(write(tmp_path / "grey.png", png([[0, 128, 255]])))
    np.testing.assert_array_equal(frame, [[[0, 0, 0], [128, 128, 128], [255, 255, 255]]])


def test_a_cmyk_jpeg_becomes_bgr(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image", reason="only Pillow writes CMYK JPEGs here")
    path = tmp_path / "cmyk.jpg"
    image.fromarray(np.full((16, 16, 3), (250, 20, 20), np.uint8)).convert("CMYK").save(path, quality=95)
    blue, green, red = read_picture(path)[8, 8].tolist()
    assert red > 200
    assert max(blue, green) < 70  # CMYK has no one conversion; it is red either way


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "broken or not a picture"),
        (b"this is text, not a picture" * 10, "broken or not a picture"),
        (jpeg(noise((64, 64)))[:2000], "broken JPEG, cut off after 2,000 bytes"),
        (jpeg(noise((64, 64)))[:-2], "broken JPEG"),
        (jpeg(noise((64, 64)))[:150], "broken JPEG"),
        (b"\xff\xd8" + b"garbage" * 100, "broken JPEG"),
        (cv2.imencode(".png", noise((64, 64)))[1].tobytes()[:3000], "broken PNG, cut off after 3,000 bytes"),
        (cv2.imencode(".png", noise((64, 64)))[1].tobytes()[:33] + b"\x7f\xff\xff\xf0IDAT", "broken PNG"),
    ],
)
def test_a_broken_picture_is_one_clear_line(
    tmp_path: Path, data: bytes, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "cat.jpg", data)
    with pytest.raises(DataError, match=message) as caught:
        read_picture(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_a_cut_jpeg_whose_thumbnail_has_an_end_marker_is_still_broken(tmp_path: Path) -> None:
    whole = jpeg(noise((64, 64)))
    thumbnail = jpeg(noise((8, 8)))
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    with_thumbnail = whole[:2] + segment + whole[2:]
    assert read_picture(write(tmp_path / "whole.jpg", with_thumbnail)).shape == (64, 64, 3)
    with pytest.raises(DataError, match="broken JPEG"):
        read_picture(write(tmp_path / "cut.jpg", with_thumbnail[:-500]))


def test_bytes_after_the_end_of_a_jpeg_do_no_harm(tmp_path: Path) -> None:
    assert read_picture(write(tmp_path / "tail.jpg", jpeg(FLAT) + b"\0" * 300)).shape == FLAT.shape


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read .*gone\.jpg"):
        read_picture(tmp_path / "gone.jpg")

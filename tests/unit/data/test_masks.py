from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.data.sets import GREY, PALETTE, RGB, jpeg, noise, png, write
from unetkit.data.masks import read_mask
from unetkit.errors import DataError


@pytest.mark.parametrize("color_type", [GREY, PALETTE])
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_the_stored_samples_come_back_at_every_bit_depth(tmp_path: Path, color_type: int, depth: int) -> None:
    rows = [[(row * 5 + column) % 2**depth for column in range(5)] for row in range(3)]
    mask = read_mask(write(tmp_path / "mask.png", png(rows, color_type=color_type, depth=depth)))
    assert mask.dtype == np.uint8
    np.testing.assert_array_equal(mask, rows)


def test_an_interlaced_palette_mask_gives_indices(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow is the independent writer here")
    indices = np.arange(63, dtype=np.uint8).reshape(7, 9) % 5
    picture = image.fromarray(indices, "P")
    picture.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9, 200, 1, 1])
    picture.save(tmp_path / "mask.png", interlace=1)
    np.testing.assert_array_equal(read_mask(tmp_path / "mask.png"), indices)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (png([[0, 0, 0, 9, 9, 9]], color_type=RGB), [[0, 9]]),
        (png([[0, 3, 255]], depth=16), [[0, 3, 255]]),
        (
            cv2.imencode(".png", np.dstack([np.full((1, 2), v, np.uint8) for v in (4, 4, 4, 128)]))[1].tobytes(),
            [[4, 4]],
        ),
    ],
)
def test_grey_in_other_clothes_is_read(tmp_path: Path, data: bytes, expected: list[list[int]]) -> None:
    np.testing.assert_array_equal(read_mask(write(tmp_path / "mask.png", data)), expected)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (jpeg(noise((8, 8))), "a JPEG, which changes mask values; save masks as PNG"),
        (b"GIF89a" + b"\0" * 40, "not a PNG; save masks as PNG"),
        (b"", "not a PNG"),
        (png([[1, 2]])[:-15], "broken PNG, cut off"),
        (png([[1, 2]])[:20], "broken PNG, cut off"),
        (png([[1, 2]]).replace(b"IDAT", b"IDAX"), "broken PNG"),
        (png([[0, 300]], depth=16), "value 300, above 255"),
        (png([[255, 0, 0, 0, 255, 0]], color_type=RGB), "is in colour; save one value a class"),
    ],
)
def test_what_is_no_mask_is_one_clear_line(
    tmp_path: Path, data: bytes, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "mask.png", data)
    with pytest.raises(DataError, match=message) as caught:
        read_mask(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""

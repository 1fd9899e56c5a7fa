"""The picture sheet: how masks and ignored pixels are drawn, and what it refuses."""

from pathlib import Path

import numpy as np
import pytest

from tests.unit.data.sets import TableDataset, names
from unetkit.contract.spec import IGNORE_LABEL, ClassSpec, InputSpec, ModelSpec
from unetkit.data.synthetic import SyntheticDataset
from unetkit.errors import DataError, UsageError
from unetkit.trainer.augmentation.backgrounds import require_background
from unetkit.trainer.preview import PreviewConfig, PreviewSheet, write_preview

CLASSES = (ClassSpec(name="background", bgr=(9, 9, 9)), ClassSpec(name="cat", bgr=(0, 100, 200)))


def _sheet(side: int) -> PreviewSheet:
    size = InputSpec(height=side, width=side)
    return PreviewSheet(ModelSpec(name="a", input=size, classes=CLASSES, head="sigmoid"))


def test_the_background_stays_classes_are_tinted_and_ignored_pixels_are_grey_stripes() -> None:
    frame = np.full((96, 96, 3), (200, 100, 40), np.uint8)
    labels = np.zeros((96, 96), np.uint8)
    labels[:, 32:64], labels[:, 64:] = 1, IGNORE_LABEL
    drawn = _sheet(96).overlaid(frame, labels)
    assert (drawn[:, :32] == (200, 100, 40)).all()
    assert (drawn[:, 32:64] == (100, 100, 120)).all()  # halfway to the class's colour
    dark, bright = (frame[0, 0] // 4 + stripe for stripe in (95, 150))
    stripes = (drawn[:, 64:] == dark).all(-1)
    assert (stripes | (drawn[:, 64:] == bright).all(-1)).all()
    assert 0.4 < stripes.mean() < 0.6


def test_a_sheet_has_a_row_a_picture_enlarged_by_a_whole_number() -> None:
    rng = np.random.default_rng(0)
    rows = [[rng.integers(0, 256, (80, 80, 3), np.uint8) for _ in range(3)] for _ in range(2)]
    sheet = _sheet(80).compose(("picture", "mask"), ("a", "b"), rows)
    # 80 is enlarged 3 times to 240; gaps of 6; text lines of 24: captions, a name a row, two classes, the ignored.
    assert sheet.shape == (24 + 2 * (240 + 24) + 3 * 24, 6 + 3 * (240 + 6), 3)
    for row in range(2):
        for column in range(3):
            top, left = 24 + row * 264, 6 + column * 246
            tile = sheet[top : top + 240, left : left + 240]
            np.testing.assert_array_equal(tile[1::3, 1::3], rows[row][column])


def test_the_legend_shows_every_classs_colour() -> None:
    sheet = _sheet(200).compose(("picture",), ("a",), [[np.zeros((200, 200, 3), np.uint8)]])
    for line, item in zip((-60, -36), CLASSES, strict=True):
        assert tuple(sheet[line, 12]) == item.bgr
    assert len(np.unique(sheet[-20:-4, 8:28].reshape(-1, 3), axis=0)) > 1  # hatched


@pytest.mark.parametrize("name", ["sheet.jpg", "sheet"])
def test_a_sheet_that_is_no_png_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"give a file that ends in \.png"):
        write_preview(SyntheticDataset(), PreviewConfig(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_backgrounds_of_three_classes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"backgrounds is 0\.5, and the data has 3 classes \(background, disc, poly"):
        write_preview(SyntheticDataset(), PreviewConfig(backgrounds=0.5), tmp_path / "sheet.png")


def test_backgrounds_need_two_classes_only_when_they_are_replaced() -> None:
    require_background(CLASSES, 0.5)
    require_background(SyntheticDataset.classes, 0.0)


def test_a_set_without_training_pictures_is_refused(tmp_path: Path) -> None:
    dataset = TableDataset({"test": names(3)})
    with pytest.raises(DataError, match="no picture to train on"):
        write_preview(dataset, PreviewConfig(), tmp_path / "sheet.png")

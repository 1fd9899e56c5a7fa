"""The picture sheet as it is written."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.data.sets import TableDataset, names
from unetkit.trainer.preview import PreviewConfig, write_preview

pytestmark = pytest.mark.tf

DATA = TableDataset({"all": names(10)}, hw=(20, 30))
CONFIG = PreviewConfig(size=32, pictures=4, versions=2, backgrounds=0.5)


def test_the_sheet_shows_training_pictures_and_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    first, again, other = (tmp_path / f"{name}.png" for name in ("first", "again", "other"))
    for path, seed in ((first, 3), (again, 3), (other, 4)):
        assert write_preview(DATA, replace(CONFIG, seed=seed), path) == 4
    assert first.read_bytes() == again.read_bytes() != other.read_bytes()
    sheet = cv2.imread(str(first))
    # 32 is enlarged 6 times to 192: four rows with their names, four columns, captions, two classes, the ignored.
    assert sheet is not None
    assert sheet.shape == (24 + 4 * (192 + 24) + 3 * 24, 6 + 4 * (192 + 6), 3)
    left = sheet[24 : 24 + 192, 6 : 6 + 192].reshape(-1, 3)
    assert len(np.unique(left, axis=0)) == 1  # a plain grey picture, as the set has them


def test_a_small_set_makes_a_small_sheet(tmp_path: Path) -> None:
    assert write_preview(DATA, replace(CONFIG, pictures=100), tmp_path / "sheet.png") == 9  # one of ten validates

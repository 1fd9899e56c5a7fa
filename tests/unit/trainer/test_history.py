"""The history as a table and as a picture, and the panel of samples."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from unetkit.contract.scoring import AccuracyReport
from unetkit.contract.spec import IGNORE_LABEL, ClassSpec
from unetkit.errors import DataError
from unetkit.trainer.history import Epoch, best_epoch, draw_curves, read_history, write_history
from unetkit.trainer.panel import CAPTION, SIDE, draw_panel


def _epoch(number: int, names: tuple[str, ...] = ("ground", "cat"), miou: float = 0.75) -> Epoch:
    accuracy = AccuracyReport(
        class_names=names,
        split="validation",
        images=1234,
        pixel_accuracy=0.875,
        miou=miou,
        iou=(miou,) * (len(names) - 1) + (float("nan"),),
        dice=(miou,) * len(names),
    )
    return Epoch(
        epoch=number,
        size=64,
        lr=0.00123456,
        loss=1 / 3,
        val_loss=0.5,
        accuracy=accuracy,
        images_per_s=123.456,
        seconds=9.87,
        waiting=0.25,
        peak_memory_mib=512.4,
    )


def test_the_table_has_a_row_an_epoch_and_a_column_a_class(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    write_history(path, [_epoch(1), _epoch(2)])
    assert path.read_text() == (
        "epoch,size,lr,loss,val_loss,val_pixel_accuracy,val_miou,val_iou_ground,val_iou_cat,images_per_s,seconds,"
        "waiting,peak_memory_mib\n"
        "1,64,1.235e-03,0.333333,0.500000,0.875000,0.750000,0.750000,nan,123.46,9.9,0.2500,512\n"
        "2,64,1.235e-03,0.333333,0.500000,0.875000,0.750000,0.750000,nan,123.46,9.9,0.2500,512\n"
    )


def test_a_class_name_with_commas_and_quotes_stays_one_column(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    write_history(path, [_epoch(1, ('a, "b"', "猫"))])
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0][7:9] == ['val_iou_a, "b"', "val_iou_猫"]
    assert len(rows[1]) == len(rows[0])


def test_an_epoch_is_told_in_a_line() -> None:
    assert _epoch(2).line(45) == (
        "epoch 2/45 at 64 px: loss 0.3333, validation loss 0.5000, mIoU 0.7500, pixel accuracy 0.8750 "
        "(2 classes, validation split, 1,234 images), 123.5 images/s, 25% of the time waiting for them, "
        "peak 512 MiB, 10 s"
    )


def test_a_history_is_read_back_as_far_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    names = ('a, "b"', "猫", "nobody")
    write_history(path, [_epoch(1, names), _epoch(2, names, 0.8)])
    first, second = read_history(path, images=1234)
    assert (first.epoch, first.size, first.seconds, first.waiting, first.peak_memory_mib) == (1, 64, 9.9, 0.25, 512)
    assert (first.loss, second.accuracy.miou) == (0.333333, 0.8)
    assert first.accuracy.class_names == names
    assert first.accuracy.images == 1234
    assert second.accuracy.iou[:2] == (0.8, 0.8)
    assert np.isnan(second.accuracy.iou[2])
    assert second.accuracy.dice[:2] == pytest.approx((1.6 / 1.8,) * 2)


def test_a_history_of_an_older_version_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text(
        "epoch,size,lr,loss,val_loss,val_pixel_accuracy,val_miou,val_iou_a,val_iou_b,images_per_s,seconds\n"
        "1,32,2.4e-03,1.1,0.9,0.7,0.2,0.4,0.0,17.86,25.3\n"
    )
    (row,) = read_history(path, images=5)
    assert (row.lr, row.images_per_s, row.waiting, row.peak_memory_mib) == (0.0024, 17.86, 0, 0)


@pytest.mark.parametrize(
    "text",
    ["", "hello", "epoch,size\n1,2\n", "epoch,size,lr,loss,val_loss,val_pixel_accuracy,val_miou\n1,2,3,4,5\n", "\0"],
)
def test_what_is_no_history_is_a_data_error(text: str, tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text(text)
    with pytest.raises(DataError, match="is not the history of a run"):
        read_history(path, images=1)


@pytest.mark.parametrize("names", [("ground", "cat"), ("a$b", "$x_{$", "_hidden", "back\\slash")])
def test_the_curves_are_a_picture_whatever_the_classes_are_called(names: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "curves.png"
    draw_curves(path, [_epoch(1, names), _epoch(2, names, 0.8), _epoch(3, names, float("nan"))])
    picture = cv2.imread(str(path))
    assert picture is not None
    assert picture.shape == (440, 1210, 3)  # 4 x 11 inches at 110 dots
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 20
    assert list(tmp_path.iterdir()) == [path]


def test_the_panel_shows_input_truth_and_prediction_in_the_colours_of_the_classes(tmp_path: Path) -> None:
    classes = (ClassSpec(name="ground", bgr=(10, 20, 30)), ClassSpec(name="cat", bgr=(200, 100, 0)))
    frame = np.full((64, 64, 3), (1, 2, 3), np.uint8)
    truth = np.zeros((64, 64), np.uint8)
    truth[32:] = IGNORE_LABEL
    found = np.ones((64, 64), np.uint8)
    path = tmp_path / "panel.png"
    draw_panel(path, [(frame, truth, found)] * 2, classes)
    picture = cv2.imread(str(path))
    assert picture is not None
    assert picture.shape == (CAPTION + 2 * SIDE + 2 * CAPTION, 3 * SIDE, 3)
    for row in (CAPTION, CAPTION + SIDE):
        tiles = picture[row : row + SIDE]
        assert (tiles[:, :SIDE] == (1, 2, 3)).all()
        assert (tiles[: SIDE // 2, SIDE : 2 * SIDE] == (10, 20, 30)).all()
        assert (tiles[SIDE // 2 :, SIDE : 2 * SIDE] == 255).all()  # ignored
        assert (tiles[:, 2 * SIDE :] == (200, 100, 0)).all()
    legend = picture[CAPTION + 2 * SIDE :]
    assert (legend[10, 10] == (10, 20, 30)).all()
    assert (legend[CAPTION + 10, 10] == (200, 100, 0)).all()


def test_the_best_epoch_is_the_first_of_the_highest_and_none_without_a_figure() -> None:
    nothing, low, high, again = (
        _epoch(1, miou=float("nan")),
        _epoch(2, miou=0.5),
        _epoch(3, miou=0.75),
        _epoch(4, miou=0.75),
    )
    assert best_epoch([nothing, low, high, again]) is high
    assert best_epoch([nothing]) is nothing

"""The history of a run as charts: loss, and IoU on the validation split."""

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from unetkit.trainer.history import Epoch, best_epoch
from unetkit.trainer.report.chart import Chart, Line, draw_chart

_CLASS_LINES = 8  # of more classes, those with the lowest IoU at the end


def loss_chart(history: Sequence[Epoch]) -> Chart:
    """Training and validation loss over the epochs."""
    epochs = [row.epoch for row in history]
    lines = (
        Line(name="training", x=epochs, y=[row.loss for row in history], tone=None),
        Line(name="validation", x=epochs, y=[row.val_loss for row in history]),
    )
    return draw_chart("Loss", lines, marks=tuple(_marks(history)))


def iou_chart(history: Sequence[Epoch]) -> Chart:
    """Mean IoU and IoU a class over the epochs, on an axis that ends at 1."""
    epochs = [row.epoch for row in history]
    by_class = np.array([row.accuracy.iou for row in history], np.float64)
    names = history[0].accuracy.class_names
    weakest = np.argsort(by_class[-1], kind="stable")[:_CLASS_LINES]  # NaN comes last
    lines = [Line(name="mIoU", x=epochs, y=[row.accuracy.miou for row in history])]
    lines += [
        Line(name=names[label], x=epochs, y=by_class[:, label].tolist(), tone=1 + place)
        for place, label in enumerate(sorted(weakest.tolist()))
    ]
    lowest = min((value for line in lines for value in line.y if math.isfinite(value)), default=0.0)
    floor = min(0.8, math.floor(lowest * 5) / 5)
    return draw_chart("IoU on the validation split", lines, marks=tuple(_marks(history)), y_range=(floor, 1.0))


def _marks(history: Sequence[Epoch]) -> Iterator[tuple[int, str]]:
    for before, after in itertools.pairwise(history):
        if before.size != after.size:
            yield after.epoch, f"{after.size} px"
    yield best_epoch(history).epoch, "best"

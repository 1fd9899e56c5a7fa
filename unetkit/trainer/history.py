"""The history of a run: a row an epoch, as CSV and as curves."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from unetkit.contract.publish import publish_text
from unetkit.contract.scoring import AccuracyReport
from unetkit.errors import DataError
from unetkit.trainer.plot import write_plot
from unetkit.trainer.report.chart import Line

_IOU = "val_iou_"


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What one epoch did.

    `images_per_s` is training alone, `seconds` with validation; `waiting` is the share of the training time spent
    waiting for pictures, `peak_memory_mib` the most the accelerator (on a CPU: the process) has held so far.
    """

    epoch: int
    size: int
    lr: float
    loss: float
    val_loss: float
    accuracy: AccuracyReport
    images_per_s: float
    seconds: float
    waiting: float = 0.0
    peak_memory_mib: float = 0.0

    def line(self, epochs: int) -> str:
        return (
            f"epoch {self.epoch}/{epochs} at {self.size} px: "
            f"loss {self.loss:.4f}, validation loss {self.val_loss:.4f}, "
            f"mIoU {self.accuracy.miou:.4f}, pixel accuracy {self.accuracy.pixel_accuracy:.4f} "
            f"({len(self.accuracy.class_names)} classes, validation split, {self.accuracy.images:,} images), "
            f"{self.images_per_s:.1f} images/s, {self.waiting:.0%} of the time waiting for them, "
            f"peak {self.peak_memory_mib:,.0f} MiB, {self.seconds:.0f} s"
        )


def best_epoch(history: Sequence[Epoch]) -> Epoch:
    """The first of those with the highest mIoU: its weights are the checkpoint."""
    return max(history, key=lambda row: -1.0 if math.isnan(row.accuracy.miou) else row.accuracy.miou)


def write_history(path: Path, history: Sequence[Epoch]) -> None:
    """CSV with a column per class; replaced whole after each epoch."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = history[0].accuracy.class_names
    measures = ("val_pixel_accuracy", "val_miou", *(f"{_IOU}{name}" for name in names))
    writer.writerow(
        ("epoch", "size", "lr", "loss", "val_loss", *measures, "images_per_s", "seconds", "waiting", "peak_memory_mib")
    )
    for row in history:
        accuracy = (row.accuracy.pixel_accuracy, row.accuracy.miou, *row.accuracy.iou)
        figures = (f"{value:.6f}" for value in (row.loss, row.val_loss, *accuracy))
        writer.writerow(
            (
                row.epoch,
                row.size,
                f"{row.lr:.3e}",
                *figures,
                f"{row.images_per_s:.2f}",
                f"{row.seconds:.1f}",
                f"{row.waiting:.4f}",
                f"{row.peak_memory_mib:.0f}",
            )
        )
    publish_text(path, text.getvalue())


def read_history(path: Path, *, images: int) -> list[Epoch]:
    """Read what `write_history` wrote; Dice is `2 IoU / (1 + IoU)`, and columns that an older version lacks are 0.

    Args:
        path: the CSV file.
        images: how many were validated on, which the file does not say.

    Raises:
        DataError: it cannot be read or is no history.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            columns = reader.fieldnames or ()
            if "epoch" not in columns:
                raise ValueError("its first line names no column epoch")
            names = tuple(name.removeprefix(_IOU) for name in columns if name.startswith(_IOU))
            return [_epoch(row, names, images) for row in reader]
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError, csv.Error) as error:
        raise DataError(f"{path} is not the history of a run ({ascii(str(error))[:200]})") from error


def _epoch(row: Mapping[str, str], names: tuple[str, ...], images: int) -> Epoch:
    iou = tuple(float(row[f"{_IOU}{name}"]) for name in names)
    accuracy = AccuracyReport(
        class_names=names,
        split="validation",
        images=images,
        pixel_accuracy=float(row["val_pixel_accuracy"]),
        miou=float(row["val_miou"]),
        iou=iou,
        dice=tuple(2 * share / (1 + share) for share in iou),
    )
    rates = {name: float(row.get(name, 0.0)) for name in ("images_per_s", "seconds", "waiting", "peak_memory_mib")}
    losses = {name: float(row[name]) for name in ("lr", "loss", "val_loss")}
    return Epoch(epoch=int(row["epoch"]), size=int(row["size"]), accuracy=accuracy, **losses, **rates)


def draw_curves(path: Path, history: Sequence[Epoch]) -> None:
    """Loss, and accuracy on the validation split, over the epochs, as PNG."""
    epochs = [row.epoch for row in history]
    first = history[0].accuracy
    losses = [
        Line(name="training", x=epochs, y=[row.loss for row in history], tone=None),
        Line(name="validation", x=epochs, y=[row.val_loss for row in history]),
    ]
    shares = [
        Line(name="pixel accuracy", x=epochs, y=[row.accuracy.pixel_accuracy for row in history], tone=None),
        Line(name="mIoU", x=epochs, y=[row.accuracy.miou for row in history]),
    ]
    shares += [
        Line(name=f"IoU {name}", x=epochs, y=[row.accuracy.iou[label] for row in history], tone=1 + label)
        for label, name in enumerate(first.class_names)
    ]
    write_plot(path, [("loss", losses), (f"validation split, {first.images:,} images", shares)])

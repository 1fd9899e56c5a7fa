"""The history of a run: a row an epoch, as CSV and as curves."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from unetkit.contract.publish import publish_text, published
from unetkit.contract.scoring import AccuracyReport


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What one epoch did; `images_per_s` is training alone, `seconds` with validation."""

    epoch: int
    size: int
    lr: float
    loss: float
    val_loss: float
    accuracy: AccuracyReport
    images_per_s: float
    seconds: float

    def line(self, epochs: int) -> str:
        return (
            f"epoch {self.epoch}/{epochs} at {self.size} px: "
            f"loss {self.loss:.4f}, validation loss {self.val_loss:.4f}, "
            f"mIoU {self.accuracy.miou:.4f}, pixel accuracy {self.accuracy.pixel_accuracy:.4f} "
            f"({len(self.accuracy.class_names)} classes, validation split, {self.accuracy.images:,} images), "
            f"{self.images_per_s:.1f} images/s, {self.seconds:.0f} s"
        )


def write_history(path: Path, history: Sequence[Epoch]) -> None:
    """CSV with a column per class; replaced whole after each epoch."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = history[0].accuracy.class_names
    measures = ("val_pixel_accuracy", "val_miou", *(f"val_iou_{name}" for name in names))
    writer.writerow(("epoch", "size", "lr", "loss", "val_loss", *measures, "images_per_s", "seconds"))
    for row in history:
        accuracy = (row.accuracy.pixel_accuracy, row.accuracy.miou, *row.accuracy.iou)
        figures = (f"{value:.6f}" for value in (row.loss, row.val_loss, *accuracy))
        writer.writerow(
            (row.epoch, row.size, f"{row.lr:.3e}", *figures, f"{row.images_per_s:.2f}", f"{row.seconds:.1f}")
        )
    publish_text(path, text.getvalue())


def draw_curves(path: Path, history: Sequence[Epoch]) -> None:
    """Loss, and accuracy on the validation split, over the epochs, as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    epochs = [row.epoch for row in history]
    figure = Figure(figsize=(11, 4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    left.plot(epochs, [row.loss for row in history], label="training")
    left.plot(epochs, [row.val_loss for row in history], label="validation")
    left.set(title="loss", xlabel="epoch")
    right.plot(epochs, [row.accuracy.pixel_accuracy for row in history], label="pixel accuracy", linestyle="--")
    right.plot(epochs, [row.accuracy.miou for row in history], label="mIoU", linewidth=2.5)
    for index, name in enumerate(history[0].accuracy.class_names):
        label = f"IoU {name}".replace("$", r"\$")  # a name is no formula
        right.plot(epochs, [row.accuracy.iou[index] for row in history], label=label, alpha=0.7)
    right.set(title=f"validation split, {history[0].accuracy.images:,} images", xlabel="epoch")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.legend()
    with published(path) as temporary:
        figure.savefig(temporary, dpi=110)

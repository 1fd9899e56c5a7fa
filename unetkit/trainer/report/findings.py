"""What a reader should see first: is the run good, and what stands out. Every sentence carries its figures."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from unetkit.contract.arrays import Confusion
from unetkit.trainer.history import Epoch, best_epoch
from unetkit.trainer.report.assessment import Assessment
from unetkit.trainer.report.confusion import confusion_table

FOUND_IOU = 0.5  # the overlap from which on PASCAL VOC counts an object as found (Everingham et al. 2010)
_OVER_BASELINE = 0.02  # of mIoU: less is no better than the commonest class everywhere
_LISTED = 4
_LATE = 0.1  # of the epochs: where a run that still gains at the end would show it
_GAIN = 0.005  # of mIoU
_RISE = 1.1  # validation loss at the end over its minimum
_CALIBRATED = 0.03  # calibration error


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`grade` is `good` (every class is found), `fair` (some are not) or `poor` (none is learnt); `text` says why."""

    grade: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`level` is `good`, `note` or `warning`."""

    level: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What answering the commonest class everywhere would score; shares in 0..1, NaN without a pixel."""

    class_name: str
    miou: float
    pixel_accuracy: float


def baseline(class_names: tuple[str, ...], counts: Confusion) -> Baseline:
    """Of a confusion matrix's truths: `share` of the commonest class, and `share / classes that occur` as mIoU."""
    pixels = counts.sum(1)
    total, occurring = int(pixels.sum()), int((pixels > 0).sum())
    commonest = int(pixels.argmax())
    share = float(pixels[commonest]) / total if total else math.nan
    return Baseline(
        class_name=class_names[commonest], miou=share / occurring if occurring else math.nan, pixel_accuracy=share
    )


def verdict(assessment: Assessment) -> Verdict:
    """Grade a run by its classes' IoU, and by what no learning at all would reach."""
    accuracy = assessment.accuracy
    floor = baseline(accuracy.class_names, assessment.confusion)
    if math.isnan(accuracy.miou):
        return Verdict(grade="poor", text="No validation picture has a pixel whose class is known.")
    if accuracy.miou < floor.miou + _OVER_BASELINE:
        return Verdict(
            grade="poor",
            text=f"No better than calling every pixel “{floor.class_name}”, which reaches an mIoU of {floor.miou:.3f}.",
        )
    ranked = sorted(zip(accuracy.iou, accuracy.class_names, strict=True))
    ranked = [(iou, name) for iou, name in ranked if not math.isnan(iou)]
    weak = [f"{name} ({iou:.2f})" for iou, name in ranked if iou < FOUND_IOU]
    if not weak:
        iou, name = ranked[0]
        return Verdict(
            grade="good", text=f"Every class has an IoU of at least {FOUND_IOU:g}; the weakest is {name} ({iou:.2f})."
        )
    more = f" and {len(weak) - _LISTED} more" if len(weak) > _LISTED else ""
    listed = ", ".join(weak[:_LISTED])
    return Verdict(
        grade="fair", text=f"{len(weak)} of {len(ranked)} classes below an IoU of {FOUND_IOU:g}: {listed}{more}."
    )


def findings(assessment: Assessment, history: Sequence[Epoch], *, interrupted: bool) -> list[Finding]:
    """What the curves, the confusion matrix and the confidence say."""
    ended = [Finding(level="warning", text="Interrupted before its last epoch.")] if interrupted else []
    return [*ended, *_of_curves(history), *_of_confusion(assessment), *_of_confidence(assessment)]


def _of_curves(history: Sequence[Epoch]) -> Iterator[Finding]:
    best, last = best_epoch(history), history[-1]
    late = [row for row in history if row.epoch > last.epoch - max(1, round(_LATE * last.epoch))]
    early = history[: len(history) - len(late)]
    if early:
        gain = best.accuracy.miou - best_epoch(early).accuracy.miou
        if gain > _GAIN:
            text = (
                f"Still rising: the last {_epochs(late)} gained {100 * gain:.1f} points of mIoU; more epochs may help."
            )
            yield Finding(level="note", text=text)
        else:
            text = (
                f"The curve has flattened out: the last {_epochs(late)} gained {100 * max(gain, 0):.1f} points of mIoU."
            )
            yield Finding(level="good", text=text)
    losses = [row.val_loss for row in history]
    lowest = history[int(np.argmin(losses))]
    if lowest.val_loss > 0 and last.val_loss > _RISE * lowest.val_loss and last.loss < lowest.loss:
        rise = 100 * (last.val_loss / lowest.val_loss - 1)
        since = f"since epoch {lowest.epoch} the validation loss rose by {rise:.0f}% while the training loss fell"
        yield Finding(level="warning", text=f"Overfitting: {since}.")


def _epochs(rows: Sequence[Epoch]) -> str:
    return "epoch" if len(rows) == 1 else f"{len(rows)} epochs"


def _of_confusion(assessment: Assessment) -> Iterator[Finding]:
    largest = confusion_table(assessment.accuracy.class_names, assessment.confusion).largest
    if largest and largest[0].share >= 0.01:
        cell = largest[0]
        text = f"The largest confusion: {100 * cell.share:.0f}% of “{cell.truth}” is taken for “{cell.prediction}”."
        yield Finding(level="note", text=text)


def _of_confidence(assessment: Assessment) -> Iterator[Finding]:
    error, over = assessment.reliability.calibration_error, assessment.reliability.overconfidence
    if math.isnan(error):
        return
    if error <= _CALIBRATED:
        text = f"Its confidence can be believed: it is off by {100 * error:.1f} points on average."
        yield Finding(level="good", text=text)
    else:
        way = "more" if over > 0 else "less"
        text = f"It is {way} sure than right: confidence is off by {100 * error:.1f} points on average."
        yield Finding(level="note", text=text)

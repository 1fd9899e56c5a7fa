"""Verdict and findings: what is said for which figures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tests.unit.trainer.report.runfacts import Pictures, epoch, spec
from unetkit.contract.scoring import ConfusionMatrix
from unetkit.contract.spec import IGNORE_LABEL
from unetkit.data.shards import Rows
from unetkit.trainer.history import Epoch
from unetkit.trainer.report.assessment import Assessment, assess
from unetkit.trainer.report.findings import baseline, findings, verdict
from unetkit.trainer.report.reliability import Reliability


def _assessment(counts: Any, names: tuple[str, ...] = ("ground", "cat", "dog")) -> Assessment:
    matrix = ConfusionMatrix(names)
    matrix.counts = np.array(counts, np.int64)
    bins = Reliability(pixels=np.array([0, 10]), confidence=np.array([np.nan, 0.9]), accuracy=np.array([np.nan, 0.8]))
    return Assessment(
        accuracy=matrix.report("validation"),
        precision=matrix.precision(),
        recall=matrix.recall(),
        confusion=matrix.counts,
        reliability=bins,
        pictures=(),
    )


@pytest.mark.parametrize(
    ("counts", "grade", "text"),
    [
        (
            [[90, 0, 0], [0, 50, 0], [0, 0, 30]],
            "good",
            "Every class has an IoU of at least 0.5; the weakest is cat (1.00).",
        ),
        ([[90, 0, 0], [0, 50, 0], [0, 20, 10]], "fair", "1 of 3 classes below an IoU of 0.5: dog (0.33)."),
        ([[60, 0, 0], [30, 0, 0], [9, 1, 0]], "poor", "“ground”, which reaches an mIoU of 0.200."),
        ([[60, 0, 0], [0, 40, 0], [0, 0, 0]], "good", "the weakest is cat (1.00)."),
        ([[0] * 3] * 3, "poor", "No validation picture has a pixel whose class is known."),
    ],
)
def test_the_verdict(counts: Any, grade: str, text: str) -> None:
    said = verdict(_assessment(counts))
    assert said.grade == grade
    assert said.text.endswith(text)


def test_many_weak_classes_are_counted() -> None:
    names = tuple(f"c{index}" for index in range(8))
    counts = np.full((8, 8), 10) + 5 * np.eye(8)  # each IoU is 15 / (15 + 70 + 70)
    said = verdict(_assessment(counts, names))
    assert said.text == "8 of 8 classes below an IoU of 0.5: c0 (0.10), c1 (0.10), c2 (0.10), c3 (0.10) and 4 more."


def test_the_baseline_is_the_commonest_class_everywhere() -> None:
    floor = baseline(("ground", "cat", "dog"), np.array([[10, 50, 0], [0, 40, 0], [0, 0, 0]]))
    assert (floor.class_name, floor.pixel_accuracy, floor.miou) == ("ground", 0.6, 0.3)


def _said(history: Sequence[Epoch], *, interrupted: bool = False) -> list[str]:
    return [
        item.text for item in findings(_assessment([[9, 1, 0], [0, 8, 2], [0, 0, 0]]), history, interrupted=interrupted)
    ]


RISING = [epoch(number, 0.3 + 0.02 * number) for number in range(1, 21)]
FLAT = [epoch(number, 0.3) for number in range(1, 21)]
FITTED = [epoch(1, 0.5, loss=1.0, val_loss=0.5), epoch(2, 0.5, loss=0.2, val_loss=0.6)]


@pytest.mark.parametrize(
    ("history", "first"),
    [
        (RISING, "Still rising: the last 2 epochs gained 4.0 points of mIoU; more epochs may help."),
        (FLAT, "The curve has flattened out: the last 2 epochs gained 0.0 points of mIoU."),
        ([epoch(1, 0.5)], "The largest confusion: 20% of “cat” is taken for “dog”."),
    ],
)
def test_what_the_curves_say(history: list[Epoch], first: str) -> None:
    assert _said(history)[0] == first


def test_a_validation_loss_that_rises_while_the_training_loss_falls() -> None:
    expected = "Overfitting: since epoch 1 the validation loss rose by 20% while the training loss fell."
    assert expected in _said(FITTED)
    assert not any(text.startswith("Overfitting") for text in _said(FLAT))


def test_confusion_confidence_and_interruption() -> None:
    said = _said(FLAT, interrupted=True)
    assert said[0] == "Interrupted before its last epoch."
    assert said[-2] == "The largest confusion: 20% of “cat” is taken for “dog”."
    assert said[-1] == "It is more sure than right: confidence is off by 10.0 points on average."


def test_nothing_known_is_nothing_to_say_about_confidence() -> None:
    pictures = Pictures()
    pictures.labels[:] = IGNORE_LABEL
    assessment = assess(pictures.predict, Rows([pictures.labels]), range(4), pictures.names, spec())
    assert findings(assessment, [epoch(1, float("nan"))], interrupted=False) == []

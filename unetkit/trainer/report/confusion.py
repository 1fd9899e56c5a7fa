"""The confusion matrix as a table to look at, and what is taken for what."""

from dataclasses import dataclass

import numpy as np

from unetkit.contract.arrays import Confusion

_TABLE_CLASSES = 16  # more do not fit a page: then only the largest confusions are told
_LARGEST = 6


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Pixels of a truth that got a prediction, and their share in 0..1 of the truth's pixels (NaN without any)."""

    truth: str
    prediction: str
    pixels: int
    share: float


@dataclass(frozen=True, kw_only=True)
class ConfusionTable:
    """Rows of cells, a row a truth, empty where there are too many classes; and the largest confusions, largest first.

    "Largest" is by share of the truth's pixels, so that a rare class is not hidden behind a common one.
    """

    rows: tuple[tuple[Cell, ...], ...]
    largest: tuple[Cell, ...]


def confusion_table(class_names: tuple[str, ...], counts: Confusion) -> ConfusionTable:
    """Lay out a confusion matrix, int64 (C, C), rows are the truth."""
    totals = counts.sum(1, keepdims=True)
    shares = counts / np.where(totals, totals, np.nan)
    cells = [
        [
            Cell(truth=truth, prediction=prediction, pixels=int(counts[row, column]), share=float(shares[row, column]))
            for column, prediction in enumerate(class_names)
        ]
        for row, truth in enumerate(class_names)
    ]
    wrong = [cell for row in cells for cell in row if cell.truth != cell.prediction and cell.pixels]
    return ConfusionTable(
        rows=tuple(map(tuple, cells)) if len(class_names) <= _TABLE_CLASSES else (),
        largest=tuple(sorted(wrong, key=lambda cell: -cell.share)[:_LARGEST]),
    )

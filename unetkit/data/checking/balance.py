"""How much of each class there is, in pixels and in pictures, in each split."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from unetkit.data.checking.finding import Finding
from unetkit.data.checking.labels import Legend
from unetkit.data.checking.maskfile import MaskValues

RARE = 0.001  # share of the pixels


@dataclass(frozen=True, kw_only=True)
class ClassShare:
    """A class in a split: its pixels, their share of all labelled ones, and the pictures it is in."""

    name: str
    split: str
    pixels: int
    share: float
    pictures: int


def class_balance(splits: Mapping[str, Iterable[MaskValues]], legend: Legend) -> list[ClassShare]:
    """Sum up the masks of each split; ignored pixels and values that are no class do not count."""
    rows: list[ClassShare] = []
    for split, masks in splits.items():
        pixels, pictures = np.zeros(len(legend.classes), np.int64), np.zeros(len(legend.classes), np.int64)
        for mask in masks:
            labels = legend.label_of_value[mask.values]
            own = np.bincount(labels[labels >= 0], mask.pixels[labels >= 0], len(legend.classes)).astype(np.int64)
            pixels += own
            pictures += own > 0
        rows += [
            ClassShare(
                name=name,
                split=split,
                pixels=int(pixels[label]),
                share=float(pixels[label] / max(1, pixels.sum())),
                pictures=int(pictures[label]),
            )
            for label, name in enumerate(legend.classes)
        ]
    return rows


def balance_findings(rows: Iterable[ClassShare]) -> list[Finding]:
    """Classes that a split has nothing of, or next to nothing."""
    findings: list[Finding] = []
    for row in rows:
        if row.pixels == 0:
            findings.append(Finding(code="class-missing", file=row.name, reason=f"in no mask of {row.split}"))
        elif row.share < RARE:
            reason = f"{row.share:.4%} of the pixels of {row.split}, in {row.pictures:,} pictures"
            details = {"share": row.share, "pictures": row.pictures}
            findings.append(Finding(code="class-rare", file=row.name, reason=reason, details=details))
    return findings

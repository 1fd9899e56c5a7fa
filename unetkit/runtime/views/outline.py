"""A line round each class."""

from collections.abc import Sequence

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.spec import ModelSpec
from unetkit.runtime.views.look import Look
from unetkit.runtime.views.shown import shown_labels


class Outline:
    """Colours the pixels on both sides of a shown class's border: dilation and erosion of the labels differ there.

    Where two shown classes meet the line has the colour of the later one.

    Args:
        spec: the model's, for its classes.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self._spec = spec
        self._names: tuple[str, ...] | None = None
        self._ranks = np.zeros(256, np.uint8)
        self._palette = np.zeros((256, 1, 3), np.uint8)
        self._one_color = False
        self._make_buffers((0, 0))

    def draw(self, picture: BgrFrame, labels: Labels, look: Look) -> None:
        """Draw lines of `look.outline_px` into a picture, uint8 (H, W, 3), of labels, uint8 (H, W)."""
        if look.classes != self._names or labels.shape != self._edge.shape:
            self._take_classes(look.classes)
            self._make_buffers((labels.shape[0], labels.shape[1]))
        kernel = np.ones((look.outline_px + 1, look.outline_px + 1), np.uint8)
        cv2.LUT(labels, self._ranks, self._rank)
        where = _around(cv2.boundingRect(self._rank), look.outline_px, labels.shape)
        rank, high, low, edge, colors = (
            plane[where] for plane in (self._rank, self._high, self._low, self._edge, self._colors)
        )
        if not rank.size:
            return
        cv2.dilate(rank, kernel, high)
        cv2.erode(rank, kernel, low)
        cv2.compare(high, low, cv2.CMP_NE, edge)
        if not self._one_color:
            cv2.applyColorMap(high, self._palette, colors)
        cv2.copyTo(colors, edge, picture[where])

    def _take_classes(self, names: tuple[str, ...]) -> None:
        """What is not shown ranks lowest, so that the higher of two neighbours is the one whose border it is."""
        self._names = names
        self._ranks = np.zeros(256, np.uint8)
        shown = shown_labels(self._spec, names)
        self._one_color = len(shown) == 1
        for rank, label in enumerate(shown, start=1):
            self._ranks[label] = rank
            self._palette[rank, 0] = self._spec.classes[label].bgr

    def _make_buffers(self, hw: tuple[int, int]) -> None:
        self._rank, self._high = np.empty(hw, np.uint8), np.empty(hw, np.uint8)
        self._low, self._edge = np.empty(hw, np.uint8), np.empty(hw, np.uint8)
        self._colors = np.empty((*hw, 3), np.uint8)
        self._colors[...] = self._palette[1, 0]  # stays, where there is no other


def _around(rect: Sequence[int], margin: int, hw: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns of a rectangle (left, top, width, height) and of a margin, as far as there are; none of none."""
    left, top, width, height = rect
    if not width:
        return slice(0, 0), slice(0, 0)
    return (
        slice(max(0, top - margin), min(hw[0], top + height + margin)),
        slice(max(0, left - margin), min(hw[1], left + width + margin)),
    )

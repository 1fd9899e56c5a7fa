"""A line round each class."""

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
        self._make_buffers((0, 0))

    def draw(self, picture: BgrFrame, labels: Labels, look: Look) -> None:
        """Draw lines of `look.outline_px` into a picture, uint8 (H, W, 3), of labels, uint8 (H, W)."""
        if look.classes != self._names:
            self._take_classes(look.classes)
        if labels.shape != self._edge.shape:
            self._make_buffers((labels.shape[0], labels.shape[1]))
        kernel = np.ones((look.outline_px + 1, look.outline_px + 1), np.uint8)
        cv2.LUT(labels, self._ranks, self._rank)
        cv2.dilate(self._rank, kernel, self._high)
        cv2.erode(self._rank, kernel, self._low)
        cv2.compare(self._high, self._low, cv2.CMP_NE, self._edge)
        cv2.applyColorMap(self._high, self._palette, self._colors)
        cv2.copyTo(self._colors, self._edge, picture)

    def _take_classes(self, names: tuple[str, ...]) -> None:
        """What is not shown ranks lowest, so that the higher of two neighbours is the one whose border it is."""
        self._names = names
        self._ranks = np.zeros(256, np.uint8)
        for rank, label in enumerate(shown_labels(self._spec, names), start=1):
            self._ranks[label] = rank
            self._palette[rank, 0] = self._spec.classes[label].bgr

    def _make_buffers(self, hw: tuple[int, int]) -> None:
        self._rank, self._high = np.empty(hw, np.uint8), np.empty(hw, np.uint8)
        self._low, self._edge = np.empty(hw, np.uint8), np.empty(hw, np.uint8)
        self._colors = np.empty((*hw, 3), np.uint8)

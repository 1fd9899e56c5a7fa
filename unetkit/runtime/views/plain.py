"""The frame alone, the mask alone, and the frame beside its overlay."""

import cv2
import numpy as np

from unetkit.contract.arrays import AnyArray, BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.contract.spec import ModelSpec
from unetkit.runtime.views.look import Look
from unetkit.runtime.views.overlay import Overlay


class FrameAlone:
    """What the camera saw."""

    def __init__(self) -> None:
        self._drawn: BgrFrame = np.empty((0, 0, 3), np.uint8)

    def draw(self, frame: BgrFrame, mask: Mask, look: Look) -> BgrFrame:  # noqa: ARG002 (the protocol's arguments)
        if frame.shape != self._drawn.shape:
            self._drawn = np.empty_like(frame)
        np.copyto(self._drawn, frame)
        return self._drawn

    def still(self, frame: BgrFrame, mask: Mask, look: Look) -> AnyArray:  # noqa: ARG002 (the protocol's arguments)
        return frame.copy()


class MaskAlone:
    """The shown classes in their colours, on black.

    Args:
        spec: the model's, for its classes.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self._overlay = Overlay(spec)
        self._nothing: BgrFrame = np.zeros((0, 0, 3), np.uint8)

    def draw(self, frame: BgrFrame, mask: Mask, look: Look) -> BgrFrame:
        if frame.shape != self._nothing.shape:
            self._nothing = np.zeros_like(frame)
        return self._overlay.draw(self._nothing, mask, look.opaque)

    def still(self, frame: BgrFrame, mask: Mask, look: Look) -> AnyArray:
        return self.draw(frame, mask, look).copy()


class SideBySide:
    """The frame on the left, its overlay on the right: twice as wide.

    Args:
        spec: the model's, for its classes.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self._overlay = Overlay(spec)
        self._drawn: BgrFrame = np.empty((0, 0, 3), np.uint8)

    def draw(self, frame: BgrFrame, mask: Mask, look: Look) -> BgrFrame:
        height, width = frame.shape[:2]
        if self._drawn.shape != (height, 2 * width, 3):
            self._drawn = np.empty((height, 2 * width, 3), np.uint8)
        cv2.hconcat([frame, self._overlay.draw(frame, mask, look)], self._drawn)
        return self._drawn

    def still(self, frame: BgrFrame, mask: Mask, look: Look) -> AnyArray:
        return self.draw(frame, mask, look).copy()

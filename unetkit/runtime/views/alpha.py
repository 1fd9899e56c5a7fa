"""How much of each pixel belongs to what is in front: alpha."""

import math
from typing import Protocol

import cv2
import numpy as np

from unetkit.contract.arrays import AnyArray, BgrFrame, Scores
from unetkit.contract.postprocess import Mask, score_threshold
from unetkit.contract.spec import ModelSpec
from unetkit.runtime.views.shown import ShownClasses

_STEPS = 16  # of a logit, in a byte
_SURE = 2.0  # logits
_SOFT_PX = 5  # width of the edge where only labels are known


class AlphaSource(Protocol):
    """Makes an alpha plane of a mask; a view that has one soft edge takes it from here."""

    def plane(self, frame: BgrFrame, mask: Mask, names: tuple[str, ...]) -> AnyArray:
        """Alpha of some classes.

        Args:
            frame: uint8 (H, W, 3) BGR, what was segmented.
            mask: its mask.
            names: the classes in front; empty: all but the background.

        Returns:
            uint8 (H, W): 255 in front, 0 behind, between them on the edge; a buffer of the source's own.
        """


class ScoresAlpha:
    """Alpha from the scores: a smooth step of the lead of the best class in front over the best one behind.

    `255 * t**2 * (3 - 2 * t)` with `t = 1/2 + lead / 4` within 0..1: half where the label changes, and whole from a
    lead of 2 logits on (a probability of 0.88), so that nobody becomes a ghost where the model is fairly sure. The lead
    is taken at the model's own size, as a byte of sixteenths of a logit, and enlarged as a plane: so the edge is as
    soft as the model is unsure, and costs little more than that plane. Of probabilities the lead is that of their
    logits. Without scores the labels are softened over 5 pixels. A mask that follows the frame's edges knows better.

    Args:
        spec: the model's.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self._spec = spec
        self._shown = ShownClasses(spec)
        within = np.clip(0.5 + (np.arange(256) - 128) / _STEPS / (2 * _SURE), 0, 1)
        self._step = np.round(255 * within**2 * (3 - 2 * within)).astype(np.uint8)
        self._plane: AnyArray = np.empty((0, 0), np.uint8)
        self._hard: AnyArray = np.empty((0, 0), np.uint8)

    def plane(self, frame: BgrFrame, mask: Mask, names: tuple[str, ...]) -> AnyArray:  # noqa: ARG002 (the protocol's)
        if mask.soft is not None:
            return mask.soft.alpha(self._shown.labels(names))
        height, width = mask.labels.shape
        if self._plane.shape != (height, width):
            self._plane, self._hard = np.empty((height, width), np.uint8), np.empty((height, width), np.uint8)
        if mask.scores is None:
            self._shown.plane(mask.labels, names, self._hard)
            cv2.blur(self._hard, (_SOFT_PX, _SOFT_PX), self._plane)
        else:
            lead = self._lead(mask.scores, self._shown.labels(names))
            steps = np.clip(np.round(lead * _STEPS) + 128, 0, 255).astype(np.uint8)
            cv2.resize(steps, (width, height), dst=self._hard)
            cv2.LUT(self._hard, self._step, self._plane)
        return self._plane

    def _lead(self, scores: Scores, labels: tuple[int, ...]) -> AnyArray:
        """Logits by which the best class of these is ahead of the best of the others, float32 (h, w)."""
        if self._spec.scores == "probabilities":
            scores = np.clip(scores, 1e-6, 1 - 1e-6)
            scores = np.log(scores / (1 - scores)) if self._spec.head == "sigmoid" else np.log(scores)
        others = tuple(label for label in range(len(self._spec.classes)) if label not in labels)
        if not labels or not others:
            return np.full(scores.shape[:2], math.inf if labels else -math.inf, np.float32)
        if self._spec.head == "sigmoid":
            ahead: AnyArray = scores[..., 0] - _threshold_logit(self._spec)
            return ahead if labels == (1,) else -ahead
        in_front = np.max(scores[..., labels], axis=2)
        behind = np.max(scores[..., others], axis=2)
        return np.asarray(in_front - behind)


def _threshold_logit(spec: ModelSpec) -> float:
    threshold = score_threshold(spec)
    return math.log(threshold / (1 - threshold)) if spec.scores == "probabilities" else threshold

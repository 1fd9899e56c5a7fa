"""Scores + Placement -> Mask at frame size: the only way back in the project."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from unetkit.contract.arrays import AnyArray, BgrFrame, Labels, Scores
from unetkit.contract.buffers import Buffers
from unetkit.contract.edges import GuidedScores
from unetkit.contract.enlarging import labels_on_frame
from unetkit.contract.preprocess import Placement
from unetkit.contract.spec import ModelSpec
from unetkit.errors import ArtifactError


class SoftMask(Protocol):
    """A mask with soft edges, for cut-outs."""

    def alpha(self, labels: Sequence[int]) -> AnyArray:
        """How much of each pixel belongs to these classes: uint8 (H, W) at frame size, 0..255."""


@dataclass(frozen=True, kw_only=True)
class Mask:
    """What a model saw in a frame.

    Attributes:
        labels: uint8 (H, W) at frame size, the index of each pixel's class.
        scores: float32 (h, w, C) at the model's own size, when they were asked for.
        soft: gives alpha planes, where the mask follows the frame's edges.
    """

    labels: Labels
    scores: Scores | None = None
    soft: SoftMask | None = None


def postprocess(
    scores: Scores,
    placement: Placement,
    spec: ModelSpec,
    *,
    keep_scores: bool = False,
    buffers: Buffers | None = None,
    guide: BgrFrame | None = None,
) -> Mask:
    """Put a model's answer back on its frame.

    The scores inside the placement are enlarged bilinearly, a plane at a time, and then the largest wins (ties go to
    the lower class) or the threshold is applied: an outline cut from enlarged scores is smooth where one cut from
    enlarged labels is a staircase.

    Args:
        scores: float32 (h, w, C), C = `spec.channels`.
        placement: what `preprocess` returned for the frame.
        spec: the model's spec.
        keep_scores: leave the scores, cropped to the placement, on the mask.
        buffers: memory to work in, kept by a caller with many frames; the mask itself is the caller's own, for as long
            as anything of it is held.
        guide: the frame, uint8 (H, W, 3) BGR, whose edges the mask is to follow; None: the scores alone decide.

    Raises:
        ArtifactError: the scores are not float32 or not of the spec's shape.
    """
    expected = (*spec.input.hw, spec.channels)
    if scores.shape != expected or scores.dtype != np.float32:
        raise ArtifactError(
            f"model gave scores {scores.dtype} {scores.shape}, its spec says float32 {expected}; export it again"
        )
    inside = scores[placement.top :, placement.left :][: placement.height, : placement.width]
    kept = inside if keep_scores else None
    if guide is not None:
        guided = GuidedScores(inside, guide, spec, buffers or Buffers())
        return Mask(labels=guided.labels(), scores=kept, soft=guided)
    threshold = score_threshold(spec) if spec.head == "sigmoid" else None
    labels = labels_on_frame(inside, placement.frame_hw, threshold, buffers or Buffers())
    return Mask(labels=labels, scores=kept)


def scores_on_frame(scores: Scores, placement: Placement) -> Scores:
    """A model's scores as a plane of the frame's size a class.

    Args:
        scores: float32 (h, w, C), at the model's size.
        placement: what `preprocess` returned for the frame.

    Returns:
        float32 (H, W, C): enlarged bilinearly, or averaged by area where the frame is the smaller.
    """
    inside = scores[placement.top :, placement.left :][: placement.height, : placement.width]
    height, width = placement.frame_hw
    if inside.shape[:2] == (height, width):
        return inside
    how = cv2.INTER_AREA if inside.shape[0] > height else cv2.INTER_LINEAR
    planes = np.empty((height, width, scores.shape[2]), np.float32)
    for index in range(scores.shape[2]):
        planes[..., index] = cv2.resize(inside[..., index], (width, height), interpolation=how)
    return planes


def score_threshold(spec: ModelSpec) -> float:
    """The spec's threshold on the scale of its scores: p itself, or the logit `log(p / (1 - p))`."""
    return spec.threshold if spec.scores == "probabilities" else math.log(spec.threshold / (1 - spec.threshold))

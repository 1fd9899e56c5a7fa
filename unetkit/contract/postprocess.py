"""Scores + Placement -> Mask at frame size: the only way back in the project."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from unetkit.contract.arrays import Labels, Scores
from unetkit.contract.preprocess import Placement
from unetkit.contract.spec import ModelSpec
from unetkit.errors import ArtifactError


@dataclass(frozen=True, kw_only=True)
class Mask:
    """What a model saw in a frame.

    Attributes:
        labels: uint8 (H, W) at frame size, the index of each pixel's class.
        scores: float32 (h, w, C) at the model's own size, when they were asked for.
    """

    labels: Labels
    scores: Scores | None = None


def postprocess(scores: Scores, placement: Placement, spec: ModelSpec, *, keep_scores: bool = False) -> Mask:
    """Put a model's answer back on its frame.

    The scores inside the placement are enlarged bilinearly, a plane at a time, and then the largest wins (ties go to
    the lower class) or the threshold is applied: an outline cut from enlarged scores is smooth where one cut from
    enlarged labels is a staircase.

    Args:
        scores: float32 (h, w, C), C = `spec.channels`.
        placement: what `preprocess` returned for the frame.
        spec: the model's spec.
        keep_scores: leave the scores, cropped to the placement, on the mask.

    Raises:
        ArtifactError: the scores' shape is not the spec's.
    """
    expected = (*spec.input.hw, spec.channels)
    if scores.shape != expected:
        raise ArtifactError(f"model gave scores of shape {scores.shape}, its spec says {expected}; export it again")
    inside = scores[placement.top :, placement.left :][: placement.height, : placement.width]
    height, width = placement.frame_hw
    planes = (cv2.resize(inside[..., channel], (width, height)) for channel in range(spec.channels))
    if spec.head == "sigmoid":
        labels = (next(planes) > score_threshold(spec)).astype(np.uint8)
    else:
        best = next(planes)
        labels = np.zeros((height, width), np.uint8)
        for index, plane in enumerate(planes, start=1):
            cv2.copyTo(np.full_like(labels, index), cv2.compare(plane, best, cv2.CMP_GT), labels)
            best = cv2.max(best, plane)
    return Mask(labels=labels, scores=inside if keep_scores else None)


def score_threshold(spec: ModelSpec) -> float:
    """The spec's threshold on the scale of its scores: p itself, or the logit `log(p / (1 - p))`."""
    return spec.threshold if spec.scores == "probabilities" else math.log(spec.threshold / (1 - spec.threshold))

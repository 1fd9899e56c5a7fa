"""Scores + Placement -> Mask at frame size: the only way back in the project."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from unetkit.contract.arrays import AnyArray, Labels, Scores
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


class Workspace:
    """Planes of frame size that `postprocess` reuses from frame to frame; for one thread at a time.

    Fresh planes of several megabytes a frame cost more than the arithmetic on them: five times at 1280x720.
    """

    def __init__(self) -> None:
        self._hw = (0, 0)

    def planes(self, hw: tuple[int, int]) -> tuple[AnyArray, AnyArray, AnyArray]:
        """Two float32 (H, W) planes and a uint8 (H, W) one, with any content."""
        if hw != self._hw:
            self._hw = hw
            self._planes = np.empty(hw, np.float32), np.empty(hw, np.float32), np.empty(hw, np.uint8)
        return self._planes


def postprocess(
    scores: Scores,
    placement: Placement,
    spec: ModelSpec,
    *,
    keep_scores: bool = False,
    workspace: Workspace | None = None,
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
        workspace: memory to work in, kept by a caller with many frames; the mask itself is always the caller's own.

    Raises:
        ArtifactError: the scores are not float32 or not of the spec's shape.
    """
    expected = (*spec.input.hw, spec.channels)
    if scores.shape != expected or scores.dtype != np.float32:
        raise ArtifactError(
            f"model gave scores {scores.dtype} {scores.shape}, its spec says float32 {expected}; export it again"
        )
    inside = scores[placement.top :, placement.left :][: placement.height, : placement.width]
    labels = _labels(inside, placement.frame_hw, spec, workspace or Workspace())
    return Mask(labels=labels, scores=inside if keep_scores else None)


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


def _labels(scores: Scores, hw: tuple[int, int], spec: ModelSpec, workspace: Workspace) -> Labels:
    size_wh = hw[1], hw[0]
    best, plane, wins = workspace.planes(hw)
    cv2.resize(scores[..., 0], size_wh, dst=best)
    if spec.head == "sigmoid":
        return (best > score_threshold(spec)).astype(np.uint8)
    labels = np.zeros(hw, np.uint8)
    for index in range(1, spec.channels):
        cv2.resize(scores[..., index], size_wh, dst=plane)
        cv2.compare(plane, best, cv2.CMP_GT, dst=wins)
        cv2.max(best, plane, dst=best)
        np.bitwise_and(wins, np.uint8(index), out=wins)
        np.maximum(labels, wins, out=labels)  # a later class has the larger index
    return labels


def score_threshold(spec: ModelSpec) -> float:
    """The spec's threshold on the scale of its scores: p itself, or the logit `log(p / (1 - p))`."""
    return spec.threshold if spec.scores == "probabilities" else math.log(spec.threshold / (1 - spec.threshold))

"""Whether a network is right as often as it is sure: confidence against accuracy, in bins."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import AnyArray, Labels, Scores
from unetkit.contract.spec import IGNORE_LABEL, ModelSpec

BINS = 15


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """Reliability diagram and calibration error, Guo et al. 2017, "On Calibration of Modern Neural Networks".

    arXiv:1706.04599, section 2. A bin holds the pixels whose confidence, the probability of the class that was
    answered, lies in (edge, next edge]; the bins are equally wide from 0 to 1.

    Attributes:
        pixels: int64 (bins,), in each bin.
        confidence: float64 (bins,), mean of the bin in 0..1; NaN in an empty one.
        accuracy: float64 (bins,), share of the bin that was answered right; NaN in an empty one.
    """

    pixels: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]

    @property
    def shares(self) -> NDArray[np.float64]:
        """Of all pixels, in each bin."""
        return self.pixels / max(1, int(self.pixels.sum()))

    @property
    def calibration_error(self) -> float:
        """Expected calibration error: mean over the pixels of their bin's |accuracy - confidence|; NaN without any."""
        return self._mean(np.abs(self.accuracy - self.confidence))

    @property
    def overconfidence(self) -> float:
        """Mean confidence minus accuracy over all pixels, in -1..1; NaN without any."""
        return self._mean(self.confidence - self.accuracy)

    def _mean(self, values: NDArray[np.float64]) -> float:
        return float(np.nansum(values * self.shares)) if self.pixels.sum() else float("nan")


class ReliabilityCount:
    """Counts for a `Reliability`, fed image by image; memory does not grow with their number."""

    def __init__(self, bins: int = BINS) -> None:
        self._inner_edges = np.linspace(0, 1, bins + 1)[1:-1]
        self._pixels = np.zeros(bins, np.int64)
        self._confidence, self._right = np.zeros(bins), np.zeros(bins)

    def update(self, truth: Labels, prediction: Labels, confidence: AnyArray) -> None:
        """Add an image: uint8 (H, W) twice, and float (H, W) in 0..1; pixels of unknown truth are left out."""
        known = truth != IGNORE_LABEL
        sure = confidence[known].astype(np.float64)
        right = (truth == prediction)[known]
        bins = len(self._pixels)
        place = np.searchsorted(self._inner_edges, sure)  # an edge itself belongs to the bin below it
        self._pixels += np.bincount(place, minlength=bins)
        self._confidence += np.bincount(place, sure, minlength=bins)
        self._right += np.bincount(place, right, minlength=bins)

    def result(self) -> Reliability:
        filled = np.where(self._pixels, self._pixels, np.nan)
        return Reliability(
            pixels=self._pixels.copy(), confidence=self._confidence / filled, accuracy=self._right / filled
        )


def confidences(scores: Scores, labels: Labels, spec: ModelSpec) -> AnyArray:
    """Probability of the class that each pixel was given.

    Args:
        scores: float32 (H, W, C), as the spec says: logits or probabilities, one channel or one a class.
        labels: uint8 (H, W), the answer.
        spec: of the model.

    Returns:
        float64 (H, W) in 0..1.
    """
    wide = scores.astype(np.float64)
    if spec.scores == "logits":
        if spec.head == "sigmoid":
            wide = 0.5 * (1 + np.tanh(0.5 * wide))  # the logistic function, without overflow
        else:
            powers = np.exp(wide - wide.max(-1, keepdims=True))
            wide = powers / powers.sum(-1, keepdims=True)
    if spec.head == "sigmoid":
        return np.where(labels == 1, wide[..., 0], 1 - wide[..., 0])
    answered: AnyArray = np.take_along_axis(wide, labels[..., np.newaxis].astype(np.intp), -1)[..., 0]
    return answered

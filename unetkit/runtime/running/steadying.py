"""Scores smoothed over time where nothing happens, so that outlines do not tremble.

Each pixel's score is a running mean of its own past, `w * past + (1 - w) * now`. The weight `w` falls with both signs
that something has happened there, so that what moves leaves no ghost:

- the picture has changed: the tensor differs from the one before, beyond what the camera's noise does;
- the scores disagree: what the model sees now is far from the past. This alone holds back the past where a thing has
  the colour of its background.

A picture that has changed nearly everywhere is another scene: the past is dropped.
"""

import cv2
import numpy as np

from unetkit.contract.arrays import AnyArray, InputTensor, Scores
from unetkit.contract.postprocess import score_threshold
from unetkit.contract.spec import ModelSpec
from unetkit.errors import UsageError

STEADY = 1.0  # the strength by default

_LONGEST = 0.9  # weight of the past where nothing happens, at strength 1: a memory of ten frames
_CHANGE = 3.0  # levels of a byte, a pixel's difference from the frame before beyond noise
_NOISE_SHARE, _MOST_NOISE = 0.25, 6  # this share of the pixels shows the noise alone; levels
_CUT = 25.0  # levels, the mean of all pixels' differences
_AROUND_PX = 5
_SURE = {"logits": 4.0, "probabilities": 1.0}  # beyond which a score says no more
_DISAGREEMENT = {"logits": 2.0, "probabilities": 0.3}


class Steadying:
    """The smoothed past of one stream.

    Args:
        spec: the model's.
        strength: 0 smooths nothing, 1 most.

    Raises:
        UsageError: the strength is outside 0..1.
    """

    def __init__(self, spec: ModelSpec, strength: float = STEADY) -> None:
        if not 0 <= strength <= 1:
            raise UsageError(f"steadiness is {strength}, expected 0..1")
        self._weight = _LONGEST * strength
        self._sure, self._disagreement = _SURE[spec.scores], _DISAGREEMENT[spec.scores]
        self._middle = score_threshold(spec) if spec.head == "sigmoid" else None
        self._relative = spec.head == "softmax" and spec.scores == "logits"
        self._levels = np.arange(256, dtype=np.float32)
        self._past: list[AnyArray] = []
        self._picture: AnyArray = np.empty((0, 0, 3), np.uint8)

    def smooth(self, scores: Scores, tensor: InputTensor) -> Scores:
        """The next frame's scores, with their past.

        Args:
            scores: float32 (h, w, C); not written into.
            tensor: uint8 (1, h, w, 3), what they were inferred from. It is held until the next call.

        Returns:
            float32 (h, w, C) of the same kind, not to be written into; logits are cut off where they are sure, 4 from
            the outline.
        """
        now, picture = self._bounded(scores), tensor[0]
        if self._past and self._picture.shape == picture.shape:
            weight = self._weight_of_past(picture, self._picture)
            if weight is not None:
                self._mix(now, self._past, weight)
        self._past, self._picture = now, picture
        return np.asarray(cv2.merge(now)) if len(now) > 1 else now[0][..., np.newaxis]

    def _bounded(self, scores: Scores) -> list[AnyArray]:
        """A plane a channel, on one scale: a model that is sure must not outvote ten frames, nor a common offset."""
        planes: list[AnyArray] = list(cv2.split(scores))
        for plane in planes:
            cv2.patchNaNs(plane, 0)  # a mean would never lose it again
        if self._middle is not None:
            np.clip(planes[0], self._middle - self._sure, self._middle + self._sure, out=planes[0])
        elif self._relative:
            top = planes[0].copy()
            for plane in planes[1:]:
                cv2.max(top, plane, dst=top)
            for plane in planes:
                np.subtract(plane, top, out=plane)
                np.maximum(plane, -2 * self._sure, out=plane)
        return planes

    def _weight_of_past(self, picture: AnyArray, before: AnyArray) -> AnyArray | None:
        """By how much the picture has changed: float32 (h, w); None where it is another scene."""
        changed = cv2.cvtColor(cv2.absdiff(picture, before), cv2.COLOR_BGR2GRAY)
        changed = cv2.blur(changed, (_AROUND_PX, _AROUND_PX), dst=changed)
        counts = np.bincount(changed.ravel(), minlength=256)
        if counts @ self._levels > _CUT * changed.size:
            return None
        noise = min(_MOST_NOISE, int(np.searchsorted(counts.cumsum(), _NOISE_SHARE * changed.size)))
        beyond = np.maximum(self._levels - noise, 0) / _CHANGE
        return cv2.LUT(changed, self._weight * np.exp(-beyond * beyond))

    def _mix(self, now: list[AnyArray], past: list[AnyArray], weight: AnyArray) -> None:
        """Turn `now` into the mean of both."""
        apart = np.zeros_like(weight)
        for plane, before in zip(now, past, strict=True):
            cv2.max(apart, cv2.absdiff(plane, before), dst=apart)
        apart *= 1 / self._disagreement
        np.multiply(apart, apart, out=apart)
        weight *= cv2.exp(np.negative(apart, out=apart), dst=apart)
        for plane, before in zip(now, past, strict=True):
            difference = np.subtract(before, plane, out=apart)
            np.add(plane, np.multiply(difference, weight, out=difference), out=plane)

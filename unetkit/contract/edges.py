"""Scores brought to the frame's size along the frame's own edges, so that hair and fur look right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import cv2
import numpy as np

from unetkit.contract.arrays import AnyArray, BgrFrame, Labels, Scores
from unetkit.contract.buffers import Buffers
from unetkit.contract.enlarging import labels_on_frame
from unetkit.contract.guide import Guide, apply_fit
from unetkit.contract.spec import ModelSpec
from unetkit.errors import UsageError

Edges = Literal["auto", "plain", "guided"]

_SMALLER = 4  # fits are made at a quarter of the model's size
_CERTAIN = 0.1  # of a probability, at both ends
_STEPS = 1 << 13  # to a probability of 1, as whole numbers: what the filter gives beyond 1 has room, up to 4
_LARGEST_LOGIT = 30.0  # of which the probability is 1 in float32


@dataclass(frozen=True, kw_only=True)
class GuidedFilter:
    """How the guided filter is set; chosen on the validation pictures of docs/edges-and-steadiness.md.

    Attributes:
        radius_px: half the side of the fitted squares, in pixels of the model.
        epsilon: see `Guide`.
        most_pixels: of a frame that is worked on at its own size; a larger one at a half, a third, ...
    """

    radius_px: int = 8
    epsilon: float = 1e-4
    most_pixels: int = 1 << 16


TUNED = GuidedFilter()


def follows_edges(edges: Edges, spec: ModelSpec) -> bool:
    """Whether a model's masks are to follow the frame's edges; "auto": those of a model with two classes.

    Two classes are a thing and what is behind it. Of several one may be a band with no edge of its own, which the
    filter washes out: the built-in `pets`, with its border, loses by it (docs/edges-and-steadiness.md).

    Raises:
        UsageError: unknown edges.
    """
    if edges not in get_args(Edges):
        raise UsageError(f"unknown edges {edges!r}; choose one of {', '.join(get_args(Edges))}")
    return edges == "guided" or (edges == "auto" and len(spec.classes) == 2)


class GuidedScores:
    """Probabilities that follow the edges of a frame; at its size, or at a half, a third, ... of a large one's.

    Each class's probability is filtered with the frame as the guide (`contract.guide`).

    Args:
        scores: float32 (h, w, C), without letterbox bars.
        frame: uint8 (H, W, 3) BGR.
        spec: the model's.
        settings: of the filter.
        buffers: memory to work in; what is found lies in it, too.
    """

    def __init__(
        self,
        scores: Scores,
        frame: BgrFrame,
        spec: ModelSpec,
        buffers: Buffers,
        settings: GuidedFilter = TUNED,
    ) -> None:
        self._buffers = buffers
        self._threshold = spec.threshold if spec.head == "sigmoid" else 0.5
        self._frame_hw = frame.shape[0], frame.shape[1]
        self._small = _probabilities(_shrunk(scores, self._frame_hw), spec)
        picture = _reduced(frame, settings.most_pixels, buffers)
        self._hw = picture.shape[0], picture.shape[1]
        self._colors: AnyArray | None = buffers.empty(picture.shape, np.float32)
        np.copyto(self._colors, picture)
        height, width = self._small.shape[:2]
        twice = cv2.resize(picture, (2 * width, 2 * height))  # two steps, as in `preprocess`: no pixel is skipped
        guide = np.asarray(cv2.resize(twice, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        radius_px = max(1, round(settings.radius_px * height / scores.shape[0]))
        self._guide = Guide(guide, radius_px=radius_px, epsilon=settings.epsilon)
        self._second = self._filtered([0]) if self._small.shape[2] == 1 else None
        if self._second is not None:
            self._colors = None  # nothing else is filtered: whoever keeps many masks need not keep these

    def labels(self) -> Labels:
        """uint8 (H, W): the likeliest class, ties going to the lower one; of two the second above the threshold."""
        if self._second is not None:
            steps = self._buffers.empty(self._hw, np.int16)
            cv2.addWeighted(self._second, _STEPS, self._second, 0, 0, dst=steps, dtype=cv2.CV_16S)
            above = math.floor(self._threshold * _STEPS)
            return labels_on_frame(steps[..., np.newaxis], self._frame_hw, above, self._buffers)
        channels = self._small.shape[2]
        likely = self._small.reshape(-1, channels).max(0) >= 1 / channels  # so is the likeliest anywhere
        planes = self._buffers.empty((*self._hw, channels), np.float32)
        for channel, is_likely in enumerate(likely.tolist()):
            planes[..., channel] = self._filtered([channel]) if is_likely else -1
        return labels_on_frame(planes, self._frame_hw, None, self._buffers)

    def alpha(self, labels: Sequence[int]) -> AnyArray:
        """How much of each pixel belongs to these classes: uint8 (H, W), 0..255, half of it where a mask would end.

        The outer tenths of the probability count as all and nothing: what is sure is to be opaque, or gone.
        """
        wanted = sorted(set(labels))
        middle = 0.5 if self._second is None else self._threshold
        gain = 255 / (1 - 2 * _CERTAIN)
        if self._second is None:
            plane = self._filtered(wanted)
        elif len(wanted) == 1:
            plane, gain = self._second, gain if wanted == [1] else -gain
        else:
            return np.full(self._frame_hw, 255 if wanted else 0, np.uint8)
        alpha = self._buffers.empty(self._hw)
        cv2.addWeighted(plane, gain, plane, 0, 127.5 - gain * middle, dst=alpha, dtype=cv2.CV_8U)
        height, width = self._frame_hw
        return np.asarray(cv2.resize(alpha, (width, height), dst=self._buffers.empty(self._frame_hw)))

    def _filtered(self, channels: list[int]) -> AnyArray:
        """The sum of the channels' probabilities, filtered: that of a sum is the sum of the filtered."""
        assert self._colors is not None
        plane = self._buffers.empty(self._hw, np.float32)
        given = self._small[..., 0] if self._small.shape[2] == 1 else self._small[..., channels].sum(2)
        apply_fit(self._guide.fit(given), self._colors, plane, self._buffers)
        return plane


def _shrunk(scores: Scores, frame_hw: tuple[int, int]) -> Scores:
    height, width = (max(1, min(side // _SMALLER, most)) for side, most in zip(scores.shape[:2], frame_hw, strict=True))
    if scores.shape[2] == 1:
        one = np.asarray(cv2.resize(scores, (width, height), interpolation=cv2.INTER_AREA), np.float32)
        return one[..., np.newaxis]
    small = np.empty((height, width, scores.shape[2]), np.float32)
    for index, plane in enumerate(cv2.split(scores)):
        small[..., index] = cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA)
    return small


def _probabilities(scores: Scores, spec: ModelSpec) -> Scores:
    """float32 (h, w, C) in 0..1; of two classes the second alone, (h, w, 1)."""
    if spec.scores == "logits":
        if spec.channels == 1:
            scores = 1 / (1 + np.exp(-scores.clip(-_LARGEST_LOGIT, _LARGEST_LOGIT)))
        else:
            scores = np.exp(scores - scores.max(2, keepdims=True))
            scores /= scores.sum(2, keepdims=True)
    return scores[..., 1:] if spec.channels == 2 else scores


def _reduced(frame: BgrFrame, most_pixels: int, buffers: Buffers) -> BgrFrame:
    """The frame at a half, a third, ... of its size, until it has no more than so many pixels."""
    height, width = frame.shape[:2]
    divisor = math.ceil(math.sqrt(height * width / most_pixels))
    if divisor <= 1:
        return frame
    small = buffers.empty((max(1, round(height / divisor)), max(1, round(width / divisor)), 3))
    # Bilinear: at a half exactly the mean of four, at a third exactly the pixel in the middle, which is cheaper taken.
    how = cv2.INTER_NEAREST_EXACT if divisor % 2 else cv2.INTER_LINEAR
    cv2.resize(frame, (small.shape[1], small.shape[0]), dst=small, interpolation=how)
    return small

"""The background blurred."""

import cv2
import numpy as np

from unetkit.contract.arrays import AnyArray, BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.runtime.views.alpha import AlphaSource
from unetkit.runtime.views.blending import Blending
from unetkit.runtime.views.look import Look

_SMALL_HEIGHT = 90  # at least, of the picture that is blurred: what is finer is gone afterwards anyway
_SIGMA_SHARE = 1 / 36  # of the height


class BackgroundBlur:
    """Blurs what is behind, at a reduced size, and enlarges it.

    What is in front does not shine into the blur: each pixel counts by how much of it is background, and the sum is
    divided by the weights' (normalised convolution; Knutsson and Westin 1993).

    Args:
        alpha: where alpha comes from.
    """

    def __init__(self, alpha: AlphaSource) -> None:
        self._alpha = alpha
        self._blending = Blending()
        self._blurred: BgrFrame = np.empty((0, 0, 3), np.uint8)

    def draw(self, frame: BgrFrame, mask: Mask, look: Look) -> BgrFrame:
        if frame.shape != self._blurred.shape:
            self._blurred = np.empty_like(frame)
        alpha = self._alpha.plane(frame, mask, look.classes)
        height, width = frame.shape[:2]
        small = blurred_background(frame, alpha)
        cv2.resize(small, (width, height), dst=self._blurred)
        return self._blending.over(frame, self._blurred, alpha)

    def still(self, frame: BgrFrame, mask: Mask, look: Look) -> AnyArray:
        return self.draw(frame, mask, look).copy()


def blurred_background(frame: BgrFrame, alpha: AnyArray) -> BgrFrame:
    """The background of a frame, uint8 (H, W, 3), blurred and reduced, for an alpha, uint8 (H, W)."""
    small = halved(frame).astype(np.float32)
    behind = 1 - halved(alpha).astype(np.float32) / 255
    weights = cv2.merge([behind] * 3) + np.float32(1e-3)  # where there is no background near, the frame itself
    sigma = max(0.5, small.shape[0] * _SIGMA_SHARE)
    total = cv2.GaussianBlur(small * weights, (0, 0), sigma)
    return np.clip(np.round(total / cv2.GaussianBlur(weights, (0, 0), sigma)), 0, 255).astype(np.uint8)


def halved(picture: AnyArray) -> AnyArray:
    """A picture, uint8 (H, W, ...), halved until it has less than twice 90 rows: a mean of four each time, and fast."""
    while picture.shape[0] >= 2 * _SMALL_HEIGHT and picture.shape[1] > 1:
        half_wh = picture.shape[1] // 2, picture.shape[0] // 2
        picture = np.asarray(cv2.resize(picture, half_wh, interpolation=cv2.INTER_AREA))
    return picture

"""What is kept of a picture to know it again: a 64-bit hash, and a thumbnail of its details."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import AnyArray, BgrFrame

DETAIL_PX = 16
_COARSE_PX = 3.0  # sigma of what counts as light and not as detail
_LEAST_CONTRAST = 1.0  # standard deviation of the details in grey levels: below it a hash is that of noise


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Hash and details.

    Attributes:
        bits: the 64 bits of a difference hash: whether a cell of a 9x8 grey picture is brighter than its left
            neighbour (N. Krawetz, "Kind of Like That", The Hacker Factor Blog, 2013). Size, encoding, brightness
            and contrast leave most of them as they are.
        details: int8 (16, 16), a grey thumbnail less its own blur, in grey levels: two scenes of one light, a bright
            sky over dark ground, have little in common there.
    """

    bits: int
    details: NDArray[np.int8]

    @classmethod
    def of(cls, frame: BgrFrame) -> "Fingerprint | None":
        """The fingerprint of a frame uint8 (H, W, 3) BGR; None for one that is all but flat."""
        grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        thumbnail = _shrunk(grey, (DETAIL_PX, DETAIL_PX)).astype(np.float32)
        details = thumbnail - cv2.GaussianBlur(thumbnail, (0, 0), _COARSE_PX)
        if float(details.std()) < _LEAST_CONTRAST:
            return None
        cells = _shrunk(grey, (9, 8))
        brighter = cells[:, 1:] > cells[:, :-1]
        bits = int.from_bytes(np.packbits(brighter).tobytes(), "big")
        return cls(bits, details.round().clip(-128, 127).astype(np.int8))


def _shrunk(grey: AnyArray, wh: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(grey, wh, interpolation=cv2.INTER_AREA), np.uint8)

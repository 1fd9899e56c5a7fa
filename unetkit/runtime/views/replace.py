"""The background replaced by something else."""

from unetkit.contract.arrays import AnyArray, BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.runtime.views.alpha import AlphaSource
from unetkit.runtime.views.backdrop import Backdrop
from unetkit.runtime.views.blending import Blending
from unetkit.runtime.views.look import Look


class BackgroundReplacement:
    """The classes in front over a colour, a picture or a video.

    Args:
        alpha: where alpha comes from.
        backdrop: what takes the background's place.
    """

    def __init__(self, alpha: AlphaSource, backdrop: Backdrop) -> None:
        self._alpha, self._backdrop = alpha, backdrop
        self._blending = Blending()

    def draw(self, frame: BgrFrame, mask: Mask, look: Look) -> BgrFrame:
        behind = self._backdrop.behind(frame)
        return self._blending.over(frame, behind, self._alpha.plane(frame, mask, look.classes))

    def still(self, frame: BgrFrame, mask: Mask, look: Look) -> AnyArray:
        return self.draw(frame, mask, look).copy()

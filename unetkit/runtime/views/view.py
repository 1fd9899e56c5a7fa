"""What every view can do."""

from typing import Protocol

from unetkit.contract.arrays import AnyArray, BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.runtime.views.look import Look


class View(Protocol):
    """Makes one picture of a frame and its mask.

    It draws into a buffer of its own, made anew only when the size changes: nothing large is allocated a frame.
    """

    def draw(self, frame: BgrFrame, mask: Mask, look: Look) -> BgrFrame:
        """Draw.

        Args:
            frame: uint8 (H, W, 3) BGR; not written into.
            mask: its labels, uint8 (H, W); its scores where they are known.
            look: what the user has chosen.

        Returns:
            uint8 BGR, of a size that the view decides: its own buffer. The caller may write on it; the next call does.
        """

    def still(self, frame: BgrFrame, mask: Mask, look: Look) -> AnyArray:
        """The same for a picture file: uint8 (h, w, 3) BGR, or (h, w, 4) BGR and alpha where the view has one."""

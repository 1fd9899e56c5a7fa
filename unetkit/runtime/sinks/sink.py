"""What every receiver of results can do."""

from typing import Protocol

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.runtime.sources.frame import Frame


class FrameSink(Protocol):
    """Takes one result after the other."""

    @property
    def wants_drawn(self) -> bool:
        """Whether it looks at `drawn`; when nobody does, nothing is drawn."""

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:
        """Take a result.

        Args:
            frame: what was segmented.
            mask: its mask, at its size.
            drawn: the frame with its mask drawn over it; valid until the next one is drawn.

        Returns:
            False when the user wants to stop.

        Raises:
            OutputError: it cannot be written.
        """

    def idle(self, drawn: BgrFrame | None) -> bool:
        """Stay in use while there is no frame; it is called several times a second.

        Args:
            drawn: the last picture with a notice on it; None where there is nothing new to see.

        Returns:
            False when the user wants to stop.

        Raises:
            OutputError: it cannot be written.
        """

    def close(self) -> None:
        """Finish the output; it may be called more than once.

        Raises:
            OutputError: it cannot be finished.
        """

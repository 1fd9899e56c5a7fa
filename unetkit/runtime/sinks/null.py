"""The sink for measuring: results go nowhere."""

from dataclasses import dataclass

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.runtime.sources.frame import Frame


@dataclass(frozen=True, kw_only=True)
class NullSink:
    """Takes everything and keeps nothing; with `wants_drawn` the overlay is drawn for it all the same."""

    wants_drawn: bool = False

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:  # noqa: ARG002 (the protocol's arguments)
        return True

    def idle(self, drawn: BgrFrame | None) -> bool:  # noqa: ARG002 (the protocol's argument)
        return True

    def close(self) -> None:
        return

"""A frame on its way through the pipeline, and what every source of frames can do."""

import time
from dataclasses import dataclass, field
from typing import Protocol

from unetkit.contract.arrays import BgrFrame


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """One picture.

    Attributes:
        bgr: uint8 (H, W, 3) BGR; nobody writes into it.
        index: 0 for the source's first frame; a live source counts those it skipped, too.
        captured_ns: `time.perf_counter_ns` when the frame was in our hands.
        name: safe as a file name without suffix, different for each frame of the source.
        at_s: when the frame is to be seen, in seconds from the start of its recording; None where nothing tells.
    """

    bgr: BgrFrame
    index: int
    name: str
    captured_ns: int = field(default_factory=time.perf_counter_ns)
    at_s: float | None = None


class FrameSource(Protocol):
    """Frames one after the other, until there are no more."""

    @property
    def name(self) -> str:
        """What the source is, for people: no password in it."""

    @property
    def live(self) -> bool:
        """Whether frames come at their own pace and only the newest counts."""

    @property
    def fps(self) -> float | None:
        """Frames a second as the source says; None where it does not say or what it says makes no sense."""

    @property
    def hw(self) -> tuple[int, int] | None:
        """Size of the first frame; None where it is not known yet."""

    @property
    def dropped(self) -> int:
        """Frames of a live source that nobody read because a newer one had come."""

    @property
    def notice(self) -> str | None:
        """What is wrong with the source just now, for people; None while all is well."""

    @property
    def outages_s(self) -> tuple[float, ...]:
        """How long a live source gave no picture, each time that it came back or was given up."""

    def poll(self, wait_s: float) -> bool:
        """Whether `read` has its answer; waits for it, but never longer than `wait_s`."""

    def read(self) -> Frame | None:
        """The next frame (live: the newest not yet read, waiting for it); None at the end.

        Raises:
            SourceError: nothing came in time, or the source broke.
            DataError: a picture that cannot be decoded.
        """

    def close(self) -> None:
        """Let go of the source; it may be called more than once."""


class Recorded:
    """What all sources have in common that wait for their reader: files, pictures, generated clips."""

    live = False
    dropped = 0
    notice: str | None = None
    outages_s: tuple[float, ...] = ()

    def poll(self, wait_s: float) -> bool:  # noqa: ARG002 (the protocol's argument)
        return True

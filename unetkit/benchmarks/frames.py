"""The frames a benchmark runs over, decoded before the clock starts."""

from dataclasses import dataclass
from typing import Self

from unetkit.contract.arrays import BgrFrame
from unetkit.data.scene import scene
from unetkit.errors import SourceError
from unetkit.runtime.sources.opening import open_source

FRAMES = 30  # a second of a camera; 83 MB at 1280x720
GENERATED_HW = (480, 640)
_SEED = 0
_STEP_S = 1 / 30


@dataclass(frozen=True, kw_only=True)
class FrameSet:
    """Decoded frames.

    Attributes:
        origin: where they came from, for people.
        frames: uint8 (H, W, 3) BGR each, at least one.
    """

    origin: str
    frames: tuple[BgrFrame, ...]

    @classmethod
    def generated(cls, *, count: int = FRAMES, hw: tuple[int, int] = GENERATED_HW) -> Self:
        """Consecutive frames of one generated scene, the same every time."""
        frames = tuple(scene(_SEED, hw, t=index * _STEP_S)[0] for index in range(count))
        return cls(origin="generated scene", frames=frames)

    @classmethod
    def read(cls, source: str, *, count: int = FRAMES) -> Self:
        """The first frames of a clip, a picture folder, or whatever else `open_source` opens.

        Raises:
            SourceError: it does not open or has no frame.
            DataError: a picture of it cannot be decoded.
        """
        opened = open_source(source)
        try:
            frames: list[BgrFrame] = []
            while len(frames) < count and (frame := opened.read()) is not None:
                frames.append(frame.bgr)
        finally:
            opened.close()
        if not frames:
            raise SourceError(f"{opened.name} has no frame; give a clip or a folder of pictures")
        return cls(origin=opened.name, frames=tuple(frames))

    @property
    def sizes_hw(self) -> tuple[tuple[int, int], ...]:
        """The different sizes among the frames, in order of appearance."""
        return tuple(dict.fromkeys((frame.shape[0], frame.shape[1]) for frame in self.frames))


def bench_frames(source: str | None) -> FrameSet:
    """Frames of `source`, or generated ones without."""
    return FrameSet.generated() if source is None else FrameSet.read(source)

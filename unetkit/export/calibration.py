"""CalibrationSet: the training frames from which the quantisers learn the range of every activation."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.preprocess import normalise
from unetkit.contract.spec import InputSpec
from unetkit.data.framecache import FrameCache
from unetkit.errors import DataError, UsageError

DEFAULT_FRAMES = 200


@dataclass(frozen=True, kw_only=True)
class CalibrationSet:
    """A seeded sample of real training frames, as the contract preprocessed them.

    Attributes:
        names: of the samples, in the order they are shown.
        frames: uint8 (N, H, W, 3) BGR.
        seed: it was drawn with.
        sha256: of the frames' bytes, in order.
    """

    names: tuple[str, ...]
    frames: NDArray[np.uint8] = field(repr=False)
    seed: int
    sha256: str

    @classmethod
    def draw(cls, cache: FrameCache, names: tuple[str, ...], *, count: int, seed: int) -> "CalibrationSet":
        """Sample `count` of `names` without replacement, all of them where there are fewer.

        Args:
            cache: holds their frames.
            names: of the training split; frames that are scored later must not be among them.
            count: at least 1.
            seed: the same seed draws the same frames.

        Raises:
            UsageError: `count` is below 1.
            DataError: there is no name to draw from.
        """
        if count < 1:
            raise UsageError(f"int8 needs calibration frames, received {count}; give at least 1 (200 is usual)")
        if not names:
            raise DataError("int8 needs training frames to calibrate on and the run lists none; train on a data set")
        order = np.random.default_rng(seed).permutation(len(names))[:count]
        drawn = tuple(names[index] for index in order)
        return cls.of(drawn, np.ascontiguousarray(cache.frames[cache.rows(drawn)]), seed=seed)

    @classmethod
    def of(cls, names: tuple[str, ...], frames: NDArray[np.uint8], *, seed: int) -> "CalibrationSet":
        """Frames that are fitted already, uint8 (N, H, W, 3) BGR, under their names."""
        return cls(names=names, frames=frames, seed=seed, sha256=hashlib.sha256(frames.tobytes()).hexdigest())

    def normalised(self, spec: InputSpec, *, full_range: bool = False) -> Iterator[NDArray[np.float32]]:
        """The frames as the network sees them but in BGR, float32 (1, H, W, 3), one after the other.

        Args:
            spec: the model's input.
            full_range: end with the first frame once more, two corner pixels of it at 0 and 255: a quantiser that
                learns the input's range from data then arrives at exactly the spec's scale and zero point.
        """
        bgr = replace(spec, color_order="bgr")
        for frame in self.frames:
            yield normalise(frame[np.newaxis].astype(np.float32), bgr)
        if full_range:
            extremes = self.frames[:1].astype(np.float32)
            extremes[0, 0, 0], extremes[0, -1, -1] = 0, 255
            yield normalise(extremes, bgr)

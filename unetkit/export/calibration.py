"""CalibrationSet: the training frames from which the quantisers learn the range of every activation."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.preprocess import normalise
from unetkit.contract.spec import InputSpec, Scalar
from unetkit.data.framecache import FrameCache
from unetkit.errors import DataError, UsageError

DEFAULT_FRAMES = 200
_LINE, _LINES = 1000, 40  # characters and entries of names in a spec


@dataclass(frozen=True, kw_only=True)
class CalibrationSet:
    """A seeded sample of real training frames, as the contract preprocessed them.

    Attributes:
        names: of the samples, in the order they are shown.
        frames: uint8 (N, H, W, 3) BGR.
        seed: it was drawn with.
        sha256: of the frames' bytes, in order.
        class_frames: by class, in how many of the frames it occurs; empty where the frames have no labels.
    """

    names: tuple[str, ...]
    frames: NDArray[np.uint8] = field(repr=False)
    seed: int
    sha256: str
    class_frames: dict[str, int] = field(default_factory=dict)

    @classmethod
    def draw(
        cls, cache: FrameCache, names: tuple[str, ...], *, class_names: Sequence[str], count: int, seed: int
    ) -> "CalibrationSet":
        """Sample `count` of `names` without replacement, the classes in turn; all of them where there are fewer.

        Args:
            cache: holds their frames and labels.
            names: of the training split; frames that are scored later must not be among them.
            class_names: in the order of their labels.
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
        rows = cache.rows(names)
        occurs = np.array(
            [np.bincount(cache.labels[row].ravel(), minlength=256)[: len(class_names)] > 0 for row in rows]
        )
        order = np.random.default_rng(seed).permutation(len(names))
        drawn = order[classes_in_turn(occurs[order], count)]
        frames = np.stack([np.asarray(cache.frames[row]) for row in rows[drawn]])
        return cls(
            names=tuple(names[index] for index in drawn),
            frames=frames,
            seed=seed,
            sha256=_digest(frames),
            class_frames=dict(zip(class_names, occurs[drawn].sum(axis=0).tolist(), strict=True)),
        )

    @classmethod
    def of(cls, names: tuple[str, ...], frames: NDArray[np.uint8], *, seed: int) -> "CalibrationSet":
        """Frames that are fitted already, uint8 (N, H, W, 3) BGR, under their names."""
        return cls(names=names, frames=frames, seed=seed, sha256=_digest(frames))

    def __str__(self) -> str:
        """`200 training frames, seed 0 (pet in 200, border in 198)`."""
        held = ", ".join(f"{name} in {count}" for name, count in self.class_frames.items())
        return f"{len(self.names)} training frames, seed {self.seed}" + (f" ({held})" if held else "")

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "frames": len(self.names),
            "seed": self.seed,
            "sha256": self.sha256,
            "class_frames": self.class_frames,
            "names": list(self.names),
        }

    def provenance(self) -> dict[str, Scalar]:
        """What an artifact's spec says about it; the names in lines as long as a spec takes, as many as it takes."""
        lines: list[str] = []
        for name in map(_printable, self.names):
            if lines and len(lines[-1]) + len(name) + 1 <= _LINE:
                lines[-1] += f"|{name}"
            else:
                lines.append(name[:_LINE])
        if len(lines) > _LINES:
            lines = [f"{len(self.names)} names are too long for a model file; the export report lists them"]
        return {
            "calibration_frames": len(self.names),
            "calibration_seed": self.seed,
            "calibration_sha256": self.sha256,
            **{f"calibration_names_{number}": line for number, line in enumerate(lines, 1)},
        }

    def normalised(self, spec: InputSpec) -> Iterator[NDArray[np.float32]]:
        """The frames as the network sees them but in BGR, float32 (1, H, W, 3), one after the other."""
        bgr = replace(spec, color_order="bgr")
        for frame in self.frames:
            yield normalise(frame[np.newaxis].astype(np.float32), bgr)


def classes_in_turn(occurs: NDArray[np.bool_], count: int) -> list[int]:
    """Choose rows so that the class that was chosen least often so far comes next.

    Args:
        occurs: (N, classes), whether a class is in a frame; rows in the order they are taken in.
        count: how many to choose, all where there are fewer.
    """
    chosen: list[int] = []
    left = np.ones(len(occurs), bool)
    held = np.zeros(occurs.shape[1], np.int64)
    while len(chosen) < min(count, len(occurs)):
        candidates = left
        for label in np.argsort(held, kind="stable"):
            if (left & occurs[:, label]).any():
                candidates = left & occurs[:, label]
                break
        row = int(np.flatnonzero(candidates)[0])
        chosen.append(row)
        left[row] = False
        held += occurs[row]
    return chosen


def _digest(frames: NDArray[np.uint8]) -> str:
    return hashlib.sha256(frames.tobytes()).hexdigest()


def _printable(name: str) -> str:
    return name if name.isprintable() else ascii(name)

"""Whether int8 is worth it on this device: one sentence, from measured time and measured accuracy."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from unetkit.proof.timing import Lane

# Less than this is within what two runs on a shared machine differ by, and not worth another file.
WORTH_IT = 1.1
_INT8, _FLOAT = frozenset({"int8"}), frozenset({"fp32", "fp16"})


@dataclass(frozen=True, kw_only=True)
class Timed:
    """One artifact in one engine, ready to be chosen.

    Attributes:
        file: the artifact.
        engine: what ran it.
        precision: `fp32`, `fp16`, `dynamic` or `int8`.
        miou_change: as a share, negative is worse; NaN where nobody measured it.
        lane: its times, of the same rounds as every other's.
    """

    file: str
    engine: str
    precision: str
    miou_change: float
    lane: Lane


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The choice.

    Attributes:
        choice: `int8` or `fp32`.
        speedup: time of the fastest float artifact over that of the fastest int8 one, median of the rounds.
        points: of mIoU that the int8 one gains; negative is lost; NaN where nobody measured it.
        int8: file and engine of the fastest int8 artifact.
        float: file and engine of the fastest fp32 or fp16 artifact.
        sentence: for people.
    """

    choice: Literal["int8", "fp32"]
    speedup: float
    points: float
    int8: str
    float: str
    sentence: str

    def to_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "choice": self.choice,
            "speedup": self.speedup,
            "points": None if math.isnan(self.points) else self.points,
            "int8": self.int8,
            "float": self.float,
            "sentence": self.sentence,
        }


def finalists(candidates: Sequence[Timed]) -> list[int]:
    """Positions of the two fastest int8 and the two fastest float ones, by their best times; [] without both kinds.

    Best times, because what else runs on a machine only ever adds to one.
    """
    groups = [[index for index, item in enumerate(candidates) if item.precision in kinds] for kinds in (_INT8, _FLOAT)]
    if not all(groups):
        return []
    return sorted(
        index for group in groups for index in sorted(group, key=lambda at: min(candidates[at].lane.samples_ns))[:2]
    )


def decide(candidates: Sequence[Timed], *, max_drop: float) -> Verdict | None:
    """Hold the fastest int8 artifact against the fastest float one, whichever engines those are.

    Args:
        candidates: what runs here and is proven.
        max_drop: points of mIoU that are not too many.

    Returns:
        None where there is no int8 or no float artifact to compare.
    """
    quantised, unquantised = ([item for item in candidates if item.precision in kinds] for kinds in (_INT8, _FLOAT))
    if not quantised or not unquantised:
        return None
    fastest, other = (min(group, key=lambda item: item.lane.median_ms) for group in (quantised, unquantised))
    slow, speedup, _ = other.lane.over(fastest.lane)
    points = 100 * fastest.miou_change
    cost = "" if math.isnan(points) else f", {points:+.1f} {'point' if f'{abs(points):.1f}' == '1.0' else 'points'}"
    told = f"{speedup:.1f}x faster{cost}" if speedup >= 1 else f"{1 / speedup:.1f}x slower{cost}"
    names = f"{fastest.file} in {fastest.engine} against {other.file} in {other.engine}"
    choice: Literal["int8", "fp32"] = "fp32"
    if points < -max_drop:
        sentence = f"keep fp32: int8 is {told}, over the {max_drop:g} allowed"
    elif speedup < WORTH_IT:
        sentence = f"keep fp32: int8 is {told}{', too little to feel' if speedup >= 1 else ''}"
    elif slow < WORTH_IT:
        sentence = f"keep fp32: int8 is {told}, but not in one round of four: try again on an idle machine"
    else:
        choice, sentence = "int8", f"int8: {told}: use it"
    return Verdict(
        choice=choice,
        speedup=speedup,
        points=points,
        int8=f"{fastest.file} ({fastest.engine})",
        float=f"{other.file} ({other.engine})",
        sentence=f"{sentence} ({names})",
    )

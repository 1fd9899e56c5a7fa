"""What is known of a run while it goes on: the heads-up line, and the browser page's figures."""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

_FPS_FRAMES = 30  # over which the frame rate is taken
_LATENCY_FRAMES = 120


@dataclass(frozen=True, kw_only=True)
class LiveFigures:
    """A stream's figures at one moment.

    Attributes:
        source: what is segmented, for people.
        engine: what runs the model.
        device: what really runs it.
        precision: of the model.
        frames: that went the whole way.
        dropped: frames of a live source that were skipped because a newer one had come; None of files.
        fps: frames a second over the last 30; None before there are two.
        p95_ms: of the last 120 frames' time from frame in hand to drawn picture; None before the first.
        infer_ms: the last inference.
        age_ms: from captured to shown, of a live source's last frame.
        paused: the user has stopped the picture.
        recording: what is shown is recorded.
        notice: what is wrong with the source just now.
        said: what the user is told for a moment.
        gave_up: what was given up to keep a rate that was asked for.
        stages_ms: how long each stage takes just now.
    """

    source: str
    engine: str
    device: str
    precision: str
    frames: int = 0
    dropped: int | None = None
    fps: float | None = None
    p95_ms: float | None = None
    infer_ms: float | None = None
    age_ms: float | None = None
    paused: bool = False
    recording: bool = False
    notice: str | None = None
    said: str | None = None
    gave_up: str | None = None
    stages_ms: Mapping[str, float] = field(default_factory=dict)

    def line(self) -> str:
        """The heads-up line."""
        parts = [
            "" if self.fps is None else f"{self.fps:.1f} fps",
            "" if self.p95_ms is None else f"p95 {self.p95_ms:.1f} ms",
            "" if self.infer_ms is None else f"infer {self.infer_ms:.1f} ms",
            f"{self.device} {self.precision}",
            "" if self.dropped is None else f"drops {self.dropped}",
            "" if self.age_ms is None else f"age {self.age_ms:.0f} ms",
            "paused" if self.paused else "",
            "REC" if self.recording else "",
        ]
        return "  ".join(part for part in parts if part)

    def lines(self) -> tuple[str, ...]:
        """The heads-up line, and below it what has to be said."""
        return (self.line(), *(text for text in (self.gave_up, self.said) if text))

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


class RecentFrames:
    """Times of the last frames, for figures that are of now and not of the whole run."""

    def __init__(self) -> None:
        self._shown_ns: deque[int] = deque(maxlen=_FPS_FRAMES)
        self._latency_ns: deque[int] = deque(maxlen=_LATENCY_FRAMES)

    def add(self, shown_ns: int, latency_ns: int) -> None:
        """A frame that was shown at a time of the clock, after so many nanoseconds of work on it."""
        self._shown_ns.append(shown_ns)
        self._latency_ns.append(latency_ns)

    def interrupt(self) -> None:
        """A pause that says nothing of the rate follows."""
        self._shown_ns.clear()

    @property
    def fps(self) -> float | None:
        """Frames a second; None before there are two."""
        if len(self._shown_ns) < 2:
            return None
        elapsed_ns = self._shown_ns[-1] - self._shown_ns[0]
        return (len(self._shown_ns) - 1) / elapsed_ns * 1e9 if elapsed_ns > 0 else None

    @property
    def p95_ms(self) -> float | None:
        """Of the work on a frame; None before the first."""
        return float(np.percentile(self._latency_ns, 95)) / 1e6 if self._latency_ns else None

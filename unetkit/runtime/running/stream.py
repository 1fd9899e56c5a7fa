"""One stream of a run: what goes into it, and how it ended."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from unetkit.contract.postprocess import Mask
from unetkit.runtime.running.controls import Controls
from unetkit.runtime.running.figures import LiveFigures
from unetkit.runtime.running.ratekeeper import KeptMasks
from unetkit.runtime.running.snapshots import Snapshots
from unetkit.runtime.running.steadying import Steadying
from unetkit.runtime.sinks.sink import FrameSink
from unetkit.runtime.sources.frame import Frame, FrameSource
from unetkit.runtime.views.painter import Painter

OnResult = Callable[[Frame, Mask, Mapping[str, float]], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Stream:
    """A source, where its results go, and what is drawn on the way.

    Attributes:
        source: where frames come from.
        sink: where results go.
        painter: draws what is shown; None: the sink gets the bare frame as `drawn`. Each stream has its own.
        controls: what the user can change meanwhile; several streams may share them. None: nothing.
        on_figures: is told the figures, several times a second.
        snapshots: where the pictures go that the user asks for.
        masks: where masks come from when a rate is to be kept; None: from the segmenter, one for each frame.
        steadying: smooths the segmenter's scores over time; each stream has its own. None: nothing does.
        on_result: is told every frame with its mask and what its stages took, in milliseconds.
    """

    source: FrameSource
    sink: FrameSink
    painter: Painter | None = None
    controls: Controls | None = None
    on_figures: Callable[[LiveFigures], None] | None = None
    snapshots: Snapshots = field(default_factory=Snapshots)
    masks: KeptMasks | None = None
    steadying: Steadying | None = None
    on_result: OnResult | None = None


@dataclass(frozen=True)
class Ending:
    """Why a stream is over: in words, by Ctrl-C, by a source that broke off."""

    reason: str
    interrupted: bool = False
    lost: bool = False


STOPPED = Ending("stopped by the user")

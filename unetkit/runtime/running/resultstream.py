"""`unetkit.stream`: a source and a model as a loop over results."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Never, Self

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.edges import Edges
from unetkit.contract.postprocess import Mask
from unetkit.errors import SourceError
from unetkit.runtime.backends.backend import Device, Engine
from unetkit.runtime.latency import LatencyReport
from unetkit.runtime.running.figures import LiveFigures
from unetkit.runtime.running.steadying import STEADY, Steadying
from unetkit.runtime.running.stream import Ending, Stream
from unetkit.runtime.running.streamloop import TICK_S, StreamLoop
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sources.cameramode import CameraMode
from unetkit.runtime.sources.frame import Frame, FrameSource
from unetkit.runtime.sources.live import Patience
from unetkit.runtime.sources.opening import open_source
from unetkit.runtime.sources.readahead import read_ahead
from unetkit.runtime.views.look import AS_IT_COMES, Look
from unetkit.runtime.views.painter import Painter

_WARMUP = 1


@dataclass(kw_only=True, eq=False)
class StreamResult:
    """One frame and what the model saw in it. All of it is yours to keep; nobody writes into it later.

    Attributes:
        frame: the picture (`frame.bgr`, uint8 (H, W, 3)), its index, name and time.
        mask: `mask.labels`, uint8 (H, W), the index of each pixel's class; `mask.scores`, float32 (h, w, C).
        figures: of the run at this frame: frames a second, latency, age, drops.
    """

    frame: Frame
    mask: Mask
    figures: LiveFigures
    _painter: Painter = field(repr=False)
    _look: Look = field(repr=False)

    @cached_property
    def drawn(self) -> BgrFrame:
        """The mask over its frame, or the view that was asked for: uint8 (h, w, 3) BGR; drawn when first looked at."""
        return self._painter.draw(self.frame.bgr, self.mask, self._look).copy()


class ResultStream(Iterator[StreamResult]):
    """Results one after the other, until the source ends; made by `stream`.

    It closes the source, and the model where it opened that, when the source ends, something is raised, the loop is
    left and nobody holds it any more, at the end of a `with`, or on `close`.
    """

    def __init__(
        self,
        source: FrameSource,
        segmenter: Segmenter,
        look: Look,
        max_frames: int | None,
        opened: contextlib.ExitStack,
        steady: float,
    ) -> None:
        self._opened, self._closed = opened, False
        self._catch = _Catch()
        self._painter, self._look = Painter(segmenter.spec), look
        stream = Stream(
            source=source, sink=self._catch, steadying=Steadying(segmenter.spec, steady) if steady else None
        )
        self._loop = StreamLoop(stream, segmenter, max_frames)
        self._started = False

    def __next__(self) -> StreamResult:
        if self._closed:
            raise StopIteration
        try:
            if not self._started:
                self._started = True
                self._loop.start(_WARMUP)
            while self._catch.caught is None and self._loop.ending is None:
                self._loop.step(TICK_S)
            if self._catch.caught is None:
                self._end(self._loop.ending)
        except BaseException:
            self.close()
            raise
        (frame, mask), self._catch.caught = self._catch.caught, None
        return StreamResult(
            frame=frame, mask=mask, figures=self._loop.figures, _painter=self._painter, _look=self._look
        )

    def _end(self, ending: Ending | None) -> Never:
        if ending is not None and ending.lost:
            raise SourceError(ending.reason)
        raise StopIteration

    def report(self) -> LatencyReport:
        """Where the time went so far; `ended` says why it is over, `lost` that the source broke off."""
        return self._loop.report()

    def close(self) -> None:
        """Let go of everything; it may be called more than once."""
        self._closed = True
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


def stream(
    source: str | int | Path | FrameSource,
    model: str | Path | Segmenter = "person",
    *,
    look: Look = AS_IT_COMES,
    max_frames: int | None = None,
    engine: Engine = "auto",
    device: Device = "auto",
    threads: int | None = None,
    patience: Patience | None = None,
    mode: CameraMode | None = None,
    every_frame: bool = False,
    edges: Edges = "auto",
    steady: float = STEADY,
) -> ResultStream:
    """Segment a source in a loop of your own.

    Example:
        for result in unetkit.stream(0, "model.int8.onnx"):
            cv2.imshow("unetkit", result.drawn)
            if cv2.waitKey(1) == ord("q"):
                break

    A camera or stream gives its newest frame each time, and what was skipped is counted (`result.figures.dropped`);
    one that is silent or breaks is opened again. A file gives every frame.

    Args:
        source: a camera's index, a path, or whatever else `open_source` opens; or an opened source.
        model: file or built-in name; or an opened Segmenter, which stays open.
        look: what `result.drawn` shows.
        max_frames: stop after so many; None: no limit.
        engine: as for `Segmenter.open`, as are `device` and `threads`.
        device: where to run.
        threads: of inference.
        patience: how long a live source may be silent.
        mode: what to ask of a camera.
        every_frame: of standard input, which else is live.
        edges: of the model that is opened here, as for `Segmenter.open`.
        steady: how much masks are smoothed over time, 0..1, see `Steadying`; of pictures, which have no pace, nothing.

    Raises:
        SourceError: the source does not open, or, in the loop, broke and could not be had again.
        DataError: in the loop, a picture that cannot be decoded.
        ArtifactError, DeviceError, MissingDependencyError: the model does not open.
    """
    with contextlib.ExitStack() as opened:
        if isinstance(model, Segmenter):
            segmenter = model
        else:
            segmenter = opened.enter_context(
                Segmenter.open(model, engine=engine, device=device, threads=threads, edges=edges)
            )
        if isinstance(source, str | int | Path):
            source = read_ahead(open_source(str(source), patience=patience, mode=mode, every_frame=every_frame))
        opened.callback(source.close)
        in_time = source.live or source.fps is not None
        return ResultStream(source, segmenter, look, max_frames, opened.pop_all(), steady if in_time else 0.0)


class _Catch:
    """A sink that holds the newest result until it is fetched."""

    wants_drawn = False

    def __init__(self) -> None:
        self.caught: tuple[Frame, Mask] | None = None

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:  # noqa: ARG002 (the protocol's arguments)
        self.caught = frame, mask
        return True

    def idle(self, drawn: BgrFrame | None) -> bool:  # noqa: ARG002 (the protocol's argument)
        return True

    def close(self) -> None:
        return

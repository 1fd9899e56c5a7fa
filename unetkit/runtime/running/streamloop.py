"""A stream's way: source -> preprocess -> infer -> postprocess -> overlay -> sink, a clock looking on.

read         waiting for the source: decoding, or a camera's pace; for the network, where that works ahead (files)
preprocess   frame -> tensor
infer        tensor -> scores
postprocess  scores -> mask at frame size, steadied and along the frame's edges where that is wanted
overlay      the view: mask over frame, or what else was chosen; only when a sink looks at it
sink         showing or writing
end_to_end   frame in hand -> drawn: preprocess to overlay
age          captured -> shown; live sources only

While a live source has no picture the sink gets the last one again, with a notice: it stays in use, keys and all.
So it does while the user has paused: a file waits, and of a live source what comes meanwhile is thrown away.
"""

import time
from collections.abc import Callable

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.errors import SourceError
from unetkit.runtime.latency import LatencyReport, StageClock
from unetkit.runtime.running.account import Account
from unetkit.runtime.running.controls import Controls, ControlState
from unetkit.runtime.running.figures import LiveFigures
from unetkit.runtime.running.keys import HELP
from unetkit.runtime.running.maskmaking import MaskMaker
from unetkit.runtime.running.stream import STOPPED, Ending, Stream
from unetkit.runtime.samples import ENOUGH
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sources.frame import Frame

STAGES = ("read", "preprocess", "infer", "postprocess", "overlay", "sink", "end_to_end", "age")
TICK_S = 0.05  # between two looks at the sink while there is no frame


class StreamLoop:
    """The state of one stream's run.

    Args:
        stream: what runs.
        segmenter: the opened model.
        max_frames: stop after so many; None: no limit.
        clock: nanoseconds.

    Attributes:
        ending: why it is over; None while it runs.
    """

    def __init__(
        self,
        stream: Stream,
        segmenter: Segmenter,
        max_frames: int | None,
        clock: Callable[[], int] = time.perf_counter_ns,
    ) -> None:
        self._source, self._sink, self._segmenter = stream.source, stream.sink, segmenter
        self._on_result = stream.on_result
        self._painter = stream.painter if stream.sink.wants_drawn else None
        self._controls = stream.controls or Controls(segmenter.spec)
        self._snapshots = stream.snapshots
        self._masks = stream.masks
        self._max_frames = max_frames
        self._clock = StageClock(STAGES, clock, limit=ENOUGH)
        self._maker = MaskMaker(stream, segmenter, self._clock)
        self._account = Account(stream, segmenter, self._controls, self._clock, self._maker)
        self._waited_ns = self._idle_ns = self._sink_ns = self._standing_ns = 0
        self._drawn_of: tuple[Frame, Mask, ControlState] | None = None
        self._steps, self._taken = self._controls.state.steps, self._controls.state.snapshots
        self.ending: Ending | None = None

    def start(self, warmup: int) -> None:
        """Warm up, and do the frame to begin with."""
        try:
            frame = self._warm_up(warmup)
        except SourceError as error:
            self._break_off(error)
        else:
            self._go_on(frame)

    def step(self, wait_s: float) -> bool:
        """Do the next frame, if it comes within `wait_s`; whether one came, or the end."""
        try:
            if not self.wait(wait_s):
                return False
            self._go_on(self._read())
        except SourceError as error:
            self._break_off(error)
        return True

    def wait(self, wait_s: float) -> bool:
        """Whether there is a frame to be done, or the end; the sink is kept in use meanwhile."""
        start_ns = self._clock.now_ns()
        if self._stands_still():
            ready = self._pass_time(wait_s)
            self._standing_ns += self._clock.now_ns() - start_ns
        else:
            ready = self._source.poll(wait_s)
            self._waited_ns += self._clock.now_ns() - start_ns
        now_ns = self._clock.now_ns()
        if not ready and now_ns - self._sink_ns >= TICK_S * 1e9:
            self._sink_ns = now_ns
            if not self._sink.idle(self._idle_picture()):
                self.ending = STOPPED
        return ready

    def idle(self, wait_s: float) -> int:
        """Wait for this stream where none of several has a frame; the nanoseconds that it took."""
        start_ns = self._clock.now_ns()
        self.wait(wait_s)
        return self._clock.now_ns() - start_ns

    def was_idle(self, ns: int) -> None:
        """Another of several streams has waited for so long, and this one with it."""
        self._waited_ns += ns

    def _stands_still(self) -> bool:
        """Whether the user has paused and not asked for a step; there is always a first picture."""
        state = self._controls.state
        return state.paused and state.steps == self._steps and self._drawn_of is not None

    def _pass_time(self, wait_s: float) -> bool:
        """Wait while paused; whether the source is over. A live one is read on: what comes next is the newest."""
        self._account.interrupt()
        if not self._source.live:
            time.sleep(wait_s)
        elif self._source.poll(wait_s):
            dropped = self._source.dropped
            if self._source.read() is None:
                return True
            self._account.leave_out(dropped=self._source.dropped - dropped)
        return False

    def _go_on(self, frame: Frame | None) -> None:
        if frame is None:
            self.ending = Ending(f"{self._source.name} ended")
        elif not self._process(frame):
            self.ending = STOPPED
        elif self._max_frames is not None and self.frames >= self._max_frames:
            self.ending = Ending(f"limit of {self._max_frames} frames reached")

    def _break_off(self, error: SourceError) -> None:
        if self.frames == 0:
            raise error
        self.ending = Ending(str(error), lost=True)

    def _idle_picture(self) -> BgrFrame | None:
        """The last picture with what is new; None where the sink looks at none, or has it."""
        notice, state = self._source.notice, self._controls.state
        if self._painter is None or self._drawn_of is None:
            return None
        frame, mask, drawn_as = self._drawn_of
        if state is not drawn_as or (state.paused and self._account.is_old):
            return self._paint(frame, mask, state)
        return None if notice is None else self._painter.with_notice(notice)

    def _warm_up(self, times: int) -> Frame | None:
        """Run the first frame through everything but the sink, untimed; returns the frame to begin with."""
        before_ns = self._clock.now_ns()
        first = self._source.read()
        read_ns = self._clock.now_ns() - before_ns
        if first is None:
            raise SourceError(f"{self._source.name} has no frame; check that it holds or sends pictures")
        for _ in range(times):
            mask = self._maker.warm_up(first)
            if self._painter is not None:
                self._painter.draw(first.bgr, mask, self._controls.state.look, lines=("warming up",))
        if self._source.live and times:
            self._account.begin()
            return self._read()
        self._account.begin(earlier_ns=read_ns)
        self._clock.record("read", read_ns)
        return first

    def _read(self) -> Frame | None:
        start_ns = self._clock.now_ns()
        frame = self._source.read()
        if frame is not None:  # waiting for the end is no frame's time
            self._clock.record("read", self._waited_ns + self._clock.now_ns() - start_ns)
        self._idle_ns, self._waited_ns = self._waited_ns, 0
        return frame

    def _process(self, frame: Frame) -> bool:
        """One frame, all the way; False when the user wants to stop."""
        clock, state = self._clock, self._controls.state
        self._steps = state.steps
        start_ns = clock.now_ns()
        mask, in_hand_ns = self._maker.mask_of(frame)
        segmented_ns = clock.now_ns()
        drawn = self._draw(frame, mask, state)
        latency_ns = clock.now_ns() - in_hand_ns
        clock.record("end_to_end", latency_ns)
        with clock.stage("sink"):
            goes_on = self._sink.show(frame, mask, drawn)
        shown_ns = clock.now_ns()
        if self._masks is not None and not self._standing_ns:
            busy_ns = shown_ns - self._account.last_ns - self._idle_ns
            self._masks.shown(shown_ns, busy_ns - (segmented_ns - start_ns))
        self._sink_ns = shown_ns
        self._account.leave_out(paused_ns=self._standing_ns)  # of a pause up to the end there is nothing to take off
        self._standing_ns = 0
        self._account.add(frame, shown_ns, latency_ns)
        if self._on_result is not None:
            self._on_result(frame, mask, clock.take_last_ms())
        return goes_on

    def _draw(self, frame: Frame, mask: Mask, state: ControlState) -> BgrFrame:
        if self._painter is None:
            return frame.bgr
        with self._clock.stage("overlay"):
            return self._paint(frame, mask, state)

    def _paint(self, frame: Frame, mask: Mask, state: ControlState) -> BgrFrame:
        if self._painter is None:
            return frame.bgr
        self._drawn_of = frame, mask, state
        if state.snapshots != self._taken:
            self._taken = state.snapshots
            self._controls.say(self._snapshots.take(self._painter.still(frame.bgr, mask, state.look)))
        figures = self._account.live_figures(state)
        return self._painter.draw(
            frame.bgr,
            mask,
            state.look,
            lines=figures.lines() if state.heads_up else (),
            panel=HELP if state.help_shown else (),
            notice=self._source.notice,
        )

    @property
    def figures(self) -> LiveFigures:
        """As they stand now."""
        return self._account.figures(self._controls.state)

    @property
    def frames(self) -> int:
        return self._account.frames

    def report(self) -> LatencyReport:
        return self._account.report(self.ending or STOPPED)

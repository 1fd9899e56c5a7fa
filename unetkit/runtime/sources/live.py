"""A camera or stream that is watched: what hangs, ends, breaks or repeats itself is noticed, and opened again.

connecting   a feed is opened; its first shot has to come within `first_s`
running      each shot has to come within `silent_s`; `read` gives the newest
lost         the feed was silent, ended or broke; it is closed, and opened again: not sooner after the last opening
             than a pause that doubles, so one that held for a while is opened again at once
given up     no shot came for `max_outage_s`: `read` raises

All of it happens inside `poll`, on the caller's thread: there is nothing here that could hang.
A recording behind a URL is read whole and not opened again, for it would start from its beginning.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from unetkit.errors import SourceError, UsageError
from unetkit.runtime.sources.feed import Feed, Shot
from unetkit.runtime.sources.frame import Frame
from unetkit.runtime.sources.picturewatch import PictureWatch

_SLICE_S = 0.1  # between two looks at what is due; on Windows a longer wait would keep Ctrl-C waiting
_NOTICE_AFTER_S = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a live source may be silent, in seconds.

    Attributes:
        first_s: from opening to the first picture.
        silent_s: between two pictures.
        still_s: of a picture that is the same to the byte, or black, before it is opened anew, once; None: for ever.
        max_outage_s: without a picture, being opened again and again, before it is an error; 0: not opened again.
        pause_s: before it is opened again, at least; from one opening to the next it doubles each time.
        longest_pause_s: what it doubles up to.
    """

    first_s: float = 10.0
    silent_s: float = 3.0
    still_s: float | None = 10.0
    max_outage_s: float = 60.0
    pause_s: float = 0.25
    longest_pause_s: float = 5.0

    def __post_init__(self) -> None:
        if not self.max_outage_s >= 0:
            raise UsageError(f"the longest outage is {self.max_outage_s} s, expected 0 or more")


class LiveSource:
    """The newest frame of a feed, for as long as it can be had.

    The first frame has come when the constructor returns, so its size is known.

    Args:
        name: what the source is, for people.
        open_feed: opens it; may raise SourceError.
        patience: how long to wait for what.
        clock: seconds of a clock that never goes backwards.
        sleep: waits so many seconds.

    Raises:
        SourceError: it did not open, ended without a frame, or no frame came in time.
    """

    def __init__(
        self,
        name: str,
        open_feed: Callable[[], Feed],
        *,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        self.live = True
        self.fps: float | None = None
        self.hw: tuple[int, int] | None = None
        self.dropped = 0
        self.outages_s: tuple[float, ...] = ()
        self._open_feed, self._patience, self._clock, self._sleep = open_feed, patience or Patience(), clock, sleep
        self._feed: Feed | None = None
        self._shot: Shot | None = None
        self._base = self._expected = 0  # index of the feed's first frame, and of the one to come
        self._finished = False
        self._error: SourceError | None = None
        self._lost: str | None = None  # why
        self._pause_s = self._patience.pause_s
        self._opened_s = self._sign_s = self._heard_s = self._retry_s = clock()  # sign: a shot, or a feed's opening
        self._watch = self._new_watch()
        self._ailment: str | None = None  # what the watch says
        self._excused = False  # opening it anew did not mend the picture
        try:
            while not self.poll(1.0):
                pass
            if self._error is not None:
                raise self._error
        except BaseException:  # Ctrl-C as well: nobody has the source yet who could close it
            self.close()
            raise

    @property
    def notice(self) -> str | None:
        silent_s = self._clock() - self._heard_s
        if self._finished:
            return None
        if self._lost is not None:
            return f"no picture for {silent_s:.0f} s: {self._lost}"
        if silent_s >= _NOTICE_AFTER_S and self._shot is None:
            return f"no picture for {silent_s:.0f} s"
        return self._ailment

    def poll(self, wait_s: float) -> bool:
        end_s = self._clock() + wait_s
        while not self._settled():
            left_s = end_s - self._clock()
            if left_s <= 0:
                return False
            if self._feed is not None:
                self._feed.wait(min(left_s, _SLICE_S))
            else:
                self._sleep(min(left_s, _SLICE_S))
        return True

    def read(self) -> Frame | None:
        while not self.poll(1.0):
            pass
        shot, self._shot = self._newest(), None
        if shot is None:
            if self._error is not None:
                raise self._error
            return None
        index = self._base + shot.number
        self.dropped += index - self._expected
        self._expected = index + 1
        if self._watch is not None:
            self._examine(self._watch.look(shot.bgr, self._clock()))
        return Frame(bgr=shot.bgr, index=index, captured_ns=shot.captured_ns, name=f"frame_{index:06d}")

    def close(self) -> None:
        self._finished = True
        self._shot = self._error = None
        self._disconnect()

    def _settled(self) -> bool:
        """Move on as far as it goes without waiting; whether there is a shot or the end."""
        if self._shot is not None or self._finished:
            return True
        now_s = self._clock()
        if self._feed is None:
            if now_s >= self._retry_s:
                self._connect(now_s)
        elif (shot := self._feed.take()) is not None:
            self._hear(shot, now_s)
        elif self._feed.over:
            self._break_off(self._feed.error, self._in_short(self._feed.error))
        elif now_s - self._sign_s > self._limit_s():
            silence = f"{self.name} did not deliver a frame for {self._limit_s():g} s"
            check = "check that it is switched on, connected and not used by another program"
            self._break_off(SourceError(f"{silence}; {check}"), "it is silent")
        if self._lost is not None and now_s - self._heard_s > self._patience.max_outage_s:
            self._give_up(now_s)
        return self._shot is not None or self._finished

    def _connect(self, now_s: float) -> None:
        self._opened_s = self._sign_s = now_s
        self._base = self._expected
        self._feed = self._open_feed()

    def _disconnect(self) -> None:
        if self._feed is not None:
            self._feed.close()
            self._feed = None

    def _hear(self, shot: Shot, now_s: float) -> None:
        if self._feed is not None and self.hw is None:
            self.fps, self.live = self._feed.fps, self._feed.endless
            self.hw = (shot.bgr.shape[0], shot.bgr.shape[1])
        if self._lost is not None:
            self.outages_s = (*self.outages_s, now_s - self._heard_s)
            self._lost = None
            _log.warning("%s is back after %.1f s", self.name, self.outages_s[-1])
        if now_s - self._opened_s >= self._patience.longest_pause_s:  # it holds
            self._pause_s = self._patience.pause_s
        self._shot = shot
        self._sign_s = self._heard_s = now_s

    def _newest(self) -> Shot | None:
        """The shot that `poll` found, or a newer one that came since."""
        if self._feed is not None and self._shot is not None and self.live:
            return self._feed.take() or self._shot
        return self._shot

    def _limit_s(self) -> float:
        connecting = self._sign_s == self._opened_s
        return self._patience.first_s if connecting else self._patience.silent_s

    def _break_off(self, error: SourceError | None, reason: str) -> None:
        """The feed is of no use any more: open it again later, where that can help."""
        self._watch = self._new_watch()
        if self.hw is None:
            self._finish(
                error or SourceError(f"{self.name} ended before its first frame; check that it is sending pictures")
            )
        elif not self.live or self._patience.max_outage_s == 0:
            self._finish(error)
        else:
            self._lose(reason)

    def _in_short(self, error: SourceError | None) -> str:
        """What happened, without what to do."""
        return "it ended" if error is None else str(error).partition(";")[0].replace(self.name, "it")

    def _lose(self, reason: str) -> None:
        self._disconnect()
        if self._lost is None:
            _log.warning("%s: %s; opening it again", self.name, reason)
        self._lost = reason
        self._retry_s = max(self._clock() + self._patience.pause_s, self._opened_s + self._pause_s)
        self._pause_s = min(2 * self._pause_s, self._patience.longest_pause_s)

    def _give_up(self, now_s: float) -> None:
        self.outages_s = (*self.outages_s, now_s - self._heard_s)
        limit = f"{self._patience.max_outage_s:g} s"
        self._finish(
            SourceError(f"{self.name} gave no picture for {limit} ({self._lost}); check it, or allow a longer outage")
        )

    def _finish(self, error: SourceError | None) -> None:
        self._error = error
        self._finished = True
        self._disconnect()

    def _new_watch(self) -> PictureWatch | None:
        return None if self._patience.still_s is None else PictureWatch(self._patience.still_s)

    def _examine(self, ailment: str | None) -> None:
        """Open a camera anew, once, whose pictures show nothing; then leave it, for the scene may be like that."""
        self._ailment = ailment
        if ailment is None:
            self._excused = False
        elif not self._excused and self.live and self._patience.max_outage_s > 0:
            self._excused = True
            self._lose(ailment)

"""A live source over feeds that fail as told, on a clock that only moves when it waits."""

from collections.abc import Callable

import numpy as np
import pytest

from unetkit.errors import SourceError, UsageError
from unetkit.runtime.sources.feed import Feed, Shot
from unetkit.runtime.sources.live import LiveSource, Patience

PATIENCE = Patience(
    first_s=10,
    silent_s=3,
    still_s=None,
    max_outage_s=60,
    pause_s=0.25,
    longest_pause_s=2,
)


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


class ScriptedFeed:
    """Shots at the given times after its opening, then silence, an end or an error."""

    def __init__(
        self, clock: Clock, at_s: list[float], *, ends: bool = False, error: str | None = None, grey: int | None = None
    ) -> None:
        self.fps: float | None = 30.0
        self.endless = True
        self.error: SourceError | None = None
        self.closed = False
        self.opened_s = clock.now_s
        self._clock, self._at_s, self._ends, self._failure, self._grey = clock, at_s, ends, error, grey
        self._taken = 0

    def wait(self, wait_s: float) -> bool:
        self._clock.now_s += wait_s
        return True

    def take(self) -> Shot | None:
        due = sum(self.opened_s + at_s <= self._clock.now_s for at_s in self._at_s)
        if due == self._taken:
            return None
        self._taken = due
        grey = due if self._grey is None else self._grey
        return Shot(bgr=np.full((4, 6, 3), 50 + grey, np.uint8), number=due - 1, captured_ns=due)

    @property
    def over(self) -> bool:
        if self._taken < len(self._at_s) or not (self._ends or self._failure):
            return False
        self.error = SourceError(self._failure) if self._failure else None
        return True

    def close(self) -> None:
        self.closed = True


class Feeds:
    """Opens one scripted feed after the other; the last one again and again."""

    def __init__(self, clock: Clock, *scripts: Callable[[Clock], ScriptedFeed]) -> None:
        self.clock, self.scripts, self.opened = clock, scripts, list[ScriptedFeed]()

    def __call__(self) -> Feed:
        script = self.scripts[min(len(self.opened), len(self.scripts) - 1)]
        self.opened.append(script(self.clock))
        return self.opened[-1]

    def source(self, patience: Patience = PATIENCE) -> LiveSource:
        return LiveSource("camera 0", self, patience=patience, clock=self.clock, sleep=self.clock.sleep)


def steady(clock: Clock) -> ScriptedFeed:
    return ScriptedFeed(clock, [index / 4 for index in range(1000)])


def silent_after(frames: int) -> Callable[[Clock], ScriptedFeed]:
    return lambda clock: ScriptedFeed(clock, [index / 4 for index in range(frames)])


def mute(clock: Clock) -> ScriptedFeed:
    return ScriptedFeed(clock, [])


def refused(clock: Clock) -> ScriptedFeed:
    return ScriptedFeed(clock, [], error="cannot open camera 0: nobody answers; check the address")


def ended(clock: Clock) -> ScriptedFeed:
    return ScriptedFeed(clock, [0.0], ends=True)


def read_all(source: LiveSource, frames: int) -> list[int]:
    indices = []
    for _ in range(frames):
        frame = source.read()
        assert frame is not None
        indices.append(frame.index)
    return indices


def test_a_feed_that_falls_silent_is_closed_and_opened_again_and_its_frames_go_on_counting() -> None:
    feeds = Feeds(Clock(), silent_after(3), steady)
    source = feeds.source()
    assert read_all(source, 4) == [0, 1, 2, 3]
    assert [feed.closed for feed in feeds.opened] == [True, False]
    # Silent from .5 s on for more than 3 s, looked at every .1 s; then a pause of .25 s.
    assert list(source.outages_s) == pytest.approx([3.4], abs=0.21)
    assert source.dropped == 0


def test_the_notice_tells_how_long_and_why_and_goes_away() -> None:
    feeds = Feeds(Clock(), silent_after(1), steady)
    source = feeds.source()
    source.read()
    assert source.notice is None
    assert not source.poll(0.5)
    assert source.notice is None
    assert not source.poll(1.6)
    assert source.notice == "no picture for 2 s"
    assert not source.poll(1.1)
    assert source.notice == "no picture for 3 s: it is silent"
    source.read()
    assert source.notice is None


def test_the_pause_before_opening_again_doubles_up_to_its_longest() -> None:
    clock = Clock()
    feeds = Feeds(clock, silent_after(1), refused)
    source = feeds.source()
    source.read()
    assert not source.poll(20)
    openings_s = [feed.opened_s for feed in feeds.opened[1:]]
    pauses_s = np.diff(openings_s)
    # A refusal is seen at the next look, .1 s later, and the pause ends at a look as well.
    assert pauses_s[:2] == pytest.approx([0.5, 1.0], abs=0.21)
    assert pauses_s[2:] == pytest.approx(2.0, abs=0.21)
    assert source.notice == "no picture for 20 s: cannot open it: nobody answers"


def test_the_pause_is_short_again_after_a_feed_that_held() -> None:
    clock = Clock()
    feeds = Feeds(clock, silent_after(1), refused, refused, refused, silent_after(50), refused)
    source = feeds.source()
    read_all(source, 51)
    lost_s = clock.now_s
    assert not source.poll(3.7)
    assert feeds.opened[-1].opened_s - lost_s == pytest.approx(3.0 + 0.25, abs=0.31)


def test_a_feed_that_was_opened_longer_ago_than_the_pause_is_opened_again_at_once() -> None:
    clock = Clock()
    feeds = Feeds(clock, silent_after(1), refused, refused, refused, silent_after(5), steady)
    source = feeds.source()
    read_all(source, 6)
    lost_s = clock.now_s
    assert not source.poll(3.2)
    source.read()
    # The pause had grown to 2 s; after five frames and 3 s of silence the last opening is longer ago than that.
    assert feeds.opened[-1].opened_s - lost_s == pytest.approx(3.0 + 0.25, abs=0.31)


def test_a_feed_that_ends_again_and_again_is_opened_less_and_less_often() -> None:
    clock = Clock()
    feeds = Feeds(clock, ended)
    source = feeds.source()
    start_s = clock.now_s
    while clock.now_s < start_s + 60:
        assert source.read() is not None
    assert len(feeds.opened) < 40  # at .25 s each it would be some 170


def test_an_outage_longer_than_allowed_is_an_error_that_says_why() -> None:
    clock = Clock()
    feeds = Feeds(clock, silent_after(1), mute)
    source = feeds.source()
    source.read()
    before_s = clock.now_s
    with pytest.raises(SourceError, match=r"camera 0 gave no picture for 60 s \(it is silent\)"):
        source.read()
    assert clock.now_s - before_s == pytest.approx(60, abs=0.3)
    assert all(feed.closed for feed in feeds.opened)
    assert list(source.outages_s) == pytest.approx([60], abs=0.3)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (mute, "camera 0 did not deliver a frame for 10 s"),
        (refused, "cannot open camera 0: nobody answers"),
        (lambda clock: ScriptedFeed(clock, [], ends=True), "ended before its first frame"),
    ],
)
def test_a_source_that_never_had_a_frame_is_an_error_and_not_opened_again(
    script: Callable[[Clock], ScriptedFeed], words: str
) -> None:
    feeds = Feeds(Clock(), script)
    with pytest.raises(SourceError, match=words):
        feeds.source()
    assert [feed.closed for feed in feeds.opened] == [True]


def test_without_an_outage_allowed_an_end_is_the_end_and_silence_an_error() -> None:
    never_again = Patience(max_outage_s=0)
    source = Feeds(Clock(), ended).source(never_again)
    assert source.read() is not None
    assert source.read() is None
    source = Feeds(Clock(), silent_after(1)).source(never_again)
    source.read()
    with pytest.raises(SourceError, match="did not deliver a frame for 3 s"):
        source.read()


def test_a_picture_that_stands_still_is_opened_anew_once_and_then_shown_with_a_notice() -> None:
    clock = Clock()

    def still(clock: Clock) -> ScriptedFeed:
        return ScriptedFeed(clock, [index / 4 for index in range(1000)], grey=7)

    feeds = Feeds(clock, still)
    source = feeds.source(Patience(still_s=5))
    read_all(source, 19)
    assert (len(feeds.opened), source.notice) == (1, None)
    read_all(source, 9)
    assert (len(feeds.opened), source.notice) == (2, "the picture stands still")
    read_all(source, 200)
    assert (len(feeds.opened), source.notice) == (2, "the picture stands still")


def test_reading_while_away_shows_the_newest_frame_and_counts_the_others() -> None:
    clock = Clock()
    source = Feeds(clock, steady).source()
    clock.sleep(1.1)
    frame = source.read()
    assert frame is not None
    assert (frame.index, source.dropped) == (4, 4)


def test_a_closed_source_has_ended() -> None:
    feeds = Feeds(Clock(), steady)
    source = feeds.source()
    source.close()
    source.close()
    assert source.read() is None
    assert feeds.opened[0].closed


@pytest.mark.parametrize("outage_s", [-1.0, float("nan")])
def test_an_outage_below_nothing_is_refused(outage_s: float) -> None:
    with pytest.raises(UsageError, match="expected 0 or more"):
        Patience(max_outage_s=outage_s)

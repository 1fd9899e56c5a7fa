"""What a user can change while it runs: by the window's keys, by the browser page, by a program."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from unetkit.contract.spec import ModelSpec
from unetkit.runtime.views.look import AS_IT_COMES, Look
from unetkit.runtime.views.registry import VIEWS, require_view
from unetkit.runtime.views.shown import shown_labels

_SAID_S = 3.0


@dataclass(frozen=True, kw_only=True)
class ControlState:
    """How the controls stand.

    Attributes:
        look: the view and how it is to look.
        heads_up: whether the line of figures is on the picture.
        help_shown: whether the list of keys is on the picture.
        paused: whether the picture stands still.
        recording: whether what is shown is recorded.
        steps: how often one frame more was asked for.
        snapshots: how often a picture file was asked for.
    """

    look: Look = AS_IT_COMES
    heads_up: bool = True
    help_shown: bool = False
    paused: bool = False
    recording: bool = False
    steps: int = 0
    snapshots: int = 0

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


class Controls:
    """Any thread may change them; who runs the frames reads `state` once a frame, which costs one look at a name.

    Several streams may share them: what is asked for once (a step, a snapshot) is counted, and each compares the
    count with the one that it has seen.

    Args:
        spec: the model's, for its classes.
        state: how they stand to begin with.
        clock: seconds of a clock that never goes backwards.

    Attributes:
        state: how they stand; never changed, but replaced.

    Raises:
        UsageError: there is no such view or class.
    """

    def __init__(
        self, spec: ModelSpec, state: ControlState | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._spec, self._clock = spec, clock
        self._lock = threading.Lock()
        self._said: tuple[str, float] | None = None
        self.state = state or ControlState()
        self._require(self.state.look)

    @property
    def view_names(self) -> tuple[str, ...]:
        return tuple(VIEWS)

    @property
    def class_names(self) -> tuple[str, ...]:
        """All of the model's."""
        return tuple(item.name for item in self._spec.classes)

    @property
    def said(self) -> str | None:
        """What was said in the last seconds."""
        said = self._said
        return said[0] if said is not None and self._clock() - said[1] < _SAID_S else None

    def say(self, text: str) -> None:
        """Tell the user something, for a moment: where a picture was written to."""
        self._said = text, self._clock()

    def change(
        self,
        *,
        view: str | None = None,
        classes: Sequence[str] | None = None,
        opacity: float | None = None,
        outline_px: int | None = None,
        legend: bool | None = None,
        heads_up: bool | None = None,
        help_shown: bool | None = None,
        paused: bool | None = None,
        recording: bool | None = None,
    ) -> ControlState:
        """Change what is given, or nothing when any of it makes no sense; see `Look` and `ControlState`.

        Returns:
            How they stand now.

        Raises:
            UsageError: no such view or class, or a number out of range.
        """
        chosen = None if classes is None else tuple(classes)
        looks = _given(view=view, classes=chosen, opacity=opacity, outline_px=outline_px, legend=legend)
        others = _given(heads_up=heads_up, help_shown=help_shown, paused=paused, recording=recording)
        with self._lock:
            look = replace(self.state.look, **looks)
            self._require(look)
            self.state = replace(self.state, look=look, **others)
            return self.state

    def next_view(self) -> str:
        """Go on to the next view, round and round; its name."""
        with self._lock:
            names = self.view_names
            name = names[(names.index(self.state.look.view) + 1) % len(names)]
            self.state = replace(self.state, look=replace(self.state.look, view=name))
            return name

    def next_class(self) -> tuple[str, ...]:
        """Go on from all classes to the first that is no background, to the next one, and to all again."""
        with self._lock:
            rounds = ((), *((self.class_names[label],) for label in shown_labels(self._spec, ())))
            now = self.state.look.classes
            classes = rounds[(rounds.index(now) + 1) % len(rounds)] if now in rounds else ()
            self.state = replace(self.state, look=replace(self.state.look, classes=classes))
            return classes

    def step(self) -> None:
        """Stand still after one frame more."""
        with self._lock:
            self.state = replace(self.state, paused=True, steps=self.state.steps + 1)

    def snapshot(self) -> None:
        """Write the picture as it is now to a file."""
        with self._lock:
            self.state = replace(self.state, snapshots=self.state.snapshots + 1)

    def _require(self, look: Look) -> None:
        require_view(look.view)
        shown_labels(self._spec, look.classes)


def _given(**values: object) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}

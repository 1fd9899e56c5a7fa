"""The window's keys, and what each does to the controls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from unetkit.runtime.running.controls import Controls

QUIT_KEYS = frozenset({ord("q"), ord("Q"), 27})  # 27 is Esc
NO_KEY = 255  # what OpenCV's -1 is in a byte
_OPACITY_STEP = 0.1
_OUTLINE_PX = 3


@dataclass(frozen=True, kw_only=True)
class Key:
    """One line of the help.

    Attributes:
        codes: characters that do it.
        name: how the help calls them.
        text: what they do.
        act: doing it.
    """

    codes: str
    name: str
    text: str
    act: Callable[[Controls], object]


def _brighten(step: float) -> Callable[[Controls], object]:
    def act(controls: Controls) -> None:
        opacity = round(controls.state.look.opacity + step, 2)
        controls.change(opacity=min(1.0, max(0.0, opacity)))

    return act


def _toggle_outline(controls: Controls) -> None:
    controls.change(outline_px=0 if controls.state.look.outline_px else _OUTLINE_PX)


def _next_class(controls: Controls) -> None:
    controls.say(f"class: {', '.join(controls.next_class()) or 'all'}")


KEYS = (
    Key(codes="hH?", name="h", text="this help", act=lambda c: c.change(help_shown=not c.state.help_shown)),
    Key(codes="v", name="v", text="next view", act=lambda c: c.say(f"view: {c.next_view()}")),
    Key(codes="c", name="c", text="next class", act=_next_class),
    Key(codes="+=", name="+", text="more colour", act=_brighten(_OPACITY_STEP)),
    Key(codes="-", name="-", text="less colour", act=_brighten(-_OPACITY_STEP)),
    Key(codes="o", name="o", text="outline", act=_toggle_outline),
    Key(codes="l", name="l", text="legend", act=lambda c: c.change(legend=not c.state.look.legend)),
    Key(codes="f", name="f", text="figures", act=lambda c: c.change(heads_up=not c.state.heads_up)),
    Key(codes=" p", name="space", text="pause, go on", act=lambda c: c.change(paused=not c.state.paused)),
    Key(codes="n.", name="n", text="one frame more", act=Controls.step),
    Key(codes="s", name="s", text="picture to a PNG file", act=Controls.snapshot),
    Key(codes="r", name="r", text="recording on, off", act=lambda c: c.change(recording=not c.state.recording)),
)
HELP = (*(f"{key.name}: {key.text}" for key in KEYS), "q, Esc: end")
_BY_CODE: Mapping[int, Key] = MappingProxyType({ord(code): key for key in KEYS for code in key.codes})


def press(code: int, controls: Controls) -> bool:
    """Do what a key does, of a character's code; one that means nothing does nothing.

    Returns:
        False for a key that ends the run.
    """
    if code in QUIT_KEYS:
        return False
    if code in _BY_CODE:
        _BY_CODE[code].act(controls)
    return True

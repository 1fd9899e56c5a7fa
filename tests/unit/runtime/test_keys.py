import pytest

from tests.unit.runtime.fakes import SPEC
from unetkit.runtime.running.controls import Controls
from unetkit.runtime.running.keys import HELP, KEYS, press


@pytest.mark.parametrize("key", ["q", "Q", "\x1b"])
def test_keys_that_end_the_run(key: str) -> None:
    controls = Controls(SPEC)
    assert not press(ord(key), controls)


@pytest.mark.parametrize(
    ("keys", "change"),
    [
        ("h", "help_shown True"),
        ("hh", "help_shown False"),
        ("f", "heads_up False"),
        (" ", "paused True"),
        ("  ", "paused False"),
        ("n", "paused True, steps 1"),
        ("s", "snapshots 1"),
        ("r", "recording True"),
        ("v", "view cutout"),
        ("c", "classes ('cat',)"),
        ("++", "opacity 0.7"),
        ("-----" * 2, "opacity 0.0"),
        ("+" * 9, "opacity 1.0"),
        ("o", "outline_px 3"),
        ("oo", "outline_px 0"),
        ("l", "legend False"),
    ],
)
def test_each_key_changes_what_the_help_says(keys: str, change: str) -> None:
    controls = Controls(SPEC)
    assert all(press(ord(key), controls) for key in keys)
    state = controls.state.to_dict()
    table = {**state, **state["look"]}
    for name, expected in (part.split(" ", 1) for part in change.split(", ")):
        assert str(table[name]) == expected


@pytest.mark.parametrize("code", [255, ord("x"), 0, 13])
def test_other_keys_do_nothing(code: int) -> None:
    controls = Controls(SPEC)
    before = controls.state
    assert press(code, controls)
    assert controls.state is before


def test_no_key_does_two_things_and_all_are_in_the_help() -> None:
    codes = "".join(key.codes for key in KEYS) + "qQ"
    assert len(set(codes)) == len(codes)
    assert len(HELP) == len(KEYS) + 1

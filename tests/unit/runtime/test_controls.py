import threading

import pytest

from tests.unit.runtime.fakes import SPEC
from unetkit.errors import UsageError
from unetkit.runtime.running.controls import Controls, ControlState
from unetkit.runtime.views.look import Look


def test_what_is_given_changes_and_the_rest_stays() -> None:
    controls = Controls(SPEC, ControlState(look=Look(opacity=0.2), heads_up=False))
    state = controls.change(classes=["cat"], outline_px=3, legend=False, paused=True)
    assert state is controls.state
    assert state.look == Look(opacity=0.2, classes=("cat",), outline_px=3, legend=False)
    assert (state.paused, state.heads_up, state.recording) == (True, False, False)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"view": "cinema"}, "no view 'cinema'"),
        ({"classes": ["horse"]}, "no class 'horse'"),
        ({"opacity": 1.5}, "opacity is 1.5"),
        ({"outline_px": -1}, "outline"),
    ],
)
def test_a_change_that_makes_no_sense_changes_nothing(change: dict[str, object], words: str) -> None:
    controls = Controls(SPEC)
    before = controls.state
    with pytest.raises(UsageError, match=words):
        controls.change(paused=True, **change)  # type: ignore[arg-type]
    assert controls.state is before


@pytest.mark.parametrize("look", [Look(view="cinema"), Look(classes=("horse",))])
def test_controls_do_not_begin_with_what_is_not_there(look: Look) -> None:
    with pytest.raises(UsageError, match=r"there is no view|has no class"):
        Controls(SPEC, ControlState(look=look))


def test_classes_go_round_from_all_through_each_but_the_background() -> None:
    controls = Controls(SPEC)
    assert [controls.next_class() for _ in range(4)] == [("cat",), ("dog",), (), ("cat",)]
    controls.change(classes=["cat", "dog"])
    assert controls.next_class() == ()


def test_views_go_round() -> None:
    controls = Controls(SPEC)
    names = [controls.state.look.view, *(controls.next_view() for _ in controls.view_names)]
    assert names == [*controls.view_names, controls.view_names[0]]


def test_a_step_pauses_and_is_counted() -> None:
    controls = Controls(SPEC)
    controls.step()
    controls.step()
    controls.snapshot()
    assert (controls.state.paused, controls.state.steps, controls.state.snapshots) == (True, 2, 1)


def test_no_change_of_several_threads_is_lost() -> None:
    controls = Controls(SPEC)

    def work() -> None:
        for _ in range(2000):
            controls.step()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert controls.state.steps == 8000


def test_what_is_said_is_said_for_three_seconds() -> None:
    now = [0.0]
    controls = Controls(SPEC, clock=lambda: now[0])
    assert controls.said is None
    controls.say("picture in a.png")
    now[0] = 2.9
    assert controls.said == "picture in a.png"
    now[0] = 3.0
    assert controls.said is None


def test_the_state_is_ready_for_json() -> None:
    table = Controls(SPEC).change(classes=["cat"]).to_dict()
    assert table["look"]["classes"] == ("cat",)
    assert table["paused"] is False

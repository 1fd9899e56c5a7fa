from pathlib import Path

import pytest

from tests.unit.cli.conftest import Unetkit
from unetkit.commands.viewoptions import ViewName, chosen_look
from unetkit.runtime.views.look import Look


def test_without_an_option_nothing_is_chosen() -> None:
    assert chosen_look(None, None, None, None, None, None) is None
    assert chosen_look(None, [], None, None, None, None) is None


@pytest.mark.parametrize(
    ("view", "classes", "opacity", "outline_px", "legend", "background", "expected"),
    [
        (ViewName.BLUR, None, None, None, None, None, Look(view="blur")),
        (None, ["cat", "dog"], None, None, None, None, Look(classes=("cat", "dog"))),
        (None, None, 0.0, 0, False, None, Look(opacity=0.0, outline_px=0, legend=False)),
        (None, None, None, None, None, "green", Look(view="replace")),
        (ViewName.SIDE_BY_SIDE, None, None, 2, None, "green", Look(view="side-by-side", outline_px=2)),
    ],
)
def test_options_become_a_look(
    view: ViewName | None,
    classes: list[str] | None,
    opacity: float | None,
    outline_px: int | None,
    legend: bool | None,
    background: str | None,
    expected: Look,
) -> None:
    assert chosen_look(view, classes, opacity, outline_px, legend, background) == expected


WEBCAM = ("webcam", "{model}", "--camera", "synthetic", "--headless", "--max-frames", "5")
VIDEO = ("video", "{model}", "synthetic:2")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*WEBCAM, "--view-class", "horse"), "the model has no class 'horse'; it has ground, cat, dog"),
        ((*VIDEO, "--view-class", "horse"), "the model has no class 'horse'; it has ground, cat, dog"),
        ((*WEBCAM, "--background", "beach.jpg"), "no background 'beach.jpg'; give a colour"),
        ((*VIDEO, "--background", "beach.jpg"), "no background 'beach.jpg'; give a colour"),
        ((*WEBCAM, "--smaller", "person"), "--smaller is what may be used to keep a rate; give the rate with"),
        ((*WEBCAM, "--target-fps", "0"), "the target is 0 frames a second, expected more than 0"),
        ((*WEBCAM, "--target-fps", "30", "--smaller", "person"), "person/model.int8"),
    ],
)
def test_what_cannot_be_shown_or_kept_is_one_line(
    arguments: tuple[str, ...], words: str, unetkit: Unetkit, model: Path
) -> None:
    outcome = unetkit(*(item.format(model=model) for item in arguments))
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.lines[-1].startswith("unetkit: ")
    assert words in outcome.lines[-1]


def test_what_a_target_cost_stands_at_the_end(unetkit: Unetkit, model: Path) -> None:
    outcome = unetkit(*(item.format(model=model) for item in WEBCAM), "--target-fps", "5")
    assert outcome.code == 0, outcome.err
    assert outcome.out.rstrip().endswith("target 5 fps: nothing was given up")
    assert "nothing was given up" not in unetkit(*(item.format(model=model) for item in WEBCAM)).out

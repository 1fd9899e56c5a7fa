import pytest

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

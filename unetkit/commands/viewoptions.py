"""Options for what is shown, of `webcam` and `video`."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from unetkit.runtime.views.look import Look


class ViewName(StrEnum):
    """What becomes of a frame and its mask."""

    OVERLAY = "overlay"
    CUTOUT = "cutout"
    BLUR = "blur"
    REPLACE = "replace"
    SIDE_BY_SIDE = "side-by-side"
    MASK = "mask"
    FRAME = "frame"


View = Annotated[ViewName | None, typer.Option("--view", help="What is shown; overlay, or replace with a background.")]
ViewClass = Annotated[
    list[str] | None,
    typer.Option("--view-class", metavar="NAME", help="Class shown or in front; all but background. Repeatable."),
]
Opacity = Annotated[float | None, typer.Option(min=0, max=1, help="Of the classes' colours; 0.5 by default.")]
OutlinePx = Annotated[
    int | None, typer.Option("--outline", min=0, max=32, metavar="PIXELS", help="A line round each class, so wide.")
]
Legend = Annotated[bool | None, typer.Option("--legend/--no-legend", help="Names of the classes on the picture.")]
Background = Annotated[
    str | None,
    typer.Option(metavar="COLOUR|FILE", help="In place of the background: #rrggbb, green, a picture, a video."),
]


def chosen_look(
    view: ViewName | None,
    classes: Sequence[str] | None,
    opacity: float | None,
    outline_px: int | None,
    legend: bool | None,
    background: str | None,
) -> "Look | None":
    """What was chosen, the rest by default; None where nothing was.

    Raises:
        UsageError: a number out of range.
    """
    from dataclasses import replace

    from unetkit.runtime.views.look import AS_IT_COMES

    if view is None and background is not None:
        view = ViewName.REPLACE
    given = {
        "view": None if view is None else view.value,
        "classes": tuple(classes) if classes else None,
        "opacity": opacity,
        "outline_px": outline_px,
        "legend": legend,
    }
    given = {name: value for name, value in given.items() if value is not None}
    return replace(AS_IT_COMES, **given) if given else None  # type: ignore[arg-type]

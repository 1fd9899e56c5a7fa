"""Options for how masks are made and where they go, of `webcam`, `video` and `evaluate`."""

from enum import StrEnum
from typing import Annotated

import typer


class EdgesName(StrEnum):
    """What a mask's outline follows."""

    AUTO = "auto"
    PLAIN = "plain"
    GUIDED = "guided"


Edges = Annotated[
    EdgesName,
    typer.Option(help="guided: outlines follow the picture's edges; plain: the scores alone; auto: by the model."),
]
Steady = Annotated[
    float, typer.Option(min=0, max=1, help="How much masks are smoothed over time where nothing moves; 0: not.")
]

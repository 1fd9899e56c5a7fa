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

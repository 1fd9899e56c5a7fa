"""Options for how masks are made and where they go, of `webcam`, `video` and `evaluate`."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from unetkit.contract.spec import ModelSpec
    from unetkit.runtime.running.jsonlines import JsonLines


class EdgesName(StrEnum):
    """What a mask's outline follows."""

    AUTO = "auto"
    PLAIN = "plain"
    GUIDED = "guided"


class ShapesName(StrEnum):
    """What a line of JSON holds of a class beside its share and box."""

    NONE = "none"
    RLE = "rle"
    POLYGONS = "polygons"


Edges = Annotated[
    EdgesName,
    typer.Option(help="guided: outlines follow the picture's edges; plain: the scores alone; auto: by the model."),
]
Steady = Annotated[
    float, typer.Option(min=0, max=1, help="How much masks are smoothed over time where nothing moves; 0: not.")
]
Lines = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE|-", help="A line of JSON a frame: classes, shares, boxes, times; - prints."),
]
JsonShapes = Annotated[ShapesName, typer.Option("--json-shapes", help="Also each class's shape: COCO RLE, or rings.")]


@contextmanager
def opened_lines(path: Path | None, spec: "ModelSpec", shapes: ShapesName) -> "Iterator[JsonLines | None]":
    """The lines that were asked for; None where none were.

    Raises:
        OutputError: they cannot be written there.
    """
    from unetkit.runtime.running.jsonlines import JsonLines

    if path is None:
        yield None
        return
    with closing(JsonLines(path, spec, shapes.value)) as lines:
        yield lines


def is_standard_output(path: Path | None) -> bool:
    """Whether nothing else may be printed there."""
    return path == Path("-")

"""A mask in words for other programs: how much of each class there is, where, and in which shape."""

from typing import Any, Literal, get_args

import cv2
import numpy as np

from unetkit.contract.arrays import AnyArray, Labels
from unetkit.contract.spec import ModelSpec
from unetkit.data.runlength import RunLengths
from unetkit.errors import UsageError

Shapes = Literal["none", "rle", "polygons"]
_TOLERANCE_PX = 1.0  # of an outline: half of what a mask's own edge is sure to


def describe_mask(
    labels: Labels, spec: ModelSpec, shapes: Shapes = "none", *, tolerance_px: float = _TOLERANCE_PX
) -> list[dict[str, Any]]:
    """JSON-ready, an entry a class of the model, in the order of their labels.

    - `label`, `name`: of the class.
    - `share`: of the picture's pixels, 0..1.
    - `box`: `[x, y, width, height]` around all of its pixels; None where it has none.
    - `rle`: with shapes "rle", COCO's `{"size": [height, width], "counts": text}`.
    - `polygons`: with shapes "polygons", rings `[x, y, x, y, ...]` in pixels from the upper left corner of the picture,
      even-odd: a ring within another is a hole.

    Args:
        labels: uint8 (H, W).
        spec: the model's.
        shapes: what else to give.
        tolerance_px: how far a ring may be from the outline of the pixels; 0: nowhere, it goes around every pixel.

    Raises:
        UsageError: unknown shapes.
    """
    require_shapes(shapes)
    counts = np.bincount(labels.reshape(-1), minlength=len(spec.classes))
    entries: list[dict[str, Any]] = []
    for label, item in enumerate(spec.classes):
        inside = labels == label
        box = list(map(int, cv2.boundingRect(inside.view(np.uint8)))) if counts[label] else None
        entry = {"label": label, "name": item.name, "share": float(counts[label]) / labels.size, "box": box}
        if shapes == "rle":
            runs = RunLengths.covering(inside)
            entry["rle"] = {"size": list(runs.hw), "counts": runs.compressed()}
        elif shapes == "polygons":
            entry["polygons"] = [] if box is None else _rings(inside, box, tolerance_px)
        entries.append(entry)
    return entries


def require_shapes(shapes: str) -> None:
    """Raises UsageError where there are no such shapes."""
    if shapes not in get_args(Shapes):
        raise UsageError(f"unknown shapes {shapes!r}; choose one of {', '.join(get_args(Shapes))}")


def _rings(inside: AnyArray, box: list[int], tolerance_px: float) -> list[list[float]]:
    """Outlines of bool (H, W), holes included; all of it lies in the box.

    OpenCV draws outlines through the centres of the outer pixels, which takes half a pixel off all around. In a picture
    twice as large they lie a quarter of a pixel from the true edge: on the right side of every centre.
    """
    left, top, width, height = box
    cut = inside[top : top + height, left : left + width]
    doubled = cv2.resize(cut.view(np.uint8), None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    outlines, _ = cv2.findContours(doubled, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    rings = []
    for outline in outlines:
        kept = cv2.approxPolyDP(outline, 2 * tolerance_px, closed=True) if tolerance_px else outline
        if len(kept) > 2:
            rings.append((kept.reshape(-1, 2) / 2 + (left + 0.25, top + 0.25)).reshape(-1).tolist())
    return rings

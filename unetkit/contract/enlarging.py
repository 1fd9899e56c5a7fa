"""Scores at the model's size -> labels at the frame's, working only where that is still open.

An enlarged score is a weighted mean of the four pixels around it. Where these four agree on the class, their means do,
too, so the model's own pixels decide; all else lies in the rectangle around those that have a neighbour of another
class. Only in it are scores enlarged.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from unetkit.contract.arrays import AnyArray, Labels, Scores
from unetkit.contract.buffers import Buffers

_NEIGHBOURS = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class _Span:
    """Rows or columns: from the first up to the last, of the model and, exactly the same, of the frame."""

    first: int
    last: int
    frame_first: int
    frame_last: int

    @property
    def model(self) -> slice:
        return slice(self.first, self.last)

    @property
    def frame(self) -> slice:
        return slice(self.frame_first, self.frame_last)


def labels_on_frame(scores: Scores, hw: tuple[int, int], threshold: float | None, buffers: Buffers) -> Labels:
    """Enlarge the scores bilinearly; the largest wins, ties going to the lower class, or the threshold is applied.

    Args:
        scores: float32 (h, w, C), or int16: half of the memory to go through.
        hw: of the frame.
        threshold: of a binary head, whose label is 1 above it, whole for int16; None: the largest wins.
        buffers: memory to work in; the labels lie in it, too.

    Returns:
        uint8 (H, W).
    """
    planes = scores.transpose(2, 0, 1)
    if not planes.flags.c_contiguous:
        planes = buffers.empty(planes.shape, scores.dtype)
        np.copyto(planes, scores.transpose(2, 0, 1))
    labels = buffers.empty(hw)
    small = labels if scores.shape[:2] == hw else buffers.empty(scores.shape[:2])
    _decide(planes, small, threshold, buffers, scores.shape[:2])
    if small is labels:
        return labels
    left, top, width, height = _unlike(small, buffers) if threshold is None else _around_both(small, buffers)
    rows, columns = _span(top, top + height, small.shape[0], hw[0]), _span(left, left + width, small.shape[1], hw[1])
    _settle(labels, small, rows, columns)
    if rows.first < rows.last:
        inside = planes[:, rows.model, columns.model]
        _decide(inside, labels[rows.frame, columns.frame], threshold, buffers, hw)
    return labels


def _decide(planes: AnyArray, labels: Labels, threshold: float | None, buffers: Buffers, hw: tuple[int, ...]) -> None:
    """Fill `labels`, which may be part of an array of size `hw`, from (C, h, w) planes of any size."""
    best = _enlarged(planes[0], buffers.plane(labels.shape, planes.dtype, of_hw=hw))
    if threshold is not None:
        np.greater(best, threshold, out=labels.view(np.bool_))
        return
    plane = buffers.plane(labels.shape, planes.dtype, of_hw=hw)
    np.greater(_enlarged(planes[1], plane), best, out=labels.view(np.bool_))
    wins = buffers.plane(labels.shape, np.uint8, of_hw=hw)
    for index in range(2, len(planes)):
        cv2.max(best, plane, dst=best)
        np.greater(_enlarged(planes[index], plane), best, out=wins.view(np.bool_))
        np.multiply(wins, np.uint8(index), out=wins)
        np.maximum(labels, wins, out=labels)  # a later class has the larger index


def _enlarged(plane: AnyArray, out: AnyArray) -> AnyArray:
    cv2.resize(plane, (out.shape[1], out.shape[0]), dst=out)
    return out


def _around_both(small: Labels, buffers: Buffers) -> Sequence[int]:
    """Left, top, width and height that hold all pixels with a neighbour of the other of two classes; all 0: none.

    Such a pixel is next to one of class 1, and next to one of class 0: it lies in what surrounds each of them.
    """
    first = buffers.empty(small.shape)
    np.equal(small, np.uint8(0), out=first.view(np.bool_))
    left, top, right, bottom = 0, 0, small.shape[1], small.shape[0]
    for plane in (small, first):
        x, y, width, height = cv2.boundingRect(plane)
        if not width:
            return 0, 0, 0, 0
        left, right = max(left, x - 1), min(right, x + width + 1)
        top, bottom = max(top, y - 1), min(bottom, y + height + 1)
    return left, top, right - left, bottom - top


def _unlike(small: Labels, buffers: Buffers) -> Sequence[int]:
    """Left, top, width and height around all pixels with a neighbour of another class; 0, 0, 0, 0 if there are none."""
    highest = cv2.dilate(small, _NEIGHBOURS, dst=buffers.empty(small.shape))
    lowest = cv2.erode(small, _NEIGHBOURS, dst=buffers.empty(small.shape))
    differing = cv2.compare(highest, lowest, cv2.CMP_NE, dst=buffers.empty(small.shape))
    return cv2.boundingRect(differing)


def _span(first: int, last: int, size: int, frame_size: int) -> _Span:
    """From the least up to the first and last that both grids share an edge at."""
    shared = math.gcd(size, frame_size)
    step, frame_step = size // shared, frame_size // shared
    begin, end = first // step, -(-last // step)
    return _Span(begin * step, end * step, begin * frame_step, end * frame_step)


def _settle(labels: Labels, small: Labels, rows: _Span, columns: _Span) -> None:
    """Fill what lies outside the open part: each side of it is of one class."""
    labels[: rows.frame_first] = small[0, 0]
    labels[rows.frame_last :] = small[-1, -1]
    labels[rows.frame, : columns.frame_first] = small[(rows.first + rows.last) // 2, 0]
    labels[rows.frame, columns.frame_last :] = small[(rows.first + rows.last) // 2, -1]

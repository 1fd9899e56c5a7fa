"""Class colours blended into a frame, a strip of rows at a time: what is worked on stays in the processor's cache."""

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.spec import ModelSpec
from unetkit.runtime.views.shown import ShownClasses

_STRIP_BYTES = 192 << 10  # of a picture; four of them are in use, and second-level caches begin at 512 KiB
_FEW = 4  # classes up to which painting each is faster than a palette, that OpenCV looks up pixel by pixel


class Tint:
    """`(1 - opacity) * frame + opacity * colour` where a pixel is of a shown class, the frame elsewhere.

    Only the columns of a strip that hold such pixels are worked on.

    Args:
        spec: the model's, for its classes.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self._shown = ShownClasses(spec)
        self._bgr = [item.bgr for item in spec.classes]
        self._palette = np.zeros((256, 1, 3), np.uint8)
        self._palette[: len(self._bgr), 0] = self._bgr
        self._flat_of: tuple[tuple[int, ...], int] = (), 0
        self._flat: list[BgrFrame] = []
        self._make_buffers(0)

    def draw(
        self, frame: BgrFrame, labels: Labels, drawn: BgrFrame, *, classes: tuple[str, ...], opacity: float
    ) -> None:
        """Blend.

        Args:
            frame: uint8 (H, W, 3).
            labels: uint8 (H, W).
            drawn: uint8 (H, W, 3), to be filled; not the frame itself.
            classes: names of those that are shown, see `ShownClasses`.
            opacity: 0..1.
        """
        height, width = labels.shape
        if width != self._keep.shape[1]:
            self._make_buffers(width)
        shown = self._shown.labels(classes)
        self._make_flat(shown, width)
        for top in range(0, height, len(self._keep)):
            rows = slice(top, min(top + len(self._keep), height))
            np.copyto(drawn[rows], frame[rows])
            keep = self._shown.marked(labels[rows], classes, self._keep[: rows.stop - top])
            left, first, across, down = cv2.boundingRect(keep)
            if not across:
                continue
            columns, rows = slice(left, left + across), slice(top + first, top + first + down)
            colors = self._colors_of(labels[rows, columns], shown)
            blended = self._blended[:down, :across]
            cv2.addWeighted(frame[rows, columns], 1 - opacity, colors, opacity, 0, blended)
            cv2.copyTo(blended, keep[first : first + down, columns], drawn[rows, columns])

    def _colors_of(self, labels: Labels, shown: tuple[int, ...]) -> BgrFrame:
        """The colour of each pixel; of one that is not shown any colour."""
        height, width = labels.shape
        colors = self._colors[:height, :width]
        if len(shown) > _FEW:
            cv2.applyColorMap(labels, self._palette, colors)
            return colors
        first, *others = [flat[:height, :width] for flat in self._flat]
        if not others:
            return first
        np.copyto(colors, first)
        is_it = self._is_it[:height, :width]
        for label, flat in zip(shown[1:], others, strict=True):
            np.equal(labels, np.uint8(label), out=is_it.view(np.bool_))
            cv2.copyTo(flat, is_it, colors)
        return colors

    def _make_flat(self, shown: tuple[int, ...], width: int) -> None:
        """A strip full of each colour."""
        if (shown, width) == self._flat_of:
            return
        few = shown if len(shown) <= _FEW else ()
        self._flat = [np.full((len(self._keep), width, 3), self._bgr[label], np.uint8) for label in few]
        self._flat_of = shown, width

    def _make_buffers(self, width: int) -> None:
        rows = max(1, _STRIP_BYTES // (3 * max(1, width)))
        self._keep, self._is_it = np.empty((rows, width), np.uint8), np.empty((rows, width), np.uint8)
        self._colors, self._blended = np.empty((rows, width, 3), np.uint8), np.empty((rows, width, 3), np.uint8)

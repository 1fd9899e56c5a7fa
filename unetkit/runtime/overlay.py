"""A mask drawn over its frame, with a legend and one line of figures."""

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.spec import ClassSpec, ModelSpec
from unetkit.errors import UsageError

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_WHITE = (255, 255, 255)
_NOTICE_BGR = (30, 30, 170)
_REFERENCE_HEIGHT = 1080  # at which the font has scale 1
_MIN_FONT_SCALE = 0.4


class Overlay:
    """Blends each class's colour into the frame: `(1 - opacity) * frame + opacity * colour`.

    The background is left as it is: the class named "background", and class 0 of a binary head. A model without one
    (every class is something) has all of its classes drawn.

    Args:
        spec: the model's spec, for its classes.
        opacity: 0 shows the frame alone, 1 the colours alone.
        legend: draw the names of the drawn classes into the lower left corner.

    Raises:
        UsageError: the opacity is outside 0..1.
    """

    def __init__(self, spec: ModelSpec, opacity: float = 0.5, legend: bool = True) -> None:
        if not 0 <= opacity <= 1:
            raise UsageError(f"opacity is {opacity}, expected 0..1")
        self._opacity = opacity
        self._background = background_labels(spec)
        self._legend_classes = tuple(
            item for label, item in enumerate(spec.classes) if legend and label not in self._background
        )
        self._palette = np.zeros((256, 1, 3), np.uint8)
        self._palette[: len(spec.classes), 0] = [item.bgr for item in spec.classes]
        self._make_buffers((0, 0))

    def draw(self, frame: BgrFrame, labels: Labels, line: str | None = None, notice: str | None = None) -> BgrFrame:
        """Draw labels over a frame.

        Args:
            frame: uint8 (H, W, 3) BGR; not written into.
            labels: uint8 (H, W).
            line: text for the upper left corner.
            notice: what is wrong with the source, for a banner across the middle.

        Returns:
            uint8 (H, W, 3) BGR, the overlay's own buffer: the next call writes into it.
        """
        if labels.shape != self._keep.shape:
            self._make_buffers((labels.shape[0], labels.shape[1]))
        cv2.applyColorMap(labels, self._palette, self._colors)
        cv2.addWeighted(frame, 1 - self._opacity, self._colors, self._opacity, 0, self._drawn)
        for label in self._background:
            cv2.inRange(labels, (label,), (label,), self._keep)
            cv2.copyTo(frame, self._keep, self._drawn)
        _paste(self._drawn, self._legend, top=self._drawn.shape[0] - self._legend.shape[0])
        if line:
            _paste(self._drawn, text_box(line, self._font_scale), top=0)
        return self._drawn if notice is None else self.with_notice(notice)

    def with_notice(self, notice: str) -> BgrFrame:
        """The picture that was drawn last, with a banner across its middle; a copy of it."""
        np.copyto(self._noticed, self._drawn)
        height, width = self._noticed.shape[:2]
        box = text_box(notice, self._font_scale, below_bgr=_NOTICE_BGR)
        ratio = min(1.0, width / box.shape[1], height / box.shape[0])  # all of the words, in a narrow picture too
        box_wh = max(1, int(box.shape[1] * ratio)), max(1, int(box.shape[0] * ratio))
        top, left = (height - box_wh[1]) // 2, (width - box_wh[0]) // 2
        banner = self._noticed[top : top + box_wh[1]]
        banner[...] = _NOTICE_BGR
        banner[:, left : left + box_wh[0]] = cv2.resize(box, box_wh, interpolation=cv2.INTER_AREA)
        return self._noticed

    def _make_buffers(self, hw: tuple[int, int]) -> None:
        self._keep = np.empty(hw, np.uint8)
        self._colors = np.empty((*hw, 3), np.uint8)
        self._drawn = np.empty((*hw, 3), np.uint8)
        self._noticed = np.empty((*hw, 3), np.uint8)
        self._font_scale = max(_MIN_FONT_SCALE, hw[0] / _REFERENCE_HEIGHT)
        self._legend = legend_box(self._legend_classes, self._font_scale)


def background_labels(spec: ModelSpec) -> tuple[int, ...]:
    """Labels of the classes that are nothing: named "background", and 0 of a binary head."""
    return tuple(
        label
        for label, item in enumerate(spec.classes)
        if item.name.casefold() == "background" or (spec.head == "sigmoid" and label == 0)
    )


def text_box(text: str, scale: float, below_bgr: tuple[int, int, int] = (0, 0, 0)) -> BgrFrame:
    """One line of white text on a colour, uint8 (h, w, 3)."""
    (width, height), below = cv2.getTextSize(text, _FONT, scale, 1)
    pad = max(2, height // 2)
    box = np.full((height + below + 2 * pad, width + 2 * pad, 3), below_bgr, np.uint8)
    cv2.putText(box, text, (pad, pad + height), _FONT, scale, _WHITE, 1, cv2.LINE_AA)
    return box


def legend_box(classes: tuple[ClassSpec, ...], scale: float) -> BgrFrame:
    """A swatch and a name for each class, one below the other, uint8 (h, w, 3); empty without classes."""
    rows = [text_box(item.name, scale) for item in classes]
    height, width = max((row.shape[0] for row in rows), default=0), max((row.shape[1] for row in rows), default=0)
    box = np.zeros((height * len(rows), height + width if rows else 0, 3), np.uint8)
    for index, (item, row) in enumerate(zip(classes, rows, strict=True)):
        top = index * height
        box[top : top + row.shape[0], height : height + row.shape[1]] = row
        edge = max(1, height // 6)
        cv2.rectangle(box, (edge, top + edge), (height - edge, top + height - edge), item.bgr, cv2.FILLED)
    return box


def _paste(picture: BgrFrame, box: BgrFrame, *, top: int) -> None:
    """Put a box at the left edge, as much of it as there is room for."""
    top = max(0, top)
    room = picture[top : top + box.shape[0], : box.shape[1]]
    room[...] = box[: room.shape[0], : room.shape[1]]

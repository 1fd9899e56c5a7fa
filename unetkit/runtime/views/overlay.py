"""The mask drawn over its frame, in the colours of its classes."""

import numpy as np

from unetkit.contract.arrays import AnyArray, BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.contract.spec import ModelSpec
from unetkit.runtime.views.look import AS_IT_COMES, Look
from unetkit.runtime.views.outline import Outline
from unetkit.runtime.views.shown import ShownClasses
from unetkit.runtime.views.text import font_scale, legend_box, paste
from unetkit.runtime.views.tint import Tint


class Overlay:
    """Blends the colour of each shown class into the frame: `(1 - opacity) * frame + opacity * colour`.

    All else is left as it is. Without chosen classes that is the background: the class named "background", and class 0
    of a binary head. A model without one (every class is something) has all of its classes drawn.

    Args:
        spec: the model's spec, for its classes.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self._classes = spec.classes
        self._shown = ShownClasses(spec)
        self._tint = Tint(spec)
        self._outline = Outline(spec)
        self._legend_of: tuple[tuple[int, ...], float] = (), 0.0
        self._legend: BgrFrame = legend_box((), 0.0)
        self._drawn: BgrFrame = np.empty((0, 0, 3), np.uint8)

    def draw(self, frame: BgrFrame, mask: Mask, look: Look = AS_IT_COMES) -> BgrFrame:
        """Draw a mask over its frame; see `View.draw`. The picture has the frame's size."""
        labels = mask.labels
        if frame.shape != self._drawn.shape:
            self._drawn = np.empty_like(frame)
        self._tint.draw(frame, labels, self._drawn, classes=look.classes, opacity=look.opacity)
        if look.outline_px:
            self._outline.draw(self._drawn, labels, look)
        if look.legend:
            self._draw_legend(self._shown.labels(look.classes))
        return self._drawn

    def still(self, frame: BgrFrame, mask: Mask, look: Look = AS_IT_COMES) -> AnyArray:
        return self.draw(frame, mask, look).copy()

    def _draw_legend(self, labels: tuple[int, ...]) -> None:
        wanted = labels, font_scale(self._drawn.shape[0])
        if wanted != self._legend_of:
            self._legend = legend_box([self._classes[label] for label in labels], wanted[1])
            self._legend_of = wanted
        paste(self._drawn, self._legend, top=self._drawn.shape[0] - self._legend.shape[0])

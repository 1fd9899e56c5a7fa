"""The picture that a user sees: the chosen view, with words on it."""

from collections.abc import Sequence

import numpy as np

from unetkit.contract.arrays import AnyArray, BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.contract.spec import ModelSpec
from unetkit.runtime.views.alpha import AlphaSource, ScoresAlpha
from unetkit.runtime.views.backdrop import Backdrop, open_backdrop
from unetkit.runtime.views.captions import Captions
from unetkit.runtime.views.look import AS_IT_COMES, Look
from unetkit.runtime.views.registry import VIEWS, Materials, require_view
from unetkit.runtime.views.view import View


class Painter:
    """Draws each frame with the view that is chosen at that moment; for one stream.

    Args:
        spec: the model's.
        backdrop: what a replaced background is replaced by; None: a studio's green. The painter closes it.
        alpha: where soft edges come from; None: the mask's scores.
    """

    def __init__(self, spec: ModelSpec, *, backdrop: Backdrop | None = None, alpha: AlphaSource | None = None) -> None:
        self._materials = Materials(
            spec=spec, alpha=alpha or ScoresAlpha(spec), backdrop=backdrop or open_backdrop("green")
        )
        self._views: dict[str, View] = {}
        self._captions = Captions()
        self._drawn: BgrFrame = np.empty((0, 0, 3), np.uint8)

    def draw(
        self,
        frame: BgrFrame,
        mask: Mask,
        look: Look = AS_IT_COMES,
        *,
        lines: Sequence[str] = (),
        panel: Sequence[str] = (),
        notice: str | None = None,
    ) -> BgrFrame:
        """Draw a frame.

        Args:
            frame: uint8 (H, W, 3) BGR; not written into.
            mask: the frame's.
            look: the view and how it is to look.
            lines: text for the upper left corner.
            panel: more text, in a box below them.
            notice: what is wrong with the source, for a banner across the middle.

        Returns:
            uint8 (h, w, 3) BGR, the painter's own buffer: the next call writes into it.

        Raises:
            UsageError: there is no such view.
        """
        self._drawn = self._view(look.view).draw(frame, mask, look)
        if lines or panel:
            self._captions.write(self._drawn, lines, panel)
        return self._drawn if notice is None else self.with_notice(notice)

    def with_notice(self, notice: str) -> BgrFrame:
        """The picture that was drawn last, with a banner across its middle; a copy of it."""
        return self._captions.with_notice(self._drawn, notice)

    def still(self, frame: BgrFrame, mask: Mask, look: Look = AS_IT_COMES) -> AnyArray:
        """The frame for a picture file, without words on it: uint8 (h, w, 3) BGR or (h, w, 4) with alpha, a copy."""
        return self._view(look.view).still(frame, mask, look)

    def close(self) -> None:
        """Let go of the backdrop; it may be called more than once."""
        self._materials.backdrop.close()

    def _view(self, name: str) -> View:
        if name not in self._views:
            self._views[name] = VIEWS[require_view(name)](self._materials)
        return self._views[name]

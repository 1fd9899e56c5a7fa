"""A picture panel: input, truth and prediction side by side, a row a sample."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.publish import publish_bytes
from unetkit.contract.spec import IGNORE_LABEL, ClassSpec

SAMPLES = 8
SIDE = 160
CAPTION = 24


def draw_panel(path: Path, samples: Sequence[tuple[BgrFrame, Labels, Labels]], classes: Sequence[ClassSpec]) -> None:
    """Write a panel as PNG."""
    _, encoded = cv2.imencode(".png", panel(samples, classes))
    publish_bytes(path, encoded.tobytes())


def panel(samples: Sequence[tuple[BgrFrame, Labels, Labels]], classes: Sequence[ClassSpec]) -> BgrFrame:
    """(input, truth, prediction) rows, class colours explained at the bottom, uint8 (H, W, 3) BGR."""
    palette = np.full((256, 3), 128, np.uint8)
    palette[: len(classes)] = [item.bgr for item in classes]
    palette[IGNORE_LABEL] = 255
    rows = [_caption(("input", "truth", "prediction"))]
    rows += [np.hstack([_tile(frame), _tile(palette[truth]), _tile(palette[found])]) for frame, truth, found in samples]
    rows += [_legend(item) for item in classes]
    return np.vstack(rows)


def _tile(image: BgrFrame) -> BgrFrame:
    return cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)  # type: ignore[return-value]


def _caption(words: Sequence[str], *, indent: int = 6) -> BgrFrame:
    strip = np.full((CAPTION, SIDE * 3, 3), 255, np.uint8)
    for column, word in enumerate(words):
        left = column * SIDE + indent
        cv2.putText(strip, word, (left, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    return strip


def _legend(item: ClassSpec) -> BgrFrame:
    strip = _caption((item.name,), indent=38)
    strip[5:-5, 6:30] = item.bgr
    return strip

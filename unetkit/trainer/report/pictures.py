"""A validation picture as four tiles: picture, truth, prediction, error map; inside the page as data URIs."""

import base64
from dataclasses import dataclass

import cv2
import numpy as np

from unetkit.contract.arrays import AnyArray, BgrFrame, Labels
from unetkit.contract.spec import IGNORE_LABEL, ModelSpec
from unetkit.runtime.views.shown import background_labels

MISSED, FALSE, CONFUSED = (72, 59, 229), (246, 130, 59), (36, 165, 245)  # BGR, also in style.css
_LARGEST_PX = 256
_JPEG_QUALITY = 85
_DIMMED = 0.45
_STRIPE_PX = 4


@dataclass(frozen=True, kw_only=True)
class PictureTiles:
    """A picture's name and mean IoU, and its tiles as data URIs."""

    name: str
    miou: float
    frame: str
    truth: str
    prediction: str
    errors: str


class TileMaker:
    """Makes tiles in the colours of a model's classes; ignored pixels are striped grey."""

    def __init__(self, spec: ModelSpec) -> None:
        self._palette = np.full((256, 3), 128, np.uint8)
        self._palette[: len(spec.classes)] = [item.bgr for item in spec.classes]
        self._is_background = np.isin(np.arange(256), background_labels(spec))

    def tiles(self, name: str, miou: float, frame: BgrFrame, truth: Labels, prediction: Labels) -> PictureTiles:
        """Of a frame, uint8 (H, W, 3), and two label maps, uint8 (H, W); sides above 256 pixels are shrunk."""
        return PictureTiles(
            name=name,
            miou=miou,
            frame=_jpeg(_shrunk(frame, cv2.INTER_AREA)),
            truth=_png(_shrunk(self._coloured(truth), cv2.INTER_NEAREST)),
            prediction=_png(_shrunk(self._coloured(prediction), cv2.INTER_NEAREST)),
            errors=_png(_shrunk(self.error_map(frame, truth, prediction), cv2.INTER_NEAREST)),
        )

    def error_map(self, frame: BgrFrame, truth: Labels, prediction: Labels) -> BgrFrame:
        """The frame in dark grey where the prediction is right or the truth unknown; elsewhere one of three colours.

        MISSED: background instead of something; FALSE: something instead of background; CONFUSED: one for the other.
        """
        grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        drawn: BgrFrame = cv2.merge([(grey * _DIMMED).astype(np.uint8)] * 3)  # type: ignore[assignment]
        wrong = (truth != prediction) & (truth != IGNORE_LABEL)
        nothing, answered_nothing = self._is_background[truth], self._is_background[prediction]
        drawn[wrong & answered_nothing] = MISSED
        drawn[wrong & nothing] = FALSE
        drawn[wrong & (nothing == answered_nothing)] = CONFUSED
        return drawn

    def _coloured(self, labels: Labels) -> BgrFrame:
        drawn: BgrFrame = self._palette[labels]
        rows, columns = np.ogrid[: labels.shape[0], : labels.shape[1]]
        stripes = (rows + columns) // _STRIPE_PX % 2
        ignored = labels == IGNORE_LABEL
        drawn[ignored] = (110 + 60 * stripes[ignored, np.newaxis]).astype(np.uint8)
        return drawn


def _shrunk(image: BgrFrame, interpolation: int) -> AnyArray:
    ratio = _LARGEST_PX / max(image.shape[:2])
    if ratio >= 1:
        return image
    size_wh = max(1, round(image.shape[1] * ratio)), max(1, round(image.shape[0] * ratio))
    return cv2.resize(image, size_wh, interpolation=interpolation)


def _jpeg(image: AnyArray) -> str:
    encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1]
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.tobytes()).decode()}"


def _png(image: AnyArray) -> str:
    encoded = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1]
    return f"data:image/png;base64,{base64.b64encode(encoded.tobytes()).decode()}"

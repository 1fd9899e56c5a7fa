"""The view of each frame as a PNG: of the cut-out with its alpha."""

from pathlib import Path

import cv2

from unetkit.contract.arrays import AnyArray, BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.contract.publish import publish_bytes
from unetkit.errors import OutputError
from unetkit.runtime.sources.frame import Frame
from unetkit.runtime.views.look import Look
from unetkit.runtime.views.painter import Painter

_LEVEL = 1  # several times faster than the default, and a few percent larger


class StillFolder:
    """Writes `<frame name>.png` for each frame.

    Args:
        folder: made where it is not there.
        painter: draws them; the caller closes it.
        look: the view.

    Raises:
        OutputError: the folder cannot be made.
    """

    wants_drawn = False

    def __init__(self, folder: Path, painter: Painter, look: Look) -> None:
        self._folder, self._painter, self._look = folder, painter, look
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot make folder {folder}: {error.strerror}; choose another place") from error

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:  # noqa: ARG002 (the protocol's arguments)
        picture = self._painter.still(frame.bgr, mask, self._look)
        publish_bytes(self._folder / f"{frame.name}.png", encoded_png(picture), durable=False)
        return True

    def idle(self, drawn: BgrFrame | None) -> bool:  # noqa: ARG002 (the protocol's argument)
        return True

    def close(self) -> None:
        return


def encoded_png(picture: AnyArray) -> bytes:
    """uint8 (H, W, 3) BGR, or (H, W, 4) BGR and alpha, as a PNG file."""
    _, data = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, _LEVEL])
    return data.tobytes()

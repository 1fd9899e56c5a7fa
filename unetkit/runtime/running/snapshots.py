"""Pictures written at the press of a key."""

from pathlib import Path

from unetkit.contract.arrays import AnyArray
from unetkit.contract.publish import publish_bytes
from unetkit.errors import OutputError
from unetkit.runtime.newfile import stamped
from unetkit.runtime.sinks.stills import encoded_png


class Snapshots:
    """PNG files named by the time, whole or not there.

    Args:
        folder: where they go.
    """

    def __init__(self, folder: Path = Path()) -> None:
        self._folder = folder

    def take(self, picture: AnyArray) -> str:
        """Write a picture, uint8 (H, W, 3) BGR or (H, W, 4) with alpha; returns what to tell the user."""
        path = stamped(".png", self._folder)
        try:
            publish_bytes(path, encoded_png(picture), durable=False)
        except OutputError as error:
            return str(error)
        return f"picture in {path}"

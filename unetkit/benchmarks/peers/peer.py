"""What a way from a frame to a mask must be able to do to be measured."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from unetkit.contract.arrays import BgrFrame, Labels


class Peer(Protocol):
    """An opened model with its own pre- and postprocessing, written as its makers or their tutorials show it."""

    def prepare(self, frame: BgrFrame) -> Any:
        """uint8 (H, W, 3) BGR frame -> what the model takes."""

    def infer(self, prepared: Any) -> Any:
        """What the model takes -> what it gives."""

    def labels(self, answer: Any, hw: tuple[int, int]) -> Labels:
        """What the model gives -> uint8 (H, W) labels at frame size."""


@dataclass(frozen=True, kw_only=True)
class PeerRequest:
    """What is asked of every peer.

    Attributes:
        onnx: unetkit's model, for engines that read ONNX; None where there is none.
        tflite: the same in TFLite.
        checkpoint: the same as Keras saved it.
        threads: of inference.
        class_names: that the pictures' masks know; a peer with a model of its own must find just these.
    """

    onnx: Path | None
    tflite: Path | None
    checkpoint: Path | None
    threads: int
    class_names: tuple[str, ...]


class PeerUnavailableError(Exception):
    """A peer's reason, in words, why it is not measured."""


def needed(path: Path | None, what: str) -> Path:
    """The file, or the reason that there is none.

    Raises:
        PeerUnavailableError: there is none.
    """
    if path is None:
        raise PeerUnavailableError(f"no {what} was given")
    return path


def require_person(request: PeerRequest) -> None:
    """For models that find people and nothing else.

    Raises:
        PeerUnavailableError: the pictures are of something else.
    """
    if request.class_names != ("background", "person"):
        raise PeerUnavailableError(f"it finds people, and the classes here are {', '.join(request.class_names)}")

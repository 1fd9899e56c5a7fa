"""Frame -> tensor, truth -> labels, bytes -> network input: the only resize in the project.

Training, calibration, verification and the device all call these functions, so they cannot differ.
"""

from dataclasses import dataclass
from typing import Literal, TypeVar

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame, InputTensor, Labels
from unetkit.contract.buffers import Buffers
from unetkit.contract.spec import IGNORE_LABEL, InputSpec
from unetkit.errors import DataError

Array = TypeVar("Array")


@dataclass(frozen=True, kw_only=True)
class Placement:
    """How a frame was fitted into the tensor: the rectangle it fills there, so that a mask can be put back."""

    frame_hw: tuple[int, int]
    tensor_hw: tuple[int, int]
    top: int
    left: int
    height: int
    width: int


def place(frame_hw: tuple[int, int], spec: InputSpec) -> Placement:
    """Fit `frame_hw` into the spec's tensor: the whole of it (stretch), or centred with its aspect kept (letterbox)."""
    if spec.fit == "stretch":
        return Placement(frame_hw=frame_hw, tensor_hw=spec.hw, top=0, left=0, height=spec.height, width=spec.width)
    ratio = min(spec.height / frame_hw[0], spec.width / frame_hw[1])
    height = max(1, round(frame_hw[0] * ratio))
    width = max(1, round(frame_hw[1] * ratio))
    top, left = (spec.height - height) // 2, (spec.width - width) // 2
    return Placement(frame_hw=frame_hw, tensor_hw=spec.hw, top=top, left=left, height=height, width=width)


def preprocess(
    frame: BgrFrame, spec: InputSpec, *, out: InputTensor | None = None, buffers: Buffers | None = None
) -> tuple[InputTensor, Placement]:
    """Fit a frame into the model's input.

    Args:
        frame: uint8 (H, W, 3) BGR, any size.
        spec: the model's input.
        out: a uint8 (1, height, width, 3) tensor to fill instead of a new one.
        buffers: memory to work in, kept by a caller with many frames.

    Returns:
        The uint8 BGR tensor (1, height, width, 3), and where the frame lies in it. Letterbox bars hold the
        zero point, which is 0 to the network: the same value its convolutions pad with.

    Raises:
        DataError: the frame is not uint8 (H, W, 3), or is empty, or `out` is of another shape or type.
    """
    if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3 or frame.size == 0:
        raise DataError(f"a frame must be uint8 (H, W, 3) BGR, received {frame.dtype} {frame.shape}")
    placement = place((frame.shape[0], frame.shape[1]), spec)
    tensor: InputTensor = np.empty((1, *spec.hw, 3), np.uint8) if out is None else out
    if tensor.dtype != np.uint8 or tensor.shape != (1, *spec.hw, 3):
        raise DataError(f"out must be uint8 {(1, *spec.hw, 3)}, received {tensor.dtype} {tensor.shape}")
    target = _region(tensor[0], placement, fill=spec.zero_point)
    if target.shape == frame.shape:
        target[...] = frame
    else:
        _shrink_or_enlarge(frame, target, buffers or Buffers())
    return tensor, placement


def preprocess_labels(labels: Labels, spec: InputSpec) -> Labels:
    """Fit a truth mask, uint8 (H, W), as `preprocess` fits its frame: nearest pixel, bars hold the ignore label.

    Where two pixels are equally near, as everywhere when halving, the lower and the upper one are taken in turns, like
    the fields of a chessboard. Always the same side would move each outline by half a pixel, and the network learns it:
    moving such a network's masks back (people, 128 pixels for pictures of 256) gained 0.26 points of IoU.

    Raises:
        DataError: the mask is not uint8 (H, W), or is empty.
    """
    if labels.dtype != np.uint8 or labels.ndim != 2 or labels.size == 0:
        raise DataError(f"a mask must be uint8 (H, W), received {labels.dtype} {labels.shape}")
    placement = place((labels.shape[0], labels.shape[1]), spec)
    fitted: Labels = np.empty(spec.hw, np.uint8)
    down, up = (_nearest(labels, placement, ties=ties) for ties in ("down", "up"))
    rows, columns = np.ogrid[: placement.height, : placement.width]
    _region(fitted, placement, fill=IGNORE_LABEL)[...] = np.where((rows + columns) % 2, up, down)
    return fitted


def _nearest(labels: Labels, placement: Placement, *, ties: Literal["down", "up"]) -> Labels:
    chosen = []
    for size, source in ((placement.height, labels.shape[0]), (placement.width, labels.shape[1])):
        twice = (2 * np.arange(size) + 1) * source  # 2 * size times the place in the source: integers know a tie
        chosen.append((twice - (ties == "down")) // (2 * size))
    rows, columns = chosen
    nearest: Labels = labels[rows[:, np.newaxis], columns]
    return nearest


def normalise(tensor: Array, spec: InputSpec) -> Array:
    """Bytes as float -> what the network sees: `(tensor - zero_point) * scale`, in the network's colour order.

    Works on any array type with channels last (numpy, TensorFlow, Keras): the one formula of training, of the
    Keras backend and of every exported graph.
    """
    ordered = tensor if spec.color_order == "bgr" else tensor[..., ::-1]  # type: ignore[index]
    return (ordered - float(spec.zero_point)) * spec.scale  # type: ignore[operator,return-value]


def _region(canvas: BgrFrame, placement: Placement, *, fill: int) -> BgrFrame:
    if (placement.height, placement.width) != placement.tensor_hw:
        canvas[...] = fill
    rows = slice(placement.top, placement.top + placement.height)
    return canvas[rows, placement.left : placement.left + placement.width]


def _shrink_or_enlarge(frame: BgrFrame, target: BgrFrame, buffers: Buffers) -> None:
    """Bilinear; where it would skip pixels, four bilinear samples averaged a pixel.

    Plain bilinear reads 2x2 pixels however far it shrinks, so the mask jitters with the aliasing; the exact area
    average of a 1280x720 frame costs 4 ms. Averaging a 2x2 grid of samples takes 0.3 ms and is four times closer to
    the area average than bilinear is (docs/benchmarks.md).
    """
    height, width = target.shape[:2]
    if frame.shape[0] > 2 * height or frame.shape[1] > 2 * width:
        samples = buffers.empty((2 * height, 2 * width, 3))
        cv2.resize(frame, (2 * width, 2 * height), dst=samples, interpolation=cv2.INTER_LINEAR)
        cv2.resize(samples, (width, height), dst=target, interpolation=cv2.INTER_AREA)
    else:
        cv2.resize(frame, (width, height), dst=target, interpolation=cv2.INTER_LINEAR)

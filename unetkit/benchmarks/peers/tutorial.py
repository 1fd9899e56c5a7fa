"""The way tutorials show it: Keras `predict` a frame, floats at full size, masks blended with numpy.

It is here to be measured against, so it is written as people write it and no slower. The network gets what it was
trained on: the spec's colour order and `(bytes - zero_point) * scale`, which for an RGB 0..1 network are the
tutorials' own `cv2.cvtColor` and `/ 255`.
"""

import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from unetkit.contract.arrays import AnyArray, BgrFrame, Labels
from unetkit.contract.artifact import read_spec
from unetkit.contract.postprocess import score_threshold
from unetkit.contract.preprocess import Placement, place
from unetkit.contract.spec import ModelSpec
from unetkit.errors import ArtifactError
from unetkit.runtime.backends.tensorflow_import import import_tensorflow

_OPACITY = 0.5


class TutorialSteps:
    """What is done around the network.

    Args:
        spec: the network's.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self._palette = np.array([item.bgr for item in spec.classes], np.uint8)

    def prepare(self, frame: BgrFrame) -> tuple[AnyArray, Placement]:
        """The network's input, float32 (1, h, w, 3), and where the frame lies in it."""
        placement = place((frame.shape[0], frame.shape[1]), self.spec.input)
        image = np.zeros((*self.spec.input.hw, 3), np.float32)
        image[_inside(placement)] = cv2.resize(self._scaled(frame), (placement.width, placement.height))
        return image[None], placement

    def labels(self, scores: AnyArray, placement: Placement, hw: tuple[int, int]) -> Labels:
        """uint8 (H, W) labels at frame size."""
        labels = self._classes(scores)[_inside(placement)].astype(np.uint8)
        enlarged = cv2.resize(labels, hw[::-1], interpolation=cv2.INTER_NEAREST)
        return np.asarray(enlarged, np.uint8)

    def draw(self, frame: BgrFrame, labels: Labels) -> BgrFrame:
        """Blend the classes' colours over the frame, uint8 (H, W, 3)."""
        mask = self._palette[labels]
        drawn: BgrFrame = (frame * (1 - _OPACITY) + mask * _OPACITY).astype(np.uint8)
        return drawn

    def _scaled(self, frame: BgrFrame) -> AnyArray:
        """float32 (H, W, 3), at the frame's size."""
        spec = self.spec.input
        image: AnyArray = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB) if spec.color_order == "rgb" else frame
        image = image.astype(np.float32)
        if spec.zero_point:
            image = image - spec.zero_point
        scaled: AnyArray = image * np.float32(spec.scale)
        return scaled

    def _classes(self, scores: AnyArray) -> AnyArray:
        if self.spec.head == "sigmoid":
            return np.asarray(scores[..., 0] > score_threshold(self.spec))
        return np.asarray(np.argmax(scores, axis=-1))


class TutorialPipeline(TutorialSteps):
    """A checkpoint, frame by frame.

    Attributes:
        spec: what the checkpoint is.
        device: where TensorFlow puts it by itself, `CPU` or `CUDA`.

    Raises:
        ArtifactError: the file is not a checkpoint that opens.
        MissingDependencyError: Keras or TensorFlow is not installed.
    """

    def __init__(self, checkpoint: Path) -> None:
        super().__init__(read_spec(checkpoint))
        self._model, self.device = _load(checkpoint)

    def segment(self, frame: BgrFrame) -> Labels:
        """uint8 (H, W, 3) BGR frame -> uint8 (H, W) labels."""
        image, placement = self.prepare(frame)
        return self.labels(self.infer(image), placement, (frame.shape[0], frame.shape[1]))

    def infer(self, image: AnyArray) -> AnyArray:
        """float32 (h, w, C) scores."""
        scores: AnyArray = self._model.predict(image, verbose=0)[0]
        return scores


def _inside(placement: Placement) -> tuple[slice, slice]:
    rows = slice(placement.top, placement.top + placement.height)
    return rows, slice(placement.left, placement.left + placement.width)


def _load(checkpoint: Path) -> tuple[Any, str]:
    tensorflow = import_tensorflow(f"checkpoint {checkpoint}")
    import keras

    try:
        model = keras.saving.load_model(checkpoint, compile=False, safe_mode=True)
    except (ValueError, TypeError, KeyError, OSError, zipfile.BadZipFile) as error:
        reason = str(error).strip().partition("\n")[0][:300]
        raise ArtifactError(f"checkpoint {checkpoint} cannot be opened: {reason}; train it again") from error
    return model, "CUDA" if tensorflow.config.list_physical_devices("GPU") else "CPU"

"""A picture sheet of what a training sees: the pictures, their masks, and some of what augmentation makes of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.postprocess import Mask
from unetkit.contract.preprocess import preprocess, preprocess_labels
from unetkit.contract.publish import publish_bytes
from unetkit.contract.spec import IGNORE_LABEL, InputSpec, ModelSpec
from unetkit.data.dataset import Dataset
from unetkit.data.split import training_split
from unetkit.errors import UsageError
from unetkit.runtime.backends.tensorflow_import import import_tensorflow
from unetkit.runtime.views.look import Look
from unetkit.runtime.views.overlay import Overlay
from unetkit.runtime.views.shown import background_labels
from unetkit.trainer.augmentation import augment
from unetkit.trainer.augmentation.backgrounds import require_background
from unetkit.trainer.config import TrainConfig

_LOOK = Look(opacity=0.5, legend=False)
_TILE_PX = 192  # small inputs are enlarged to at least so much, by a whole number, so that their pixels show
_GAP_PX = 6
_LINE_PX = 24
_STRIPE_PX = 8
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_PAPER, _INK = (255, 255, 255), (40, 40, 40)

Sample = tuple[BgrFrame, Labels]


@dataclass(frozen=True, kw_only=True)
class PreviewConfig:
    """What the sheet shows.

    Attributes:
        size: height and width of the network's input in pixels.
        augment: strength in [0, 1], as in a training.
        backgrounds: share of the pictures in [0, 1] that get another background.
        upright: whether the pictures have an up and a down.
        pictures: rows of the sheet.
        versions: augmented ones of each picture.
        seed: of the choice of pictures and of the augmentation.
    """

    size: int = 128
    augment: float = 0.5
    backgrounds: float = 0.0
    upright: bool = True
    pictures: int = 6
    versions: int = 4
    seed: int = 0


def write_preview(dataset: Dataset, config: PreviewConfig, out: Path) -> int:
    """Write the sheet as PNG: a row a training picture, its mask drawn over it, and its augmented versions.

    Args:
        dataset: pictures with masks; its training split is shown.
        config: what of it, and how.
        out: a .png file.

    Returns:
        The number of pictures on the sheet; fewer than asked for where the data set has no more.

    Raises:
        UsageError: the file is no .png, or backgrounds are asked for that the set does not have.
        DataError: no training pictures, or some that cannot be used.
        OutputError: the sheet cannot be written.
        MissingDependencyError: no TensorFlow.
    """
    if out.suffix.lower() != ".png":
        raise UsageError(f"the sheet is a PNG, and {out} has the suffix {out.suffix!r}; give a file that ends in .png")
    require_background(dataset.classes, config.backgrounds)
    split = training_split(dataset, seed=config.seed, fraction=TrainConfig.validation_fraction)
    names = _chosen(split.train, config)
    spec = ModelSpec(
        name="preview",
        input=InputSpec(height=config.size, width=config.size),
        classes=dataset.classes,
        head="sigmoid" if len(dataset.classes) == 2 else "softmax",
    )
    samples = [_fitted(dataset, name, spec.input) for name in names]
    sheet = PreviewSheet(spec)
    columns = [[frame for frame, _ in samples], [sheet.overlaid(*sample) for sample in samples]]
    columns += [[sheet.overlaid(*sample) for sample in version] for version in _augmented(samples, config, spec.input)]
    captions = ("picture", "mask", f"augmented, strength {config.augment:g}")
    picture = sheet.compose(captions, names, list(zip(*columns, strict=True)))
    publish_bytes(out, cv2.imencode(".png", picture)[1].tobytes())
    return len(names)


def _chosen(names: Sequence[str], config: PreviewConfig) -> list[str]:
    rows = np.random.default_rng(config.seed).permutation(len(names))[: config.pictures]
    return [names[row] for row in sorted(rows)]


def _fitted(dataset: Dataset, name: str, spec: InputSpec) -> Sample:
    frame, labels = dataset.read(name)
    return preprocess(frame, spec)[0][0], preprocess_labels(labels, spec)


def _augmented(samples: Sequence[Sample], config: PreviewConfig, spec: InputSpec) -> Iterator[list[Sample]]:
    tf = import_tensorflow("the preview")
    generator = tf.random.Generator.from_seed(config.seed)
    frames, labels = (np.stack(items) for items in zip(*samples, strict=True))
    for _ in range(config.versions):
        moved, moved_labels = augment(
            tf.constant(frames),
            tf.constant(labels),
            strength=config.augment,
            fill=spec.zero_point,
            generator=generator,
            backgrounds=config.backgrounds,
            upright=config.upright,
        )
        yield list(zip(moved.numpy().round().astype(np.uint8), moved_labels.numpy(), strict=True))


class PreviewSheet:
    """Draws in the colours of a model's classes; ignored pixels are grey and hatched."""

    def __init__(self, spec: ModelSpec) -> None:
        self._spec = spec
        self._overlay = Overlay(spec)
        self._factor = max(1, -(-_TILE_PX // spec.input.width))
        self._hatching = _hatching(spec.input.hw, max(2, _STRIPE_PX // self._factor))

    def overlaid(self, frame: BgrFrame, labels: Labels) -> BgrFrame:
        drawn = self._overlay.still(frame, Mask(labels=labels), _LOOK)
        ignored = labels == IGNORE_LABEL
        drawn[ignored] = frame[ignored] // 4 + self._hatching[ignored][:, np.newaxis]
        return drawn

    def compose(
        self, captions: Sequence[str], names: Sequence[str], rows: Sequence[Sequence[BgrFrame]]
    ) -> NDArray[np.uint8]:
        side = self._spec.input.width * self._factor
        width = (side + _GAP_PX) * len(rows[0]) + _GAP_PX
        strips: list[Any] = [
            _line(width, [(_GAP_PX + place * (side + _GAP_PX), text, 0.55) for place, text in enumerate(captions)])
        ]
        for name, tiles in zip(names, rows, strict=True):
            gap = np.full((side, _GAP_PX, 3), 255, np.uint8)
            parts = [part for tile in tiles for part in (gap, self._enlarged(tile))]
            strips += [np.hstack([*parts, gap]), _line(width, [(_GAP_PX, name, 0.4)])]
        return np.vstack([*strips, *self._legend(width)])

    def _enlarged(self, tile: BgrFrame) -> BgrFrame:
        return np.repeat(np.repeat(tile, self._factor, 0), self._factor, 1)

    def _legend(self, width: int) -> Iterator[BgrFrame]:
        background = background_labels(self._spec)
        for label, item in enumerate(self._spec.classes):
            text = f"{label} {item.name}" + (", not drawn" if label in background else "")
            yield _swatch(width, np.full((_LINE_PX, _LINE_PX, 3), item.bgr, np.uint8), text)
        hatch = 32 + np.repeat(_hatching((_LINE_PX, _LINE_PX), _STRIPE_PX)[..., np.newaxis], 3, 2)
        yield _swatch(width, hatch, "ignored: unlabelled, from outside the picture, or cut out")


def _hatching(hw: tuple[int, int], stripe_px: int) -> NDArray[np.uint8]:
    """Diagonal stripes of two greys, uint8 (H, W), to be added to a picture of a quarter of its brightness."""
    rows, columns = np.indices(hw)
    return np.where((rows + columns) // (stripe_px // 2) % 2, 150, 95).astype(np.uint8)


def _line(width: int, texts: Sequence[tuple[int, str, float]]) -> BgrFrame:
    """White paper with (left, text, scale) on it."""
    strip = np.full((_LINE_PX, width, 3), _PAPER, np.uint8)
    for left, text, scale in texts:
        cv2.putText(strip, text, (left, 17), _FONT, scale, _INK, 1, cv2.LINE_AA)
    return strip


def _swatch(width: int, colour: BgrFrame, text: str) -> BgrFrame:
    strip = _line(width, [(_GAP_PX + _LINE_PX + 8, text, 0.5)])
    strip[2:-2, _GAP_PX : _GAP_PX + _LINE_PX] = colour[2:-2]
    cv2.rectangle(strip, (_GAP_PX, 2), (_GAP_PX + _LINE_PX - 1, _LINE_PX - 3), _INK, 1)
    return strip

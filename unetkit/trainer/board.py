"""A training for TensorBoard: scalars and validation pictures an epoch, the network's graph once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.contract.spec import ClassSpec
from unetkit.errors import MissingDependencyError
from unetkit.trainer.history import Epoch
from unetkit.trainer.panel import panel


def require_tensorboard() -> None:
    """Say it before hours are spent.

    Raises:
        MissingDependencyError: TensorBoard is not installed.
    """
    try:
        import tensorboard  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            "TensorBoard is not installed; pip install 'unetkit[tensorboard]', or leave out --tensorboard"
        ) from error


class Board:
    """Writes below a folder that `tensorboard --logdir` reads.

    Args:
        folder: of the run's events; a resumed run adds to them.
    """

    def __init__(self, folder: Path) -> None:
        import tensorflow as tf

        self._writer = tf.summary.create_file_writer(str(folder))

    def graph(self, network: Any) -> None:
        """The network's forward pass, at 64x64 where its size is open."""
        import tensorflow as tf

        height, width = (side or 64 for side in network.input_shape[1:3])
        traced = tf.function(lambda frames: network(frames, training=False)).get_concrete_function(
            tf.TensorSpec((1, height, width, 3), tf.float32)
        )
        with self._writer.as_default(step=0):
            tf.summary.graph(traced.graph)

    def epoch(
        self, row: Epoch, samples: Sequence[tuple[BgrFrame, Labels, Labels]], classes: Sequence[ClassSpec]
    ) -> None:
        """One epoch's figures, and (input, truth, prediction) of some validation pictures."""
        import tensorflow as tf

        accuracy = row.accuracy
        scalars = {
            "loss/training": row.loss,
            "loss/validation": row.val_loss,
            "validation/pixel_accuracy": accuracy.pixel_accuracy,
            "validation/mIoU": accuracy.miou,
            **{f"validation/IoU/{name}": iou for name, iou in zip(accuracy.class_names, accuracy.iou, strict=True)},
            "pace/learning_rate": row.lr,
            "pace/images_per_s": row.images_per_s,
            "pace/waiting": row.waiting,
            "pace/peak_memory_mib": row.peak_memory_mib,
        }
        with self._writer.as_default(step=row.epoch):
            for name, value in scalars.items():
                tf.summary.scalar(name, value)
            picture = cv2.cvtColor(panel(samples, classes), cv2.COLOR_BGR2RGB)
            tf.summary.image("validation", picture[np.newaxis])
        self._writer.flush()

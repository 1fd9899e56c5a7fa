"""TensorFlow as the trainer wants it: quiet, seeded, on the GPU when there is one, never slow by a default."""

import logging
from dataclasses import dataclass
from typing import Any

from unetkit.runtime.tensorflow_import import import_tensorflow

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Accelerator:
    """What the training runs on.

    Attributes:
        device: `GPU` or `CPU`.
        name: the GPU's name, or `CPU`.
        precision: the Keras dtype policy to build the network under.
        xla: whether to compile the training step; on a CPU that was 4 to 20 times slower.
    """

    device: str
    name: str
    precision: str
    xla: bool


def prepare(seed: int) -> Accelerator:
    """Seed everything and choose the device: a GPU with mixed precision and XLA, else the CPU with neither."""
    tf = import_tensorflow("training")
    import keras

    keras.utils.set_random_seed(seed)
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    details = tf.config.experimental.get_device_details(gpus[0]) if gpus else {}
    return choose_accelerator(len(gpus), details)


def choose_accelerator(gpus: int, details: dict[str, Any]) -> Accelerator:
    """The policy by device: bfloat16 from compute capability 8.0 on, float16 from 7.0 on, else float32.

    Args:
        gpus: number of GPUs TensorFlow can use.
        details: of the first one, as `get_device_details` gives it: `device_name`, `compute_capability`.
    """
    if not gpus:
        return Accelerator(device="CPU", name="CPU", precision="float32", xla=False)
    capability = details.get("compute_capability", (0, 0))
    precision = "mixed_bfloat16" if capability >= (8, 0) else "mixed_float16" if capability >= (7, 0) else "float32"
    return Accelerator(device="GPU", name=str(details.get("device_name", "GPU")), precision=precision, xla=True)

"""TensorFlow as the trainer wants it: quiet, seeded, on the GPU when there is one, never slow by a default."""

import logging
import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from unetkit.errors import DeviceError
from unetkit.runtime.backends.tensorflow_import import import_tensorflow
from unetkit.runtime.host import vector_instructions
from unetkit.trainer.cluster import Cluster
from unetkit.trainer.replicas import Replicas

log = logging.getLogger(__name__)

_ONEDNN = "TF_ENABLE_ONEDNN_OPTS"
_BFLOAT16 = frozenset({"avx512_bf16", "amx_bf16"})  # instructions that multiply it


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


def prepare(
    seed: int,
    *,
    precision: str = "float32",
    dense: bool = False,
    cluster: Cluster | None = None,
    deterministic: bool = False,
    require_gpu: bool = False,
) -> tuple[Accelerator, Replicas]:
    """Seed everything and choose the devices: GPUs with XLA, else the CPU without.

    Args:
        seed: of Keras, numpy and TensorFlow.
        precision: the Keras dtype policy, or `auto`: what the device is fast in.
        dense: whether the network to train is of dense convolutions (`Network.dense`).
        cluster: the machines that train together, where there are several.
        deterministic: the same bytes each time on the same machine, at the cost of speed.
        require_gpu: a CPU will not do.

    Raises:
        DeviceError: a GPU was required and there is none, or the other machines cannot be reached.
    """
    os.environ.setdefault(_ONEDNN, "1")  # by default only on CPUs with 8-bit dot products (VNNI)
    tf = import_tensorflow("training")
    gpus = tf.config.list_physical_devices("GPU")
    if require_gpu and not gpus:
        raise DeviceError(f"a GPU was required and TensorFlow {tf.__version__} finds none; {_why_no_gpu(tf)}")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    if deterministic:
        tf.config.experimental.enable_op_determinism()
    replicas = _replicas(tf, len(gpus), cluster)
    seed_everything(seed)
    details = tf.config.experimental.get_device_details(gpus[0]) if gpus else {}
    chosen = choose_accelerator(len(gpus), details, dense=dense, features=vector_instructions())
    return (chosen if precision == "auto" else replace(chosen, precision=precision)), replicas


def seed_everything(seed: int) -> None:
    """Python, numpy and TensorFlow draw from here on what they draw after every call with this seed."""
    import keras

    keras.utils.set_random_seed(seed)


def _replicas(tf: Any, gpus: int, cluster: Cluster | None) -> Replicas:
    if cluster is not None:
        cluster.announce()
        try:
            return Replicas(tf.distribute.MultiWorkerMirroredStrategy(), cluster)
        except (tf.errors.OpError, RuntimeError) as error:
            reason = str(error).split("\n")[0]
            raise DeviceError(f"the workers {','.join(cluster.workers)} did not come together: {reason}") from error
    return Replicas(tf.distribute.MirroredStrategy()) if gpus > 1 else Replicas.alone()


def _why_no_gpu(tf: Any) -> str:
    if not tf.test.is_built_with_cuda():
        return "this TensorFlow is built without CUDA: pip install 'unetkit[train-cuda]' on Linux"
    return "look at nvidia-smi, and install CUDA's libraries with pip install 'unetkit[train-cuda]'"


def choose_accelerator(
    gpus: int, details: dict[str, Any], *, dense: bool = False, features: Collection[str] = ()
) -> Accelerator:
    """The policy by device.

    A GPU computes in bfloat16 from compute capability 8.0 on, in float16 from 7.0 on. A CPU does in bfloat16 where its
    processor multiplies it and the network is of dense convolutions, which oneDNN has kernels for: classic then trains
    1.8 times as fast. TensorFlow has none for depthwise convolutions, and a network with them is slower in bfloat16.

    Args:
        gpus: number of GPUs TensorFlow can use.
        details: of the first one, as `get_device_details` gives it: `device_name`, `compute_capability`.
        dense: whether the network is of dense convolutions.
        features: of the processor, in the words of Linux' /proc/cpuinfo.
    """
    if not gpus:
        half = dense and not _BFLOAT16.isdisjoint(features) and os.environ.get(_ONEDNN) != "0"
        return Accelerator(device="CPU", name="CPU", precision="mixed_bfloat16" if half else "float32", xla=False)
    capability = details.get("compute_capability", (0, 0))
    precision = "mixed_bfloat16" if capability >= (8, 0) else "mixed_float16" if capability >= (7, 0) else "float32"
    return Accelerator(device="GPU", name=str(details.get("device_name", "GPU")), precision=precision, xla=True)

"""How much memory a training has held, and whether more is to be had."""

import math
import sys
from pathlib import Path

from unetkit.trainer.tensorflow_setup import Accelerator


def peak_memory_mib(accelerator: Accelerator) -> float:
    """The most so far, in MiB: of the first GPU as TensorFlow counts it, on a CPU of the process; 0 where unknown."""
    if accelerator.device == "GPU":
        import tensorflow as tf

        return float(tf.config.experimental.get_memory_info("GPU:0")["peak"]) / 2**20
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10  # bytes there, KiB on Linux


class MemoryForecast:
    """Whether a CPU's memory would hold a larger batch, by what smaller ones took: there, asking for too much kills.

    A GPU's allocator says no by itself, so nothing is forecast for it.

    Args:
        accelerator: what it is about.
    """

    def __init__(self, accelerator: Accelerator) -> None:
        self._accelerator, self._before, self._mib_each = accelerator, peak_memory_mib(accelerator), 0.0

    def would_hold(self, batch: int) -> bool:
        """Whether so many pictures fit into nine tenths of what is free."""
        return self._accelerator.device != "CPU" or batch * self._mib_each < 0.9 * _available_mib()

    def held(self, batch: int) -> None:
        """So many pictures have been held."""
        self._mib_each = max(self._mib_each, (peak_memory_mib(self._accelerator) - self._before) / batch)


def _available_mib() -> float:
    """What the system can give without swapping; without bound where it does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return math.inf
    return next((int(line.split()[1]) / 2**10 for line in lines if line.startswith("MemAvailable:")), math.inf)

"""What this machine can do at its best: products of matrices in float32 and int8, and copies, measured.

The fastest of several tries counts, of whichever library is the fastest here. A network's layers are smaller and less
regular than these matrices, so nothing reaches the whole of it; how much of it is reached is the question.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unetkit.benchmarks.matmul_model import matmul_model
from unetkit.contract.arrays import AnyArray

_SIDE = 512  # the stored matrix stays in a second-level cache, and a product is short enough to be left alone
_SECONDS = 0.3
_COPIES_BYTES = (1 << 18, 1 << 21, 1 << 25)
_LINE = 64  # bytes of a cache line
_BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@dataclass(frozen=True, kw_only=True)
class Peak:
    """The best this machine did on so many threads.

    Attributes:
        threads: that worked.
        float_gmacs: float32 multiply-adds a second, in billions.
        int8_gmacs: of bytes with 32-bit sums; None where the engine has no such kernel.
        copies: (bytes of the copied block, bytes read and written a second in billions): small ones stay in a cache.
    """

    threads: int
    float_gmacs: float
    int8_gmacs: float | None
    copies: tuple[tuple[int, float], ...]

    def gmacs(self, precision: str) -> float:
        """The bound for weights of this precision: int8 where there is a kernel for it, else float32."""
        whole = precision in {"int8", "dynamic"}
        return self.int8_gmacs if whole and self.int8_gmacs else self.float_gmacs

    def gigabytes_s(self, size_bytes: int) -> float:
        """The bound for moving so many bytes: that of the smallest block measured that holds them."""
        fitting = [speed for block, speed in self.copies if block >= size_bytes]
        return fitting[0] if fitting else self.copies[-1][1]


def measure_peak(threads: int) -> Peak:
    """Measure for about two seconds."""
    engine_float = _gmacs(matmul_model(_SIDE, "float32"), np.float32, threads)
    engine_int8 = _gmacs(matmul_model(_SIDE, "int8"), np.uint8, threads)
    return Peak(
        threads=threads,
        float_gmacs=max(_numpy_gmacs(threads), engine_float or 0.0),
        int8_gmacs=engine_int8,
        copies=tuple((size, _copy_speed(size, threads)) for size in _COPIES_BYTES),
    )


def _numpy_gmacs(threads: int) -> float:
    """In a process of its own: numpy's BLAS takes its number of threads from the environment, once."""
    environment = {**os.environ, **dict.fromkeys(_BLAS_THREADS, str(threads))}
    code = "from unetkit.benchmarks.peak import print_numpy_gmacs; print_numpy_gmacs()"
    ended = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    try:
        return float(ended.stdout)
    except ValueError:
        return 0.0


def print_numpy_gmacs() -> None:
    """The fresh process of `measure_peak`."""
    left, right = (np.random.default_rng(0).random((_SIDE, _SIDE), np.float32) for _ in range(2))
    product = np.empty_like(left)
    sys.stdout.write(str(_SIDE**3 / _fastest_s(lambda: np.matmul(left, right, out=product)) / 1e9))


def _gmacs(model: bytes, dtype: type, threads: int) -> float | None:
    """In ONNX Runtime; None where it cannot run the model."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime
    from onnxruntime.capi.onnxruntime_pybind11_state import NotImplemented as NoKernel

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except NoKernel:
        return None
    left: AnyArray = np.ones((_SIDE, _SIDE), dtype)
    return _SIDE**3 / _fastest_s(lambda: session.run(None, {"left": left})) / 1e9


def _copy_speed(size: int, threads: int) -> float:
    """Billions of bytes a second, read and written, all threads together."""
    repeats = max(1, (1 << 25) // size)
    blocks = [(_repeated(size, repeats), _repeated(size, repeats)) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        return 2 * size * repeats * threads / _fastest_s(lambda: list(pool.map(_copied, blocks))) / 1e9


def _repeated(size: int, repeats: int) -> NDArray[np.uint8]:
    """A block over and over, a cache line further on each time, so that one call into numpy copies it as often.

    In the very same place numpy would take the repeats for the inner loop, and copy single bytes so many times.
    """
    block = np.ones(size + repeats * _LINE, np.uint8)
    return np.lib.stride_tricks.as_strided(block, (repeats, size), (_LINE, 1), writeable=True)


def _copied(pair: tuple[NDArray[np.uint8], NDArray[np.uint8]]) -> None:
    target, source = pair
    np.copyto(target, source)


def _fastest_s(work: Callable[[], object]) -> float:
    """The fastest of the tries that fit into a moment, the first one not among them."""
    work()
    times: list[float] = []
    end = time.perf_counter() + _SECONDS
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)

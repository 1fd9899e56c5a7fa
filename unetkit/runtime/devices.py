"""Whether the device a user asked for can be here at all, found out without waking an engine."""

import ctypes
import sys


def nvidia_gpus() -> int:
    """How many NVIDIA GPUs the driver offers to this process; 0 without a driver.

    Asked of the driver itself, because an ONNX Runtime that fails to start CUDA takes its time, logs to the terminal
    and then runs on the CPU.
    """
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        count = ctypes.c_int(0)
        if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
            return 0
    except (OSError, AttributeError):  # no driver, or a file of that name that is none
        return 0
    return count.value

"""Whether the device a user asked for can be here at all, found out without waking an engine."""

import ctypes
import sys
from importlib.util import find_spec
from pathlib import Path

_CUDA_ERRORS = {  # of the driver API, cuda.h
    100: "no NVIDIA GPU is visible to this process (a container needs --gpus all; look at CUDA_VISIBLE_DEVICES)",
    101: "the GPU that CUDA_VISIBLE_DEVICES names is not there",
    802: "the GPU is not ready yet (its fabric manager may not run)",
    803: "the NVIDIA driver's library and its kernel module are of different versions: restart after an update",
    804: "this driver is too old for the CUDA compatibility library that is installed",
    999: "the NVIDIA driver does not start; the system's log (dmesg) says more",
}
_NEEDED = {"cuda": "CUDA and cuDNN", "tensorrt": "CUDA, cuDNN and TensorRT"}


def nvidia_gpus() -> int:
    """How many NVIDIA GPUs the driver offers to this process; 0 without a driver.

    Asked of the driver itself, because an ONNX Runtime that fails to start CUDA takes its time, logs to the terminal
    and then runs on the CPU.
    """
    count, _ = _asked()
    return count


def why_no_gpu() -> str:
    """Why the driver offers none; empty where it does."""
    _, reason = _asked()
    return reason


def missing_library(device: str) -> str:
    """The library that ONNX Runtime's provider for `cuda` or `tensorrt` looks for in vain; empty where it loads.

    ONNX Runtime itself logs this and goes on with the CPU.
    """
    package = find_spec("onnxruntime")
    if package is None or package.origin is None:
        return "onnxruntime is not installed"
    prefix, suffix = ("", ".dll") if sys.platform == "win32" else ("lib", ".so")
    folder = Path(package.origin).parent / "capi"
    try:
        shared = folder / f"{prefix}onnxruntime_providers_shared{suffix}"
        ctypes.CDLL(str(shared), mode=ctypes.RTLD_GLOBAL)
        ctypes.CDLL(str(folder / f"{prefix}onnxruntime_providers_{device}{suffix}"))
    except OSError as error:
        library = str(error).partition(":")[0]
        if "onnxruntime_providers" in library:
            return f"this ONNX Runtime was built without {_NEEDED[device]}"
        return f"the library {library} of {_NEEDED[device]} is not found"
    return ""


def _asked() -> tuple[int, str]:
    """How many GPUs, and why none."""
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        driver = ctypes.CDLL(name)
        count = ctypes.c_int(0)
        status = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
    except OSError:
        return 0, f"there is no NVIDIA driver ({name} is not found; a container needs --gpus all)"
    except AttributeError:  # a file of that name that is none
        return 0, f"{name} is no NVIDIA driver"
    if status:
        return 0, _CUDA_ERRORS.get(status, f"the NVIDIA driver does not start (CUDA error {status})")
    return count.value, "" if count.value else _CUDA_ERRORS[100]

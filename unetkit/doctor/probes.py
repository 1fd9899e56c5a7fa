"""What is found out by loading a library: each function is called in a process of its own, which it may crash.

They return plain JSON, and import nothing of unetkit that loads a library.
"""

import os
import re
import sys
from typing import Any


def onnxruntime() -> dict[str, Any]:
    """Version, providers of the build, and why those for GPUs cannot start."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    from unetkit.runtime.backends.devices import missing_library, nvidia_gpus, why_no_gpu

    if not hasattr(onnxruntime, "InferenceSession"):
        raise ImportError("parts of it are missing, as after uninstalling one of its two builds")
    providers = [name.removesuffix("ExecutionProvider") for name in onnxruntime.get_available_providers()]
    return {
        "version": onnxruntime.__version__,
        "providers": providers,
        "gpus": nvidia_gpus(),
        "no_gpu": why_no_gpu(),
        "cuda": missing_library("cuda"),
        "tensorrt": missing_library("tensorrt"),
    }


def litert() -> dict[str, Any]:
    """Whether LiteRT's interpreter loads."""
    import ai_edge_litert.interpreter

    return {"loaded": ai_edge_litert.interpreter.__name__}


def openvino() -> dict[str, Any]:
    """OpenVINO's version and devices."""
    from unetkit.runtime.backends.openvino_import import import_openvino

    openvino = import_openvino()
    return {"version": openvino.__version__, "devices": list(openvino.Core().available_devices)}


def opencv() -> dict[str, Any]:
    """OpenCV's build, and whether a window could be opened; its window functions are not called."""
    import cv2

    from unetkit.runtime.display import gui_toolkit, linux_problem

    build = cv2.getBuildInformation()
    toolkit = gui_toolkit(build)
    display = linux_problem(toolkit, os.environ) if toolkit and sys.platform == "linux" else None
    return {
        "version": cv2.__version__,
        "gui": toolkit,
        "display": display,
        "ffmpeg": bool(re.search(r"FFMPEG:\s*YES", build)),
        "gstreamer": bool(re.search(r"GStreamer:\s*YES", build)),
        "dnn": hasattr(cv2, "dnn"),
    }


def numpy() -> dict[str, Any]:
    """Numpy's version."""
    import numpy

    return {"version": numpy.__version__}

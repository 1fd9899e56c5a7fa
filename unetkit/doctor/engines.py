"""From what the probes saw to what it means: engines, their devices, OpenCV and its windows."""

from collections.abc import Iterator, Mapping
from typing import Any

from unetkit.doctor.finding import Finding, ok, problem, warning
from unetkit.doctor.packages import Version, onnxruntime_here

Seen = Mapping[str, Any] | str
"""A probe's answer, or in words why it gave none; empty words: its package is not installed."""

_DEBIAN = "sudo apt-get install -y libgl1 libglib2.0-0"


def engines(seen: Mapping[str, Seen], version: Version) -> Iterator[Finding]:
    """ONNX Runtime with its providers, LiteRT, OpenVINO."""
    yield from _onnxruntime(seen["onnxruntime"])
    litert = version("ai-edge-litert") or ""
    yield _simple("LiteRT", seen["litert"], litert, "pip install ai-edge-litert", without=".tflite files do not run")
    openvino = seen["openvino"]
    devices = f", devices {', '.join(openvino['devices'])}" if isinstance(openvino, Mapping) else ""
    told = (version("openvino") or "") + devices
    yield _simple("OpenVINO", openvino, told, 'pip install "unetkit[openvino]"', without="")


def opencv(seen: Seen) -> Iterator[Finding]:
    """OpenCV: without it nothing runs. And whether it can show a window."""
    if isinstance(seen, str):
        mend = _DEBIAN if ".so" in seen else "pip install --force-reinstall opencv-python"
        yield problem("OpenCV", f"does not load: {seen}" if seen else "is not installed", mend)
        return
    ffmpeg, gstreamer = ("yes" if seen[name] else "no" for name in ("ffmpeg", "gstreamer"))
    text = f"{seen['version']}, windows {seen['gui'] or 'no'}, FFmpeg {ffmpeg}, GStreamer {gstreamer}"
    again = "pip install --force-reinstall opencv-python"
    yield ok("OpenCV", text) if seen["ffmpeg"] else warning("OpenCV", f"{text}: most videos cannot be read", again)
    if seen["gui"] is None:
        yield warning(
            "display",
            "this OpenCV has no windows (a headless build): use --headless, --record or --serve, or install the other",
            "pip uninstall -y opencv-python-headless opencv-contrib-python-headless && pip install opencv-python",
        )
    elif seen["display"]:
        yield warning(
            "display",
            f"{seen['display']}: no window can be shown; record it, or look at it in a browser",
            "unetkit webcam --serve 127.0.0.1:8080",
        )
    else:
        yield ok("display", "windows can be shown")


def can_run_a_model(seen: Mapping[str, Seen]) -> bool:
    """OpenCV is needed for every frame; it is an engine, too, so nothing else is."""
    return all(isinstance(seen[name], Mapping) for name in ("numpy", "opencv"))


def _onnxruntime(seen: Seen) -> Iterator[Finding]:
    build = onnxruntime_here()
    if isinstance(seen, str):
        mend = f"pip install --force-reinstall {build}" if seen else f"pip install {build}"
        text = f"does not load: {seen}" if seen else "is not installed; cv2.dnn runs .onnx files, several times slower"
        yield problem("ONNX Runtime", text, mend) if seen else warning("ONNX Runtime", text, mend)
        return
    yield ok("ONNX Runtime", f"{seen['version']}, providers {', '.join(seen['providers'])}")
    yield _provider("CUDA", "CUDA", "cuda", seen)
    yield _provider("TensorRT", "Tensorrt", "tensorrt", seen)


def _provider(subject: str, provider: str, library: str, seen: Mapping[str, Any]) -> Finding:
    """A machine without a GPU is well without them; one with a GPU that is not used is not."""
    if not seen["gpus"]:
        return ok(subject, f"not here: {seen['no_gpu']}")
    if provider not in seen["providers"]:
        mend = "pip uninstall -y onnxruntime && pip install onnxruntime-gpu"
        return warning(subject, f"there is a GPU, but this ONNX Runtime was built without {subject}", mend)
    if seen[library]:
        extra = "cuda,cudnn" if library == "cuda" else ""
        mend = f'pip install "onnxruntime-gpu[{extra}]"' if extra else "pip install tensorrt"
        return warning(subject, f"there is a GPU, but {seen[library]}", mend)
    return ok(subject, f"{seen['gpus']} GPU{'s' * (seen['gpus'] != 1)}")


def _simple(subject: str, seen: Seen, told: str, mend: str, *, without: str) -> Finding:
    if isinstance(seen, Mapping):
        return ok(subject, told)
    if seen:
        return problem(subject, f"does not load: {seen}", mend.replace("install", "install --force-reinstall", 1))
    return warning(subject, f"not installed: {without}", mend) if without else ok(subject, "not installed", mend)

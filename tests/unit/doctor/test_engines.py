"""What the probes saw, and what it means to a user."""

from typing import Any

import pytest

from unetkit.doctor import engines as looking
from unetkit.doctor.engines import can_run_a_model, engines, opencv
from unetkit.doctor.finding import Finding, Status

ONNX: dict[str, Any] = {
    "version": "1.31.1",
    "providers": ["Tensorrt", "CUDA", "CPU"],
    "gpus": 0,
    "no_gpu": "there is no NVIDIA driver",
    "cuda": "",
    "tensorrt": "",
}
OPENCV: dict[str, Any] = {
    "version": "5.0.0",
    "gui": "QT5",
    "display": None,
    "ffmpeg": True,
    "gstreamer": False,
    "dnn": True,
}
WELL = {"onnxruntime": ONNX, "litert": {"loaded": "x"}, "openvino": {"version": "2026.4", "devices": ["CPU", "GPU"]}}


@pytest.fixture(autouse=True)
def on_x86(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "onnxruntime_here", lambda: "onnxruntime-gpu")


def found(**seen: Any) -> dict[str, Finding]:
    return {finding.subject: finding for finding in engines({**WELL, **seen}, lambda name: "9.9")}


def test_where_all_is_well_all_is_ok_and_a_machine_without_a_gpu_is_well() -> None:
    table = found()
    assert {finding.status for finding in table.values()} == {Status.OK}
    assert table["ONNX Runtime"].text == "1.31.1, providers Tensorrt, CUDA, CPU"
    assert table["CUDA"].text == "not here: there is no NVIDIA driver"
    assert table["OpenVINO"].text == "9.9, devices CPU, GPU"


@pytest.mark.parametrize(
    ("subject", "seen", "status", "told", "mend"),
    [
        ("ONNX Runtime", "", "warning", "is not installed; cv2.dnn runs", "pip install onnxruntime-gpu"),
        (
            "ONNX Runtime",
            "it ended without an answer (signal 4)",
            "problem",
            "does not load: it ended without an answer (signal 4)",
            "pip install --force-reinstall onnxruntime-gpu",
        ),
        (
            "CUDA",
            {**ONNX, "gpus": 1, "providers": ["CPU"]},
            "warning",
            "this ONNX Runtime was built without CUDA",
            "pip uninstall -y onnxruntime && pip install onnxruntime-gpu",
        ),
        (
            "CUDA",
            {**ONNX, "gpus": 1, "cuda": "the library libcudnn.so.9 of CUDA and cuDNN is not found"},
            "warning",
            "there is a GPU, but the library libcudnn.so.9",
            'pip install "onnxruntime-gpu[cuda,cudnn]"',
        ),
        ("CUDA", {**ONNX, "gpus": 2}, "ok", "2 GPUs", ""),
        (
            "TensorRT",
            {**ONNX, "gpus": 1, "tensorrt": "the library libnvinfer.so.10 is not found"},
            "warning",
            "libnvinfer.so.10",
            "pip install tensorrt",
        ),
    ],
)
def test_every_way_in_which_onnx_runtime_is_not_whole(
    subject: str, seen: Any, status: str, told: str, mend: str
) -> None:
    finding = found(onnxruntime=seen)[subject]
    assert (finding.status, finding.mend) == (status, mend)
    assert told in finding.text


@pytest.mark.parametrize(
    ("name", "subject", "seen", "status", "mend"),
    [
        ("litert", "LiteRT", "", "warning", "pip install ai-edge-litert"),
        ("litert", "LiteRT", "ImportError: GLIBC_2.34", "problem", "pip install --force-reinstall ai-edge-litert"),
        ("openvino", "OpenVINO", "", "ok", 'pip install "unetkit[openvino]"'),
        ("openvino", "OpenVINO", "signal 11", "problem", 'pip install --force-reinstall "unetkit[openvino]"'),
    ],
)
def test_the_other_engines(name: str, subject: str, seen: str, status: str, mend: str) -> None:
    finding = found(**{name: seen})[subject]
    assert (finding.status, finding.mend) == (status, mend)


@pytest.mark.parametrize(
    ("seen", "statuses", "told", "mend"),
    [
        (OPENCV, ["ok", "ok"], "5.0.0, windows QT5, FFmpeg yes, GStreamer no", ""),
        ("", ["problem"], "is not installed", "pip install --force-reinstall opencv-python"),
        (
            "ImportError: libGL.so.1: cannot open",
            ["problem"],
            "libGL.so.1",
            "sudo apt-get install -y libgl1 libglib2.0-0",
        ),
        ({**OPENCV, "ffmpeg": False}, ["warning", "ok"], "most videos cannot be read", "opencv-python"),
        ({**OPENCV, "gui": None}, ["ok", "warning"], "has no windows (a headless build)", "pip install opencv-python"),
        ({**OPENCV, "display": "there is no display"}, ["ok", "warning"], "no window can be shown", "--serve"),
    ],
    ids=["well", "absent", "without libGL", "without FFmpeg", "headless", "no display"],
)
def test_opencv_and_its_windows(seen: Any, statuses: list[str], told: str, mend: str) -> None:
    given = list(opencv(seen))
    assert [finding.status for finding in given] == statuses
    assert told in " ".join(finding.text for finding in given)
    assert mend in " ".join(finding.mend for finding in given)


@pytest.mark.parametrize(
    ("numpy", "cv2", "can"), [({"version": "2"}, OPENCV, True), ("", OPENCV, False), ({"version": "2"}, "no", False)]
)
def test_opencv_alone_can_run_a_model_and_without_it_nothing_can(numpy: Any, cv2: Any, can: bool) -> None:
    assert can_run_a_model({"numpy": numpy, "opencv": cv2, "onnxruntime": "", "litert": "", "openvino": ""}) is can

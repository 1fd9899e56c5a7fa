import sys
from pathlib import Path

import pytest

from tests.tiny_models import write_onnx
from unetkit.benchmarks.coldstart import cold_start
from unetkit.errors import DeviceError


def test_a_cold_start_is_that_of_a_fresh_process_and_its_parts_lie_within_the_whole(tmp_path: Path) -> None:
    start = cold_start(write_onnx(tmp_path / "model.onnx"), engine="auto", device="cpu", threads=1)
    assert 0 < start.first_inference_ms < start.total_ms
    assert start.load_ms + start.first_inference_ms < start.total_ms
    assert start.gpu_memory_bytes is None
    if sys.platform == "linux":
        before, steady, peak = start.memory_before_bytes, start.memory_steady_bytes, start.memory_peak_bytes
        assert before is not None
        assert steady is not None
        assert peak is not None
        assert 10 << 20 < before < steady <= peak < 2 << 30  # an interpreter with numpy and OpenCV; an engine more


def test_a_process_that_fails_is_told_in_its_own_last_line(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"a fresh process could not segment .*missing\.onnx: .*cannot read"):
        cold_start(tmp_path / "missing.onnx", engine="auto", device="cpu", threads=None)

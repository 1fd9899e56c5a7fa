"""The race against a peer's model: what is scored, what is timed, what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.tiny_models import SPEC, write_onnx
from tests.unit.data.sets import TableDataset, names
from unetkit.benchmarks.peers.selfie import SelfieSegmenter
from unetkit.benchmarks.selfie import SelfieReport, versus_selfie
from unetkit.errors import ArtifactError, UsageError
from unetkit.runtime.host import HostInfo

REPORT = SelfieReport(
    data="person",
    split="validation",
    images=126,
    model="model.int8.tflite",
    model_sha256="a" * 64,
    peer_sha256="b" * 64,
    iou=(0.97123, 0.95151),
    infer_ms=(1.5, 2.0),
    ratio=0.75,
    ratio_middle_half=(0.7, 0.8),
    host=HostInfo.here(),
)


def test_each_line_says_of_what_its_figures_are() -> None:
    scored, timed = REPORT.lines()
    assert scored == (
        "IoU of person, validation split of person, 126 images: model.int8.tflite 0.9712, MediaPipe 0.9515"
    )
    assert timed == "inference, LiteRT, 1 thread, p50: 1.50 ms and 2.00 ms, ratio 0.75 (middle half 0.70 to 0.80)"


def test_a_file_that_is_no_tflite_model_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    (tmp_path / "peer.tflite").write_bytes(b"TFL3 not")
    with pytest.raises(ArtifactError, match=r"peer\.tflite is not a TFLite model that opens"):
        SelfieSegmenter(tmp_path / "peer.tflite")


def test_a_model_of_another_engine_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unetkit.benchmarks.selfie.SelfieSegmenter", lambda path: None)
    model = write_onnx(tmp_path / "model.onnx", spec=replace(SPEC, name="person"))
    dataset = TableDataset({"validation": names(3)}, hw=(16, 16))
    with pytest.raises(UsageError, match="has to be a TFLite model of two classes"):
        versus_selfie(model, tmp_path / "peer.tflite", dataset, "validation")

"""Real model files in their engines."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.tiny_models import HEIGHT, SPEC, WIDTH, expected_scores, write_onnx
from tests.unit.benchmarks.fakes import grey_frames
from tests.unit.data.sets import TableDataset, names
from unetkit.benchmarks.bench import bench
from unetkit.benchmarks.frames import FrameSet
from unetkit.contract.scoring import ConfusionMatrix
from unetkit.errors import ArtifactError
from unetkit.runtime.segmenter import Segmenter

FRAMES = grey_frames(10, 20, 30)


def test_real_artifacts_of_one_engine_run_with_the_same_threads(tmp_path: Path) -> None:
    paths = [write_onnx(tmp_path / f"{precision}.onnx", precision) for precision in ("fp32", "int8")]
    report = bench(paths, frames=FRAMES, rounds=3, device="cpu", threads=(1,))
    assert [times.precision for times in report.artifacts] == ["fp32", "int8"]
    assert [times.threads for times in report.artifacts] == [1, 1]
    assert [times.input_hw for times in report.artifacts] == [(HEIGHT, WIDTH)] * 2
    assert report.rounds == 3
    assert [stage.n for times in report.artifacts for stage in times.stages] == [3] * 10
    json.dumps(report.to_dict(), allow_nan=False)


def test_an_artifact_that_does_not_open_is_an_error_before_anything_is_timed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inferred: list[str] = []
    monkeypatch.setattr(Segmenter, "infer", lambda self, tensor: inferred.append("too early"))
    good = write_onnx(tmp_path / "good.onnx")
    bad = tmp_path / "bad.onnx"
    bad.write_bytes(good.read_bytes()[:200])
    with pytest.raises(ArtifactError, match=r"bad\.onnx"):
        bench([good, bad], frames=FrameSet.generated(count=1, hw=(16, 16)), device="cpu")
    assert inferred == []


def test_each_file_is_scored_once_whatever_the_threads_and_as_the_network_s_own_formula_says(tmp_path: Path) -> None:
    dataset = TableDataset({"test": names(2)}, hw=(HEIGHT, WIDTH))
    dataset.classes = SPEC.classes  # type: ignore[assignment]
    told: list[str] = []
    path = write_onnx(tmp_path / "model.onnx")
    report = bench(
        [path], frames=FRAMES, rounds=2, device="cpu", threads=(1, 2), batches=(1, 2), dataset=dataset, tell=told.append
    )
    assert len([line for line in told if line.startswith("scoring")]) == 1
    expected = ConfusionMatrix(SPEC.class_names)
    for name in names(2):
        frame, truth = dataset.read(name)
        expected.update(truth, expected_scores(frame[np.newaxis]).argmax(-1).astype(np.uint8))
    for times in report.artifacts:
        assert times.accuracy is not None
        assert times.accuracy.miou == pytest.approx(expected.report("test").miou)
        assert (times.accuracy.images, times.accuracy.split) == (2, "test")

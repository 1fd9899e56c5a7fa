"""evaluate, video, bench and inspect on what a training and an export left."""

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.e2e.conftest import ARTIFACTS, CLIP_FRAMES, Workshop
from tests.unit.runtime.mjpeg_server import MjpegCamera, serving
from unetkit.contract.arrays import BgrFrame
from unetkit.contract.artifact import read_spec
from unetkit.data.masks import read_mask
from unetkit.data.scene import scene
from unetkit.data.synthetic import SyntheticDataset
from unetkit.runtime.segmenter import Segmenter

CLASSES = ("background", "disc", "polygon")


@pytest.fixture(scope="module")
def counted(workshop: Workshop) -> tuple[float, list[float]]:
    """Pixel accuracy and IoU by class of model.onnx on the test split, counted here."""
    dataset = SyntheticDataset()
    hits, pixels = 0, 0
    both, either = np.zeros(3), np.zeros(3)
    with Segmenter.open(workshop.model("model.onnx")) as segmenter:
        for name in dataset.splits["test"]:
            frame, truth = dataset.read(name)
            labels = segmenter.predict(frame).labels
            hits, pixels = hits + int((labels == truth).sum()), pixels + truth.size
            for index in range(3):
                both[index] += ((labels == index) & (truth == index)).sum()
                either[index] += ((labels == index) | (truth == index)).sum()
    return hits / pixels, (both / either).tolist()


@pytest.mark.parametrize("name", ["best.keras", *ARTIFACTS])
def test_every_artifact_scores_as_the_trained_model_does(
    name: str, workshop: Workshop, counted: tuple[float, list[float]]
) -> None:
    scored = json.loads(workshop.shell.run("evaluate", workshop.model(name), "synthetic", "--json").stdout)
    assert (scored["split"], scored["images"], tuple(scored["class_names"])) == ("test", 80, CLASSES)
    # model.onnx is the one that was counted. For the others, a point: int8 moves some outlines, while a wrong fold or
    # colour order costs tens of points.
    tolerance = 1e-9 if name == "model.onnx" else 0.01
    accuracy, iou = counted
    assert scored["pixel_accuracy"] == pytest.approx(accuracy, abs=tolerance)
    assert scored["iou"] == pytest.approx(iou, abs=tolerance)
    assert scored["miou"] == pytest.approx(np.mean(iou), abs=tolerance)


def test_evaluate_prints_a_line_that_names_everything_and_a_row_a_class(workshop: Workshop) -> None:
    title, *table = workshop.shell.run("evaluate", "six/model.onnx", "synthetic").stdout.splitlines()
    assert title.startswith(
        "six/model.onnx: test split, 80 images, 3 classes (background, disc, polygon): pixel accuracy 0."
    )
    rows = [row.split()[1] for row in table if row.startswith("│")]
    assert tuple(rows) == CLASSES


@pytest.mark.parametrize("name", ["best.keras", *ARTIFACTS])
def test_inspect_prints_the_spec_inside(name: str, workshop: Workshop) -> None:
    path = workshop.model(name)
    spec, digest = read_spec(path), hashlib.sha256(path.read_bytes()).hexdigest()
    told = json.loads(workshop.shell.run("inspect", path, "--json").stdout)
    assert (told["sha256"], told["format"]) == (digest, path.suffix[1:])
    assert json.loads(spec.to_json()).items() <= told.items()
    if name == "model.onnx":
        text = workshop.shell.run("inspect", path).stdout
        assert digest in text
        assert "uint8 (1, 32, 32, 3) BGR" in text
        assert "0 background, 1 disc, 2 polygon" in text


def frames_of(path: Path) -> list[BgrFrame]:
    capture = cv2.VideoCapture(str(path))
    frames = []
    while (read := capture.read())[0]:
        frames.append(np.asarray(read[1], np.uint8))
    capture.release()
    return frames


@pytest.mark.parametrize(("model", "suffix"), [("model.int8.tflite", ".mp4"), ("model.int8.onnx", ".avi")])
def test_a_video_becomes_a_video_with_every_frame(
    model: str, suffix: str, workshop: Workshop, clip: Path, tmp_path: Path
) -> None:
    out = tmp_path / f"out{suffix}"
    ended = workshop.shell.run("video", workshop.model(model), clip, "--out", out)
    assert f"{CLIP_FRAMES} frames, " in ended.stdout
    assert f"written to {out}" in ended.stdout
    frames = frames_of(out)
    assert [frame.shape for frame in frames] == [(120, 160, 3)] * CLIP_FRAMES
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


@pytest.mark.parametrize("model", ["best.keras", "model.fp16.onnx", "model.fp16.tflite"])
def test_a_video_becomes_masks_that_are_the_librarys_own(
    model: str, workshop: Workshop, clip: Path, tmp_path: Path
) -> None:
    options = ("--out", tmp_path / "masks", "--max-frames", 3, "--steady", 0)
    ended = workshop.shell.run("video", workshop.model(model), clip, *options)
    assert "limit of 3 frames reached" in ended.stdout
    files = sorted((tmp_path / "masks").iterdir())
    assert [file.name for file in files] == [f"shapes_{index:06d}.png" for index in range(3)]
    with Segmenter.open(workshop.model("model.onnx")) as segmenter:
        for file, frame in zip(files, frames_of(clip), strict=False):
            same = read_mask(file) == segmenter.predict(frame).labels
            assert same.mean() > 0.99  # half precision moves an outline pixel here and there


def test_a_folder_of_pictures_becomes_a_mask_a_picture(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    sizes = {"a": (40, 60), "b": (33, 17), "c": (128, 128)}
    for name, hw in sizes.items():
        cv2.imwrite(str(tmp_path / "pictures" / f"{name}.png"), scene(1, hw)[0])
    (tmp_path / "pictures" / "notes.txt").write_text("no picture")
    workshop.shell.run("video", "six/model.onnx", tmp_path / "pictures", "--out", tmp_path / "masks")
    assert {file.stem: read_mask(file).shape for file in (tmp_path / "masks").iterdir()} == sizes


def test_a_network_camera_is_segmented_and_recorded(workshop: Workshop, tmp_path: Path) -> None:
    out = tmp_path / "out.webm"
    with serving(MjpegCamera(behaviour="endless")) as url:
        ended = workshop.shell.run("video", "six/model.int8.onnx", url, "--out", out, "--max-frames", 10)
    assert "10 frames, " in ended.stdout
    assert "│ age " in ended.stdout
    assert frames_of(out)[0].shape == (48, 64, 3)


def test_bench_measures_several_artifacts_in_one_run(workshop: Workshop, tmp_path: Path) -> None:
    names = ["model.onnx", "model.int8.onnx", "model.int8.tflite"]
    models = [workshop.model(name) for name in names]
    ended = workshop.shell.run("bench", *models, "--duration", 1, "--json", tmp_path / "bench.json")
    for name in names:
        assert name in ended.stdout
    report = json.loads((tmp_path / "bench.json").read_text())
    assert [Path(artifact["path"]).name for artifact in report["artifacts"]] == names
    assert [artifact["precision"] for artifact in report["artifacts"]] == ["fp32", "int8", "int8"]
    for artifact, name in zip(report["artifacts"], names, strict=True):
        assert artifact["cold"]["load_ms"] < artifact["cold"]["total_ms"]
        assert artifact["sha256"] == hashlib.sha256(workshop.model(name).read_bytes()).hexdigest()
        for stage in artifact["stages"]:
            assert stage["n"] == report["rounds"] == len(artifact["samples_ns"][stage["name"]])
            assert 0 < stage["p50_ms"] <= stage["p90_ms"] <= stage["p99_ms"] <= stage["max_ms"]
    compared = [(Path(ratio["path"]).name, ratio["stage"]) for ratio in report["ratios"]]
    assert compared == [(name, stage) for name in names[1:] for stage in ("end_to_end", "infer")]

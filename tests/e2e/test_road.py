"""train -> export -> webcam, as the first page of the README has it, and what each leaves behind."""

import csv
import json
import tomllib

import cv2
import pytest

from tests.e2e.conftest import ARTIFACTS, Workshop


def test_a_training_leaves_everything_that_explains_it(workshop: Workshop) -> None:
    run = workshop.run
    assert run.path.parent == workshop.shell.folder / "runs"
    config = tomllib.loads(run.config.read_text())
    assert (config["size"], config["epochs"], config["batch"], config["network"]) == (32, 2, 50, "edge")
    split = json.loads(run.split.read_text())
    assert (len(split["train"]), len(split["validation"]), split["reference"]) == (400, 80, "synthetic")
    with run.history.open() as stream:
        history = list(csv.DictReader(stream))
    assert [row["epoch"] for row in history] == ["1", "2"]
    report = json.loads(run.report.read_text())
    best = max(float(row["val_miou"]) for row in history)
    assert report["accuracy"]["miou"] == pytest.approx(best, abs=1e-6)  # the CSV has six digits
    assert "cpu" in json.loads(run.environment.read_text())["host"]
    for picture in (run.curves, run.panel):
        assert cv2.imread(str(picture)) is not None


def test_every_line_with_accuracy_says_of_what(workshop: Workshop) -> None:
    trained, exported = workshop.trained, workshop.exported
    lines = [*trained.stdout.splitlines(), *trained.stderr.splitlines(), *exported.stdout.splitlines()]
    figures = [line for line in lines if "pixel accuracy" in line]
    assert len(figures) == 2 + 1 + 1  # two epochs, the result, the export
    for line in figures:
        assert "3 classes" in line
        assert "validation split" in line
        assert "80 images" in line


def test_a_training_is_quiet_but_for_a_line_an_epoch(workshop: Workshop) -> None:
    started, *epochs = workshop.trained.stderr.splitlines()
    assert started.startswith("edge, ")
    assert "on CPU (float32), batch 50: 400 pictures of train train, 80 of validation validate" in started
    assert [line.split(" at ")[0] for line in epochs] == ["epoch 1/2", "epoch 2/2"]


def test_an_export_leaves_six_artifacts_golden_frames_and_a_report(workshop: Workshop) -> None:
    assert sorted(file.name for file in workshop.six.iterdir()) == sorted(
        [*ARTIFACTS, "report.json", "report.html", "card.md", "deploy", "golden"]
    )
    report = json.loads((workshop.six / "report.json").read_text())
    assert {result["file"] for result in report["results"]} == set(ARTIFACTS)
    assert report["keras"]["images"] == 80
    assert report["calibration"]["frames"] == 200
    for name in ARTIFACTS:
        assert name in workshop.exported.stdout


def test_an_export_is_proven_again_where_it_was_copied_to(workshop: Workshop) -> None:

    proven = workshop.shell.run("verify", workshop.six)
    assert "int8" in proven.stdout.splitlines()[-2]
    assert "10 golden frames, fitted to the same bytes as at export" in proven.stdout
    for name in ARTIFACTS:
        assert name in proven.stdout


def test_nothing_is_left_beside_what_was_asked_for(workshop: Workshop) -> None:
    assert {path.name for path in workshop.shell.folder.iterdir()} == {"runs", "six", "small.toml"}
    assert [path.name for path in workshop.shell.folder.rglob(".*")] == [".cache"]


def test_the_newest_run_is_exported_and_the_newest_export_runs_without_an_argument(workshop: Workshop) -> None:
    exported = workshop.shell.run("export", "--int8")
    assert f"export folder: runs/{workshop.run.path.name}/export" in exported.stdout
    seen = workshop.shell.run("webcam", "--camera", "synthetic", "--headless", "--max-frames", 20)
    chosen, timing, engine, opened, *_ = seen.stderr.splitlines()
    folder = f"runs/{workshop.run.path.name}/export"
    assert chosen == f"no model was named: taking the newest export, {folder}"
    assert timing == "timing the engines that open this model, once"
    assert engine.startswith("engine: ")
    assert opened.startswith((f"{folder}/model.int8.tflite: int8 on tflite, CPU", f"{folder}/model.int8.onnx: int8 on"))
    assert "20 frames, " in seen.stdout
    assert "limit of 20 frames reached" in seen.stdout
    for stage in ("read", "preprocess", "infer", "postprocess", "overlay", "sink", "end_to_end", "age"):
        assert stage in seen.stdout


def test_train_without_data_and_network_says_what_to_do(workshop: Workshop) -> None:
    assert "--data synthetic" in workshop.shell.refused("train", code=3)

"""Ctrl-C is an ending like any other: what was done is kept, what was measured is printed."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import cv2

from tests.e2e.commands import Shell
from tests.e2e.conftest import Workshop
from unetkit.contract.artifact import read_spec
from unetkit.contract.runfolder import RunFolder

PATIENCE_S = 300


def test_a_live_run_prints_its_table_and_finishes_its_recording(workshop: Workshop, tmp_path: Path) -> None:
    out = tmp_path / "out.avi"
    process = workshop.shell.start(
        "webcam", "six/model.int8.tflite", "--camera", "synthetic", "--headless", "--record", out
    )
    wait_until(lambda: any(file.stat().st_size > 20_000 for file in tmp_path.iterdir()), process)
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert "end_to_end" in printed
    assert printed.rstrip().endswith("interrupted")
    assert [file.name for file in tmp_path.iterdir()] == ["out.avi"]
    assert cv2.VideoCapture(str(out)).get(cv2.CAP_PROP_FRAME_COUNT) > 0


def test_a_training_keeps_its_best_checkpoint(workshop: Workshop, tmp_path: Path) -> None:
    process = workshop.shell.start(
        *("train", "synthetic", "--config", "small.toml", "--epochs", 500, "--out", tmp_path / "run")
    )
    errors = told_until("epoch 1/500", process)
    process.send_signal(signal.SIGINT)
    printed, rest = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, errors + rest
    assert "Traceback" not in rest
    assert printed.startswith("stopped after ")
    assert "validation split, 80 images, 3 classes" in printed
    run = RunFolder.open(tmp_path / "run")
    assert read_spec(run.checkpoint).class_names == ("background", "disc", "polygon")
    for path in (run.report, run.history, run.curves, run.panel):
        assert path.is_file()


def test_a_command_that_has_nothing_yet_ends_at_once(tmp_path: Path) -> None:
    shell = Shell.in_folder(tmp_path)
    process = shell.start("train", "synthetic", "--size", 1024)  # decoding alone takes longer than the signal
    wait_until(lambda: any((tmp_path / "runs").rglob("*")), process)
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, printed) == (130, ""), errors
    assert "Traceback" not in errors
    assert not [path for path in (tmp_path / "runs").rglob("*") if path.is_file()]


def wait_until(happened: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not happened():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)


def told_until(words: str, process: subprocess.Popen[str]) -> str:
    """Everything on standard error up to the line that holds the words."""
    assert process.stderr is not None
    told = ""
    for line in process.stderr:
        told += line
        if words in line:
            return told
    raise AssertionError(told)

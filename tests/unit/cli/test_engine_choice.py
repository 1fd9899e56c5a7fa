"""`--engine auto`: timed once, told in a line, remembered; and the device that has to run a model."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Unetkit
from unetkit.runtime.backends.devices import nvidia_gpus

LINE = re.compile(
    r"engine: [^(]+ \(\d+\.\d ms; [^)]+ \d+\.\d ms; a frame, decoded to drawn"
    r"(?:; at most \d+\.\d\d times the best|; after a few turns only)?(; timed before)?\)"
)


def run(folder: Path, *arguments: object) -> list[str]:
    """Lines of standard error of a command that ends well."""
    ended = subprocess.run(
        [sys.executable, "-m", "unetkit", *map(str, arguments)],
        env={**os.environ, "UNETKIT_ENGINE_CACHE": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stderr.splitlines()


def test_engines_are_timed_once_and_the_choice_is_told_every_time(model: Path, tmp_path: Path) -> None:
    first = run(tmp_path, "video", model, "synthetic:2")
    assert first[0] == "timing the engines that open this model, once"
    assert (told := LINE.fullmatch(first[1])) is not None
    assert told[1] is None
    second = run(tmp_path, "video", model, "synthetic:2")
    assert (again := LINE.fullmatch(second[0])) is not None
    assert again[1] == "; timed before"
    assert second[0] == first[1].replace(")", "; timed before)")


def test_an_engine_that_was_asked_for_is_not_timed(model: Path, tmp_path: Path) -> None:
    (line,) = run(tmp_path, "video", model, "synthetic:2", "--engine", "onnx")
    assert line.startswith(f"{model}: fp32 on onnx, CPU")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(nvidia_gpus() > 0, reason="there is an NVIDIA GPU here")
@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_device_that_has_to_run_the_model_and_is_not_there_ends_with_6(
    device: str, unetkit: Unetkit, model: Path
) -> None:
    outcome = unetkit("video", model, "synthetic:2", "--require-device", device)
    assert (outcome.code, outcome.out, len(outcome.lines)) == (6, "", 1)
    assert f"device {device} is not there: there is no NVIDIA driver" in outcome.err


def test_two_devices_at_once_are_a_usage_error(unetkit: Unetkit, model: Path) -> None:
    outcome = unetkit("video", model, "synthetic:2", "--device", "cpu", "--require-device", "cuda")
    assert outcome.code == 2
    assert outcome.lines == ["unetkit: --device cpu and --require-device cuda differ; give one of them"]


def test_the_processor_may_be_required_too(unetkit: Unetkit, model: Path) -> None:
    outcome = unetkit("video", model, "synthetic:2", "--require-device", "cpu")
    assert outcome.code == 0
    assert ", CPU, " in outcome.err


def test_an_export_folder_is_a_model(unetkit: Unetkit, model: Path, tmp_path: Path) -> None:
    (tmp_path / "run" / "export").mkdir(parents=True)
    (tmp_path / "run" / "export" / "model.onnx").write_bytes(model.read_bytes())
    for folder in ("run", "run/export"):
        outcome = unetkit("video", folder, "synthetic:2")
        assert (outcome.code, outcome.err.partition(": ")[0]) == (0, "run/export/model.onnx")

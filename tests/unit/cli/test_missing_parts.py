"""What is not there: system libraries, the training extra, a display, a GPU. Exit code 6, and what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Unetkit
from unetkit.runtime.backends.devices import nvidia_gpus

LIBGL = 'raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")'
NO_TENSORFLOW = 'raise ImportError("no TensorFlow on this machine")'
MODEL = "{model}"


def run_with_stub(folder: Path, package: str, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command where `import package` executes `text` instead."""
    (folder / "stubs" / package).mkdir(parents=True)
    (folder / "stubs" / package / "__init__.py").write_text(text)
    hidden = {"DISPLAY", "WAYLAND_DISPLAY"}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return subprocess.run(
        [sys.executable, "-m", "unetkit", *arguments],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(folder / "stubs")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["webcam", MODEL, "--camera", "synthetic", "--headless"],
        ["video", MODEL, "synthetic:2"],
        ["evaluate", MODEL, "synthetic"],
        ["bench", MODEL],
        ["train", "synthetic"],
        ["export"],
        ["demo"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_opencv_without_its_system_libraries_names_the_packages(
    arguments: list[str], model: Path, tmp_path: Path
) -> None:
    ended = run_with_stub(tmp_path, "cv2", LIBGL, *(item.format(model=model) for item in arguments))
    assert (ended.returncode, ended.stdout) == (6, "")
    assert ended.stderr == (
        "unetkit: OpenCV needs the system library libGL.so.1, which is not installed; "
        "on Debian or Ubuntu run: apt-get install -y libgl1 libglib2.0-0\n"
    )


@pytest.mark.parametrize("arguments", [["train", "synthetic", "--out", "new"], ["export", "run"], ["demo"]])
@pytest.mark.parametrize("fault", [NO_TENSORFLOW, "import a_library_that_tensorflow_needs"])
def test_a_missing_training_extra_gives_the_line_that_installs_it(
    arguments: list[str], fault: str, tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "best.keras").write_bytes(b"PK\x03\x04")
    ended = run_with_stub(tmp_path, "tensorflow", fault, *arguments)
    errors = [line for line in ended.stderr.splitlines() if line.startswith("unetkit: ")]
    assert (ended.returncode, ended.stdout, errors) == (6, "", ended.stderr.splitlines()[-1:])
    assert 'pip install "unetkit[train]"' in errors[0]


@pytest.mark.parametrize("command", ["inspect", "video"])
def test_a_device_needs_no_tensorflow(command: str, model: Path, tmp_path: Path) -> None:
    given = [str(model)] if command == "inspect" else [str(model), "synthetic:2"]
    ended = run_with_stub(tmp_path, "tensorflow", NO_TENSORFLOW, command, *given)
    assert ended.returncode == 0, ended.stderr


def test_no_display_is_one_line_that_says_what_else_goes(
    unetkit: Unetkit, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    if sys.platform != "linux":
        pytest.skip("the display is looked for on Linux only")
    outcome = unetkit("webcam", model, "--camera", "synthetic")
    (error,) = outcome.lines  # before a model is opened
    assert (outcome.code, outcome.out) == (6, "")
    assert error == (
        "unetkit: there is no display (DISPLAY is not set); run with --serve 127.0.0.1:8080 to see it in a browser, "
        "or --headless and --record FILE to keep it"
    )


@pytest.mark.skipif(nvidia_gpus() > 0, reason="there is an NVIDIA GPU here")
@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["webcam", MODEL, "--camera", "synthetic", "--headless"],
        ["video", MODEL, "synthetic:2"],
        ["evaluate", MODEL, "synthetic"],
        ["bench", MODEL],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_device_that_is_not_there_is_an_error(
    arguments: list[str], device: str, unetkit: Unetkit, model: Path
) -> None:
    outcome = unetkit(*(item.format(model=model) for item in arguments), "--device", device)
    assert (outcome.code, outcome.out, len(outcome.lines)) == (6, "", 1)
    assert f"device {device}" in outcome.err

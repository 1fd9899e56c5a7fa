"""One small training and one export of it, shared by all tests here."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import cv2
import pytest

from tests.e2e.commands import Shell
from unetkit.contract.runfolder import RunFolder
from unetkit.data.scene import scene

# As small as it goes and still the whole road: a network that has learnt something, no more.
SETTINGS = """
size = 32
epochs = 2
batch = 50
half_size = 0
"""
ARTIFACTS = tuple(
    f"model{precision}.{format_}" for format_ in ("onnx", "tflite") for precision in ("", ".fp16", ".int8")
)
CLIP_FRAMES = 8


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """A working folder in which `train` and `export` have been run.

    Attributes:
        shell: to run further commands there.
        run: the one run.
        six: a folder with all six artifacts.
        trained: what `train` left on the screen.
        exported: what `export` did.
    """

    shell: Shell
    run: RunFolder
    six: Path
    trained: subprocess.CompletedProcess[str]
    exported: subprocess.CompletedProcess[str]

    def model(self, name: str) -> Path:
        """An artifact, or the checkpoint."""
        return self.run.checkpoint if name == "best.keras" else self.six / name


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    shell = Shell.in_folder(tmp_path_factory.mktemp("workshop"))
    (shell.folder / "small.toml").write_text(SETTINGS)
    trained = shell.run("train", "synthetic", "--config", "small.toml")
    run = RunFolder.newest(shell.folder / "runs")
    six = shell.folder / "six"
    exported = shell.run("export", run.path, "--int8", "--fp16", "--max-drop", 100, "--out", six)
    return Workshop(shell=shell, run=run, six=six, trained=trained, exported=exported)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of moving shapes."""
    path = tmp_path_factory.mktemp("clip") / "shapes.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (160, 120))
    for index in range(CLIP_FRAMES):
        writer.write(scene(5, (120, 160), t=index / 10)[0])
    writer.release()
    return path


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real pictures."""
    place = os.environ.get("UNETKIT_DATA")
    if not place:
        pytest.skip("UNETKIT_DATA names no folder of real pictures")
    return Path(place).absolute()

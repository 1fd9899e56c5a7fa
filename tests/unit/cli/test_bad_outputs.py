"""Outputs that cannot be written: exit code 3, one line, and nothing half written is left."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Unetkit

VIDEO = ["video", "{model}", "synthetic:40", "--out"]
WEBCAM = ["webcam", "{model}", "--camera", "synthetic", "--headless", "--max-frames", "3", "--record"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([*VIDEO, "file/out.mp4"], "cannot write file/out.mp4: Not a directory"),
        ([*VIDEO, "out.gif"], "cannot write video out.gif: unknown suffix; use one of .avi, .mkv, .mp4, .webm"),
        ([*VIDEO, "file/masks"], "cannot make folder file/masks: Not a directory"),
        ([*VIDEO, "file"], "cannot make folder file: File exists"),
        ([*WEBCAM, "file/out.avi"], "cannot write file/out.avi: Not a directory"),
        ([*WEBCAM, "out"], "cannot write video out: unknown suffix"),
        ([*WEBCAM, "folder.mp4"], "cannot write video folder.mp4: it is a folder"),
    ],
)
def test_an_output_that_cannot_be_opened_is_one_line(
    arguments: list[str], words: str, unetkit: Unetkit, model: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder.mp4").mkdir()
    outcome = unetkit(*(item.format(model=model) for item in arguments))
    _, error = outcome.lines
    assert (outcome.code, outcome.out) == (3, "")
    assert error.startswith(f"unetkit: {words}")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder.mp4"]


FULL_AFTER = """
import resource, signal, sys
from unetkit.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
room = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))  # the kernel refuses to grow a file, as a full disk does
main(sys.argv[2:])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="needs a limit on the size of files")
@pytest.mark.parametrize(
    ("arguments", "room_bytes"),
    [
        ([*VIDEO, "out.mp4"], 4096),
        ([*VIDEO, "out.avi"], 4096),
        ([*VIDEO, "masks"], 100),
        ([*WEBCAM, "out.mkv"], 4096),
        (["bench", "{model}", "--json", "bench.json", "--duration", "0.3", "--no-cold", "--no-limits"], 100),
    ],
    ids=["mp4", "avi", "masks", "recording", "bench report"],
)
def test_a_disk_that_fills_up_is_one_line_and_leaves_nothing(
    arguments: list[str], room_bytes: int, model: Path, tmp_path: Path
) -> None:
    given = [item.format(model=model) for item in arguments]
    ended = subprocess.run(
        [sys.executable, "-c", FULL_AFTER, str(room_bytes), *given],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in ended.stderr.splitlines() if line.startswith("unetkit: ")]
    assert (ended.returncode, len(lines)) == (3, 1), ended.stderr
    assert lines[0].startswith("unetkit: ")
    assert "make room" in lines[0]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]

"""Killed at any moment (SIGKILL, nothing can be tidied up), the place holds one whole folder, old or new."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from unetkit.errors import UsageError
from unetkit.export.publication import published_folder

FILES = ("model.onnx", "model.tflite", "report.json")
OWN = frozenset(FILES)
SIZE = 50_000
KILLS = 12

# Publishes one generation after the other, as fast as it can: every file of a generation holds its number, often.
PUBLISHER = f"""
import itertools, sys
from pathlib import Path
from unetkit.export import publication

if sys.argv[2] == "aside":
    publication._exchanged = lambda first, second: False
for generation in itertools.count(int(sys.argv[3])):
    with publication.published_folder(Path(sys.argv[1]), frozenset({FILES!r})) as folder:
        for name in {FILES!r}:
            (folder / name).write_text(f"{{generation:07d}}\\n" * ({SIZE} // 8))
    print(generation, flush=True)
"""


def kill_a_publisher(target: Path, way: str, generation: int, delay_s: float) -> int:
    """Let it publish at least once, kill it a moment later; the last generation it told of."""
    command = [sys.executable, "-c", PUBLISHER, str(target), way, str(generation)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = process.stdout.readline()
        time.sleep(delay_s)
        process.kill()
        rest = process.stdout.read().splitlines()
    return int(rest[-1] if rest else told)


def generation_of(folder: Path) -> int:
    """Every file is there, whole, and of the same generation."""
    texts = {(folder / name).read_text() for name in FILES}
    assert {item.name for item in folder.iterdir()} == OWN
    assert len(texts) == 1
    lines = texts.pop().splitlines()
    assert len(lines) == SIZE // 8
    assert len(set(lines)) == 1
    return int(lines[0])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("way", ["exchange", "aside"])
def test_a_publisher_killed_at_any_moment_leaves_one_whole_folder(way: str, tmp_path: Path) -> None:
    target = tmp_path / "export"
    generator = random.Random(4)
    generation = 0
    for _ in range(KILLS):
        # A publication takes a few milliseconds: the kills are spread over all its moments.
        told = kill_a_publisher(target, way, generation, generator.uniform(0, 0.02))
        if way == "aside" and not target.exists():
            refuse_to_publish(target)  # brings the folder that was moved aside back
        # What was told of had reached its place; at most one more had, untold.
        assert generation_of(target) in {told, told + 1}
        generation = told + 2
    with published_folder(target, OWN) as folder:
        for name in FILES:
            (folder / name).write_text("last")
    assert [item.name for item in tmp_path.iterdir()] == ["export"]  # what the killed ones left is gone


def refuse_to_publish(target: Path) -> None:
    with pytest.raises(UsageError), published_folder(target, OWN):
        raise UsageError("no")


def test_what_another_process_is_filling_is_left_alone(tmp_path: Path) -> None:
    with published_folder(tmp_path / "export", OWN) as first:
        with published_folder(tmp_path / "export", OWN) as second:
            (second / "report.json").write_text("second")
        assert first.is_dir()
        (first / "report.json").write_text("first")
    assert (tmp_path / "export" / "report.json").read_text() == "first"
    assert [item.name for item in tmp_path.iterdir()] == ["export"]

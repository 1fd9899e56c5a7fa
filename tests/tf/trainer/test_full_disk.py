"""A disk that fills while a training runs: a line, and everything kept so far."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tf.trainer.tinynetwork import CONFIG, DATA, use_tiny
from unetkit.contract.runfolder import RunFolder
from unetkit.errors import OutputError
from unetkit.runtime.checkpoint import Checkpoint
from unetkit.trainer import course
from unetkit.trainer.events import TrainEvents
from unetkit.trainer.training import resume, train
from unetkit.trainer.trainingstate import TrainingState

pytestmark = pytest.mark.tf

DISK_KIB = 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_KIB}k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    yield folder
    # Lazy: the cache stays mapped until its arrays are collected.
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fill(disk: Path, room_kib: int) -> None:
    """All but so much."""
    with (disk / "ballast").open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(bytes(4096))
        except OSError:
            stream.truncate(max(0, stream.tell() - room_kib * 1024))


@pytest.mark.parametrize(
    ("better", "room_kib", "named"),
    [
        (True, 16, "best.keras"),  # 28 KiB: its neighbour is half written
        (False, 0, "history.csv"),
        (False, 4, "state-000002"),  # 8 KiB
        (True, 32, r"\.best-"),  # its neighbour is whole, and its spec does not fit beside it
    ],
)
def test_a_disk_that_is_full_costs_neither_the_best_checkpoint_nor_the_state(
    better: bool, room_kib: int, named: str, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_tiny(monkeypatch)
    monkeypatch.setattr(course, "best_epoch", lambda history: history[-1 if better else 0])
    run = RunFolder(disk / "run")
    best: list[bytes] = []

    def fill(epoch: Any) -> None:
        best.append(run.checkpoint.read_bytes())
        if epoch.epoch == 1:
            _fill(disk, room_kib)

    with pytest.raises(OutputError, match=rf"cannot write .*{named}.*No space left on device; .* make room"):
        train(DATA, CONFIG, run.path, events=TrainEvents(epoch_done=fill))
    assert run.checkpoint.read_bytes() == best[-1]
    assert Checkpoint.load(run.checkpoint).spec.name == "run"
    assert len(TrainingState.newest(run).history) == len(best)
    assert not [file for file in run.path.rglob(".*") if file.is_file()]  # no neighbour is left
    (disk / "ballast").unlink()
    assert resume(run.path).epochs_done == CONFIG.epochs

"""Two devices in one machine (parts of a CPU) and two machines (processes on loopback): they learn what one learns."""

import json
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.tf, pytest.mark.e2e]

# Without augmentation, which each worker draws for itself, and with a loss that is a mean over pixels; with half-size
# epochs, batch norm and held norms. Dice is a ratio over the batch, so its mean over two halves is not the whole's.
CONFIG: dict[str, Any] = {"size": 32, "epochs": 3, "batch": 8, "half_size": 0.25, "norm_frozen": 0.34, "augment": 0.0}
CONFIG |= {"loss": "cross_entropy", "seed": 5}
# Sums over two halves are rounded otherwise than over the whole, and Adam divides by small numbers.
TOLERANCE = 1e-3
LIVES = 3


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _start(**wanted: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.tf.trainer.sitting", json.dumps(wanted)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _curve(process: subprocess.Popen[str]) -> list[list[float]]:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err[-2000:]
    return [[float(value) for value in line.split()] for line in out.splitlines()]


@pytest.fixture
def workers() -> str:
    return ",".join(f"127.0.0.1:{port}" for port in _free_ports(2))


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def test_two_devices_and_two_workers_learn_what_one_learns_with_the_whole_batch(
    workers: str, started: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    started.append(_start(out=str(tmp_path / "one" / "run"), config=CONFIG))
    for rank in (0, 1):
        out = tmp_path / f"worker{rank}" / "run"
        started.append(_start(out=str(out), config=CONFIG, workers=workers, rank=rank))
    started.append(_start(out=str(tmp_path / "devices" / "run"), config=CONFIG, devices=2))
    alone, first, second, mirrored = (_curve(process) for process in started)
    assert first == second
    assert len(alone) == 3
    np.testing.assert_allclose(first, alone, rtol=TOLERANCE)
    np.testing.assert_allclose(mirrored, alone, rtol=TOLERANCE)
    assert (tmp_path / "worker0" / "run" / "best.keras").is_file()
    assert not (tmp_path / "worker1" / "run").exists()  # the chief alone writes


def test_a_killed_worker_ends_the_other_with_a_line_and_a_state_to_go_on_from(
    workers: str, started: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    outs = [tmp_path / "shared" / "run", tmp_path / "elsewhere" / "run"]
    for rank, out in enumerate(outs):
        started.append(_start(out=str(out), config=CONFIG | {"epochs": 5000}, workers=workers, rank=rank))
    chief, other = started
    assert chief.stdout is not None
    seen = [chief.stdout.readline() for _ in range(3)]
    assert seen[-1].startswith("3 ")
    other.send_signal(signal.SIGKILL)
    _, err = chief.communicate(timeout=120)
    assert chief.returncode == 6
    told = [line for line in err.splitlines() if line.startswith("told: ")]
    assert told == [
        "told: one of the 2 workers went away; start all of them again with --resume: "
        "the training goes on from its last state"
    ]
    again = _start(out=str(outs[0]), resume=True)  # on one machine: the state does not know how many there were
    started.append(again)
    assert again.stdout is not None
    done = int(again.stdout.readline().split()[0])
    assert done > 3


def test_killed_again_and_again_it_ends_with_the_same_bytes(
    started: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    """Each life gets a little further, and ends at any moment: in a step, in a validation, in a save."""
    config: dict[str, Any] = {
        "size": 32,
        "epochs": 12,
        "batch": 2,
        "half_size": 0.25,
        "norm_frozen": 0.5,
        "deterministic": True,
    }
    out, moments = tmp_path / "killed" / "run", random.Random(7)
    started.append(_start(out=str(tmp_path / "whole" / "run"), config=config))
    for life in range(LIVES):
        process = _start(out=str(out), config=config, resume=life > 0, saved_every_s=0)
        started.append(process)
        before = _states(out)
        while _states(out) == before and process.poll() is None:
            time.sleep(0.01)
        time.sleep(moments.uniform(0, 0.3))
        assert process.poll() is None, process.communicate()[1][-2000:]
        process.kill()
    last = _start(out=str(out), resume=True)
    started.append(last)
    rest, whole = _curve(last), _curve(started[0])
    assert rest == whole[-len(rest) :]
    assert _weights(out) == _weights(tmp_path / "whole" / "run")
    rows = [line.split(",") for line in (out / "history.csv").read_text().splitlines()[1:]]
    assert [row[3] for row in rows] == [f"{loss:.6f}" for _, loss, _ in whole]


def _states(run: Path) -> list[str]:
    return sorted(path.name for path in (run / "states").glob("state-*.npz"))


def _weights(run: Path) -> list[bytes]:
    import keras

    model = keras.models.load_model(run / "best.keras", safe_mode=True)
    return [weight.tobytes() for weight in model.get_weights()]

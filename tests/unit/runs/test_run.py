"""A run read back: figures, and what became of it."""

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from tests.unit.runs.runfolders import NOW_S, write_run
from unetkit.errors import DataError
from unetkit.runs.run import read_run

DONE = {"parameters": 1234, "seconds": 90.0, "interrupted": False}


def test_a_finished_run(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "my run", report=DONE), now_s=NOW_S)
    assert (run.name, run.state, run.resumable) == ("my run", "finished", False)
    assert (run.parameters, run.minutes, len(run.history)) == (1234, 1.5, 3)
    assert run.best is not None
    assert (run.best.epoch, run.best.accuracy.miou, run.best.accuracy.images) == (2, 0.75, 2)
    assert run.environment == {"host.cpu": "a cpu", "unetkit": "0.1.0"}
    table = run.to_dict()
    assert (table["network"], table["size"], table["epochs_done"], table["epochs"], table["best_epoch"]) == (
        "edge",
        128,
        3,
        3,
        2,
    )
    assert table["accuracy"]["split"] == "validation"
    assert table["data"] == {"reference": "/data", "digest": "ab" * 32}
    json.dumps(table, allow_nan=False)


@pytest.mark.parametrize(
    ("written", "state", "resumable"),
    [
        ({"report": DONE}, "finished", False),
        ({"report": {**DONE, "interrupted": True}}, "interrupted", False),
        ({"report": {**DONE, "interrupted": True}, "state": True}, "interrupted", True),
        ({"age_s": 901}, "cut off", False),
        ({"age_s": 901, "state": True}, "cut off", True),
        ({"age_s": 899}, "running", False),
        ({"age_s": 5, "mious": ()}, "running", False),
        ({"mious": ()}, "cut off", False),
    ],
)
def test_what_became_of_a_run(written: dict[str, Any], state: str, resumable: bool, tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run", **written), now_s=NOW_S)
    assert (run.state, run.resumable) == (state, resumable)


def test_a_run_that_goes_on_after_an_interruption_is_no_longer_interrupted(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", report={**DONE, "interrupted": True, "seconds": 1.0}, state=True)
    os.utime(folder / "states" / "state-000003-000000000.npz", (NOW_S - 60, NOW_S - 60))
    run = read_run(folder, now_s=NOW_S)
    assert (run.state, run.minutes, run.parameters) == ("running", 3, None)


def test_a_run_before_its_first_epoch(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run", mious=()), now_s=NOW_S)
    assert (run.best, run.history, run.minutes) == (None, (), 0)
    assert run.to_dict()["accuracy"] is None


def test_a_run_that_scored_nothing_has_a_best_epoch_without_a_figure(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run", mious=(math.nan, math.nan)), now_s=NOW_S)
    assert run.best is not None
    assert run.best.epoch == 1
    assert run.to_dict()["accuracy"]["miou"] is None


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("config.toml", None, r"no run: it has no config\.toml"),
        ("config.toml", "network = [", r"config\.toml cannot be read"),
        ("split.json", None, r"no run: it has no split\.json"),
        ("split.json", "{}", "is not the data record of a run"),
        ("history.csv", "hello", "is not the history of a run"),
        ("environment.json", "{", r"environment\.json cannot be read"),
        ("report.json", "nonsense", r"report\.json cannot be read"),
        ("report.json", "[1]", r"report\.json holds a list, expected a table"),
        ("report.json", '{"seconds": "long"}', r"report\.json says seconds 'long', expected a number"),
        ("report.json", '{"parameters": true}', r"report\.json says parameters True, expected a number"),
        ("report.json", '{"parameters": NaN}', r"report\.json says parameters nan, expected a number"),
    ],
)
def test_a_broken_run_is_a_data_error_that_names_the_file(
    name: str, text: str | None, told: str, tmp_path: Path
) -> None:
    folder = write_run(tmp_path / "run", report=DONE)
    if text is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(text)
    with pytest.raises(DataError, match=told):
        read_run(folder, now_s=NOW_S)

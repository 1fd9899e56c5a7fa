"""Runs on disk: found, newest, named."""

import os
import time
from pathlib import Path

import pytest

from unetkit.contract.runfolder import RunFolder, new_run_folder
from unetkit.errors import UsageError


def _run(root: Path, name: str, age_s: int) -> Path:
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "best.keras").write_bytes(b"model")
    os.utime(folder / "best.keras", (1_700_000_000 - age_s, 1_700_000_000 - age_s))
    return folder


def test_every_file_lies_inside_the_run(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    files = {
        "checkpoint": "best.keras",
        "config": "config.toml",
        "split": "split.json",
        "environment": "environment.json",
        "history": "history.csv",
        "report": "report.json",
        "curves": "curves.png",
        "panel": "panel.png",
        "page": "report.html",
        "export": "export",
    }
    assert {name: getattr(run, name) for name in files} == {name: tmp_path / file for name, file in files.items()}


def test_a_run_with_a_checkpoint_opens(tmp_path: Path) -> None:
    folder = _run(tmp_path, "edge", 0)
    assert RunFolder.open(folder) == RunFolder(folder)


@pytest.mark.parametrize("name", ["none", "empty", "folder instead"])
def test_what_is_no_run_is_a_usage_error_that_names_the_command(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "folder instead" / "best.keras").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"is not a run: it has no best\.keras; make one with `unetkit train`"):
        RunFolder.open(tmp_path / name)


def test_the_newest_run_is_the_one_whose_checkpoint_was_written_last(tmp_path: Path) -> None:
    _run(tmp_path, "zzz-by-name-the-last", 300)
    newest = _run(tmp_path, "edge", 10)
    _run(tmp_path, "aaa", 20)
    (tmp_path / "without").mkdir()
    (tmp_path / "folder instead" / "best.keras").mkdir(parents=True)
    assert RunFolder.newest(tmp_path) == RunFolder(newest)


@pytest.mark.parametrize("name", ["none", "empty"])
def test_no_run_at_all_is_a_usage_error_that_says_where_it_looked(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError) as caught:
        RunFolder.newest(tmp_path / name)
    assert f"no run in {tmp_path / name}" in str(caught.value)


def test_a_new_folder_is_named_by_kind_and_time_and_never_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "strftime", lambda _: "20240229-235959")
    names = []
    for _ in range(3):
        folder = new_run_folder("edge", tmp_path)
        folder.mkdir()
        names.append(folder.name)
    assert names == ["edge-20240229-235959", "edge-20240229-235959-2", "edge-20240229-235959-3"]


def test_a_name_is_found_below_a_root_that_is_not_there(tmp_path: Path) -> None:
    folder = new_run_folder("demo", tmp_path / "runs")
    assert folder.parent == tmp_path / "runs"
    assert not folder.exists()

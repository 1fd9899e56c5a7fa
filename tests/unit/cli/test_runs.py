"""`unetkit runs`: lists, compares, draws, and passes over what is no run."""

import json
import os
from pathlib import Path

import cv2
import pytest

from tests.unit.cli.conftest import Unetkit
from tests.unit.cli.test_help import loaded_by
from tests.unit.runs.runfolders import write_run

DONE = {"parameters": 1234567, "seconds": 90.0, "interrupted": False}
LONG = "lite0-detail-with-a-name-that-no-terminal-of-eighty-columns-has-room-for"

OLDER = "[red]older <b>$x_{$"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "runs"
    write_run(root / LONG, report=DONE, age_s=100)
    write_run(root / OLDER, network='"lite0"', mious=(0.5, 0.625), age_s=5000, state=True)
    write_run(root / "_begun", mious=(), age_s=9000)
    (root / "photos").mkdir()
    (root / ".cache").mkdir()
    (write_run(root / "spoilt") / "history.csv").write_bytes(b"\xff\xfe")
    return root


def test_runs_are_listed_newest_first_with_whole_figures(folder: Path, unetkit: Unetkit) -> None:
    outcome = unetkit("runs", folder)
    assert outcome.code == 0
    title, heading, _, *rows = outcome.out.splitlines()
    assert "validation split" in title
    figures = ["parameters", "size", "epochs", "best", "mIoU", "images", "minutes", "state"]
    assert heading.split() == ["run", "network", *figures]
    assert rows[0].split() == [LONG, "edge", "1,234,567", "128", "3/3", "2", "0.7500", "2", "1.5", "finished"]
    assert rows[1].startswith(f"{OLDER} ")
    assert rows[1].split()[-10:] == ["lite0", "-", "128", "2/3", "2", "0.6250", "2", "2.0", "cut", "off"]
    assert rows[2].split()[:7] == ["_begun", "edge", "-", "128", "0/3", "-", "-"]
    assert len(rows) == 3


def test_what_is_no_run_is_passed_over_with_a_note(folder: Path, unetkit: Unetkit) -> None:
    lines = unetkit("runs", folder).lines
    assert "skipped photos: no run: it has no config.toml" in lines
    assert any(line.startswith("skipped spoilt: ") and "is not the history of a run" in line for line in lines)
    assert any("can go on: unetkit train --resume" in line for line in lines)
    assert not any(".cache" in line for line in lines)


def test_json_holds_every_run_and_what_was_passed_over(folder: Path, unetkit: Unetkit) -> None:
    table = json.loads(unetkit("runs", folder, "--json").out)
    assert [run["state"] for run in table["runs"]] == ["finished", "cut off", "cut off"]
    assert [item["folder"] for item in table["skipped"]] == ["photos", "spoilt"]
    assert table["folder"] == str(folder)


def test_comparing_shows_what_differs(folder: Path, unetkit: Unetkit) -> None:
    outcome = unetkit("runs", folder, "--compare", LONG, OLDER)
    assert outcome.code == 0
    rows = {line.split("  ")[0]: line.split() for line in outcome.out.splitlines() if line.strip()}
    assert rows["mIoU"][1:] == ["0.7500", "0.6250"]
    assert rows["IoU cat"][2:] == ["0.7500", "0.6250"]
    assert rows["network"][1:] == ["edge", "lite0"]
    assert "size" not in rows  # is the same
    table = json.loads(unetkit("runs", folder, "--compare", "--json").out)
    assert len(table["runs"]) == 3
    assert table["settings"] == {"network": ["edge", "lite0", "edge"]}


def test_curves_are_laid_over_each_other(folder: Path, tmp_path: Path, unetkit: Unetkit) -> None:
    page, picture = tmp_path / "curves.html", tmp_path / "curves.png"
    assert unetkit("runs", folder, "--curves", page).code == 0
    text = page.read_text(encoding="utf-8")
    assert "2 runs" in text
    assert text.count('<path class="path tone-1"') == 3
    assert "[red]older &lt;b&gt;$x_{$" in text
    assert "<b>$x_" not in text
    assert unetkit("runs", folder, "--curves", picture).code == 0
    drawn = cv2.imread(str(picture))
    assert drawn is not None
    assert drawn.shape == (440, 3 * 605, 3)


def test_runs_is_the_folder_when_none_is_named(folder: Path, unetkit: Unetkit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    assert len(json.loads(unetkit("runs", "--json").out)["runs"]) == 3
    assert json.loads(unetkit("runs", "_begun", "--json").out)["runs"][0]["name"] == "_begun"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["{root}/nothing"], 2, "no run "),
        (["{root}", "_begn"], 2, "did you mean _begun?"),
        (["{root}", "spoilt"], 3, "is not the history of a run"),
        (["{root}", "_begun", "--compare"], 2, "takes two runs or more, received 1"),
        (["{root}", "_begun", "--curves", "{root}/c.png"], 2, "no run has finished an epoch yet"),
        (["{root}", "--curves", "{root}/c.pdf"], 2, "has the suffix '.pdf'"),
        (["{root}", "--curves", "{root}/photos.html/c.html"], 3, "cannot write"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str], code: int, told: str, folder: Path, unetkit: Unetkit
) -> None:
    (folder / "photos.html").write_text("in the way")
    outcome = unetkit("runs", *(item.format(root=folder) for item in arguments))
    assert outcome.code == code
    assert outcome.out == ""
    (line,) = outcome.lines
    assert told in line


def test_without_a_folder_of_runs_the_line_says_how_to_make_one(
    tmp_path: Path, unetkit: Unetkit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = unetkit("runs")
    assert outcome.code == 2
    assert "make one with `unetkit train`" in outcome.err
    (tmp_path / "runs").mkdir()
    assert unetkit("runs").code == 0
    assert json.loads(unetkit("runs", "--json").out)["runs"] == []


def test_a_run_that_writes_now_is_running(tmp_path: Path, unetkit: Unetkit) -> None:
    run = write_run(tmp_path / "run")
    os.utime(run / "history.csv")
    assert json.loads(unetkit("runs", tmp_path, "run", "--json").out)["runs"][0]["state"] == "running"


def test_listing_loads_neither_an_engine_nor_tensorflow(folder: Path) -> None:
    packages = ("tensorflow", "keras", "onnx", "onnxruntime", "ai_edge_litert", "matplotlib", "jinja2")
    assert loaded_by("runs", str(folder), of=packages) == []

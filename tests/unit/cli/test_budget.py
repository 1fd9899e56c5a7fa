"""`train --fps` and what goes with it, up to where a training would begin."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Unetkit
from tests.unit.selection.reports import Timed, report_of
from unetkit.selection.budget import Budget
from unetkit.selection.choice import choose
from unetkit.selection.profile import timings_of
from unetkit.terminal.training import say_selection

REPORT = report_of(
    Timed("edge", 128, "tflite", infer=14, end_to_end=18, work=130),
    Timed("edge-nano", 128, "tflite", infer=5, end_to_end=9, work=24),
)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--fps", "0"], "--fps is 0.0, expected a number above 0"),
        (["--latency-ms", "nan"], "--latency-ms is nan"),
        (["--device-profile", "pi.json"], "give --fps or --latency-ms"),
        (["--fps", "30", "--device-profile", "nowhere.json"], "cannot read device profile nowhere.json"),
        (["--fps", "30", "--device-profile", "old.json"], "written by unetkit 0.0.1; expected schema 2"),
        (["--fps", "30", "--device-profile", "none.json"], "none of the 0 models in the device profile is a candidate"),
        (["--fps", "30", "--device-profile", "pi.json", "--size", "256"], "it has edge at 128, edge-nano at 128"),
        (["--fps", "30", "--size", "100"], "size 100 does not divide by"),
        (["--fps", "30", "--config", "narrow.toml"], "width is 0.5 and depth 0"),
        (["--fps", "30", "--out", "run"], "run already holds a run"),
    ],
)
def test_a_budget_that_does_not_go_is_one_line_before_any_data_is_read(
    arguments: list[str], words: str, unetkit: Unetkit, tmp_path: Path
) -> None:
    for name, content in {
        "pi.json": json.dumps(REPORT.to_dict()),
        "old.json": '{"version": "0.0.1"}',
        "none.json": json.dumps(report_of().to_dict()),
        "narrow.toml": "width = 0.5",
        "run/best.keras": "somebody's",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    outcome = unetkit("train", "no such data", *arguments)
    assert (outcome.code, outcome.out, len(outcome.lines)) == (2, "", 1)
    assert words in outcome.err
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--classes", "1"], "1 classes, expected 2 to 255"),
        (["--format", "pdf"], "unknown export format 'pdf'"),
        (["--size", "100"], "size 100 does not divide by"),
        (["--out", "mine"], "holds 'notes.txt', not from an export; choose another with --out"),
    ],
)
def test_candidates_that_do_not_go_are_one_line_and_nothing_is_written(
    arguments: list[str], words: str, unetkit: Unetkit, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("")
    outcome = unetkit("candidates", *arguments)
    assert (outcome.code, outcome.out, len(outcome.lines)) == (2, "", 1)
    assert words in outcome.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_the_table_says_what_was_chosen_from_what_and_on_what(capfd: pytest.CaptureFixture[str]) -> None:
    budget = Budget.of(fps=100)
    say_selection(choose(timings_of(REPORT), budget, REPORT, measured={}))
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("Raspberry Pi 5, 4 of 4 cores")
    assert "640x480" in err
    assert "budget: end to end p95 <= 10 ms; int8" in err
    rows = [line.split() for line in err.splitlines() if line.startswith("  edge")]
    assert rows == [
        ["edge", "128", "tflite", "1,000", "-", "14.00", "18.00", "no"],
        ["edge-nano", "128", "tflite", "1,000", "-", "5.00", "9.00", "chosen"],
    ]

"""`unetkit bench` from the command line: its files, the verdict's exit code, the table across devices."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Unetkit
from unetkit.benchmarks.report import read_report

SHORT = ("--duration", 0.2, "--no-cold", "--no-limits", "--device", "cpu")


@pytest.fixture
def measured(unetkit: Unetkit, model: Path, tmp_path: Path) -> Path:
    files = ("--csv", tmp_path / "a.csv", "--markdown", tmp_path / "a.md", "--html", tmp_path / "a.html")
    outcome = unetkit("bench", model, *SHORT, "--threads", 1, "--json", tmp_path / "a.json", *files)
    assert outcome.code == 0, outcome.err
    for suffix in ("json", "csv", "md", "html"):
        assert f"written to {tmp_path / 'a'}.{suffix}" in outcome.out
    return tmp_path / "a.json"


def test_every_form_of_the_report_is_written(measured: Path) -> None:
    report = json.loads(measured.read_text())
    assert len(report["artifacts"][0]["samples_ns"]["infer"]) == report["rounds"]
    assert measured.with_suffix(".csv").read_text().count("\n") == 6
    assert measured.with_suffix(".md").read_text().count("| end_to_end |") == 1
    assert measured.with_suffix(".html").read_text().startswith("<!doctype html>")


def test_a_model_that_was_a_hundred_times_faster_before_ends_with_five_and_one_that_was_slower_with_zero(
    unetkit: Unetkit, model: Path, measured: Path
) -> None:
    report = json.loads(measured.read_text())
    for factor, code in ((0.01, 5), (100, 0)):
        (artifact,) = json.loads(measured.read_text())["artifacts"]
        samples = {stage: [int(ns * factor) for ns in found] for stage, found in artifact["samples_ns"].items()}
        before = measured.with_name(f"{code}.json")
        before.write_text(json.dumps(report | {"artifacts": [artifact | {"samples_ns": samples}]}))
        outcome = unetkit("bench", model, *SHORT, "--threads", 1, "--compare", before)
        assert outcome.code == code, outcome.err
        assert ("slower" if code else "faster") in outcome.out
        assert ("measuring once more" in outcome.err) == bool(code)  # nobody is told so after one look
        if code:
            assert "slower than in" in outcome.err.splitlines()[-1]


def test_a_baseline_of_another_machine_is_refused_before_anything_is_measured(
    unetkit: Unetkit, model: Path, measured: Path
) -> None:
    report = json.loads(measured.read_text())
    measured.write_text(json.dumps(report | {"host": report["host"] | {"cpu": "Cortex-A76"}}))
    outcome = unetkit("bench", model, *SHORT, "--compare", measured)
    assert (outcome.code, outcome.out, len(outcome.lines)) == (2, "", 1)
    assert "is from another machine (Cortex-A76" in outcome.err


def test_reports_are_merged_into_one_table_and_nothing_is_measured(unetkit: Unetkit, measured: Path) -> None:
    outcome = unetkit("bench", "--merge", measured, measured, "--markdown", measured.with_name("all.md"))
    assert (outcome.code, outcome.err) == (0, "")
    assert measured.with_name("all.md").read_text().count("| tiny.onnx |") == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--compare", "missing.json"], "cannot read baseline missing.json: No such file"),
        (["--threads", "many"], "--threads takes numbers from 1 on"),
        (["--batch", "0"], "--batch takes numbers from 1 on"),
        (["--sources", "x"], "--sources takes numbers from 1 on"),
        (["--checkpoint", "best.keras"], "`unetkit bench` does not read --checkpoint; leave it out"),
        (["--merge", "--html", "x.html", "--json", "x.json"], "`unetkit bench --merge` does not read --json, --html"),
    ],
)
def test_what_cannot_be_meant_is_one_line_before_anything_is_measured(
    unetkit: Unetkit, model: Path, arguments: list[str], words: str
) -> None:
    outcome = unetkit("bench", model, *arguments)
    assert (outcome.code, outcome.out, len(outcome.lines)) == (2, "", 1)
    assert words in outcome.err


def test_sources_at_once_are_a_table_of_their_own_and_in_the_report(unetkit: Unetkit, model: Path) -> None:
    file = model.with_name("report.json")
    outcome = unetkit("bench", model, *SHORT, "--sources", "1,2", "--json", file)
    assert outcome.code == 0, outcome.err
    assert "frames/s" in outcome.out
    assert [each.sources for each in read_report(file, "report").throughputs] == [1, 2]


def test_ctrl_c_among_the_sources_loses_nothing_that_was_measured(
    unetkit: Unetkit, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("unetkit.benchmarks.scale.throughput", interrupted)
    file = model.with_name("report.json")
    assert unetkit("bench", model, *SHORT, "--sources", "1,2", "--json", file).code == 130
    assert read_report(file, "report").artifacts

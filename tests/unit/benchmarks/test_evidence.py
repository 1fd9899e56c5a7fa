"""The page that one command writes: what is written by hand stays, and what a row says is what was found."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.tiny_models import write_onnx
from unetkit.benchmarks import evidence as evidence_module
from unetkit.benchmarks.benchcommand import bench_command
from unetkit.benchmarks.evidence import main
from unetkit.benchmarks.marks import BEGIN, END, replaced
from unetkit.benchmarks.peers.enginetools import ToolCheck
from unetkit.benchmarks.repetition import Run
from unetkit.benchmarks.sections import Sections, _tool_row
from unetkit.errors import DeviceError, UsageError

ORDER = ("one", "two", "three")
PAGE = f"# Title\n\nby hand\n\n{BEGIN}\n\n{END}\n\nafter\n"


def section(name: str, text: str) -> str:
    return f"<!-- figures of {name} -->\n\n{text}"


def run_main(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(main)
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sections' names as they are measured; each tells how often that was."""
    turns: list[str] = []

    def measure(name: str) -> Callable[[], str]:
        def measured() -> str:
            turns.append(name)
            return f"### {name} {turns.count(name)}\n"

        return measured

    monkeypatch.setattr(evidence_module, "sections", lambda *_, **__: {name: measure(name) for name in ORDER})
    return turns


def test_sections_stand_in_their_order_and_only_what_is_given_is_replaced_again_and_again() -> None:
    once = replaced(PAGE, {"two": "new\n", "one": "a figure"}, ORDER)
    inside = f"{section('one', 'a figure')}\n\n{section('two', 'new')}"
    assert once == f"# Title\n\nby hand\n\n{BEGIN}\n\n{inside}\n\n{END}\n\nafter\n"
    assert replaced(once, {}, ORDER) == once
    more = replaced(once, {"one": "another", "three": "late"}, ORDER)
    inside = "\n\n".join([section("one", "another"), section("two", "new"), section("three", "late")])
    assert more == f"# Title\n\nby hand\n\n{BEGIN}\n\n{inside}\n\n{END}\n\nafter\n"
    assert section("two", "new") not in replaced(more, {}, ("one", "three"))  # a section that is no more


@pytest.mark.parametrize("page", ["", BEGIN, END, f"{END} {BEGIN}", f"{BEGIN} {BEGIN} {END}", f"{BEGIN} {END} {END}"])
def test_a_page_without_its_marks_is_left_alone(page: str) -> None:
    with pytest.raises(UsageError, match="the page needs the line"):
        replaced(page, {"one": "new"}, ORDER)


def test_one_command_measures_every_section_and_only_those_that_are_asked_for(
    tmp_path: Path, played: list[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    assert run_main("--page", str(page), "--raw", str(tmp_path)).exit_code == 0
    assert played == list(ORDER)
    assert run_main("--page", str(page), "--raw", str(tmp_path), "--only", "three", "--only", "one").exit_code == 0
    assert played == [*ORDER, "one", "three"]
    assert [line for line in page.read_text().splitlines() if line.startswith("###")] == [
        "### one 2",
        "### two 1",
        "### three 2",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "four"], "no section four; there are one, two, three"),
        (["--data", "person"], "--data takes MODEL=FOLDER"),
        (["--data", "nobody=DIR"], "--data takes MODEL=FOLDER"),
        (["--page", "there-is-none.md"], "cannot read there-is-none.md"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_measured(
    tmp_path: Path, played: list[str], arguments: list[str], words: str
) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    ended = run_main("--page", str(page), "--raw", str(tmp_path / "raw"), *arguments)
    assert ended.exit_code == UsageError.exit_code
    assert ended.output.startswith(f"unetkit: {words}")
    assert not played
    page.write_text("# Title\n")
    assert run_main("--page", str(page)).output.startswith("unetkit: the page needs the line")
    assert not played


def test_a_bench_in_a_process_of_its_own_gives_its_report_and_how_long_it_took(tmp_path: Path) -> None:
    options = ("--duration", "0.2", "--no-cold", "--no-limits")
    report, wall_s = bench_command([write_onnx(tmp_path / "model.onnx")], options)
    assert [Path(artifact.path).name for artifact in report.artifacts] == ["model.onnx"]
    assert wall_s > sum(report.artifacts[0].samples_ns["end_to_end"]) / 1e9
    with pytest.raises(DeviceError, match=r"ended with 4: unetkit: .*absent\.onnx"):
        bench_command([tmp_path / "absent.onnx"])


def test_runs_stand_side_by_side_with_what_the_machine_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = write_onnx(tmp_path / "model.onnx")
    report, _ = bench_command([model], ("--duration", "0.2", "--no-cold", "--no-limits"))
    assert report.conditions is not None
    busy = replace(report, conditions=replace(report.conditions, others_cores=1.234))
    runs = [Run(report=busy, seconds=seconds) for seconds in (11.0, 12.0)]
    monkeypatch.setattr("unetkit.benchmarks.sections.repeated", lambda *_, **__: runs)
    text = Sections(tmp_path, 1.0, lambda _: None).repeats(model)
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith(("| 1", "| 2"))]
    assert [(row[4], row[5], row[7]) for row in rows] == [("11.0", "1.23", "no |"), ("12.0", "1.23", "no |")]
    assert text.rstrip().endswith("of all 2: 0.0%; of the ones with a quiet machine: none.")
    kept = json.loads((tmp_path / "repeats.json").read_text())
    assert (len(kept["reports"]), kept["quiet"]) == (2, [False, False])


def test_an_engine_s_own_figure_stands_beside_ours_or_its_reason() -> None:
    check = ToolCheck(
        tool="benchmark_app", ours_ms=(6.1, 5.9, 6.0), alone_ms=(5.1, 4.9, 5.0), theirs_ms=(4.0, 5.0, 6.0)
    )
    assert _tool_row(check) == ("benchmark_app", "6.10, 5.90, 6.00", "5.10, 4.90, 5.00", "4.00, 5.00, 6.00", "1.00")
    absent = ToolCheck(tool="benchmark_app", ours_ms=(), alone_ms=(), theirs_ms=(), reason="not installed")
    assert _tool_row(absent) == ("benchmark_app", "-", "-", "-", "not installed")
    assert math.isnan(absent.ratio)

"""The page that one command writes: what is written by hand stays, and what a row says is what was found."""

import math
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tests.unit.benchmarks.fakes import MS
from unetkit.benchmarks.evidence import BEGIN, END, _rate_row, _tool_row, main, replaced
from unetkit.benchmarks.peers.enginetools import ToolCheck
from unetkit.benchmarks.scale import Throughput
from unetkit.errors import UsageError
from unetkit.runtime.latency import summarise

PAGE = f"# Title\n\nby hand\n\n{BEGIN}\nold figures\n{END}\n\nafter\n"


def test_only_what_lies_between_the_marks_is_replaced_again_and_again() -> None:
    once = replaced(PAGE, "new\n")
    assert once == f"# Title\n\nby hand\n\n{BEGIN}\n\nnew\n\n{END}\n\nafter\n"
    assert replaced(once, "new\n") == once


@pytest.mark.parametrize("page", ["", BEGIN, END, f"{END} {BEGIN}", f"{BEGIN} {BEGIN} {END}", f"{BEGIN} {END} {END}"])
def test_a_page_without_its_marks_is_left_alone(page: str) -> None:
    with pytest.raises(UsageError, match="the page needs the line"):
        replaced(page, "new")


def test_a_page_without_marks_is_refused_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unetkit.benchmarks.evidence.Evidence", None)  # would fail with a TypeError
    (tmp_path / "page.md").write_text("# Title\n")
    app = typer.Typer()
    app.command()(main)
    ended = CliRunner().invoke(app, ["--page", str(tmp_path / "page.md"), "--raw", str(tmp_path / "raw")])
    assert ended.exit_code == UsageError.exit_code
    assert ended.output.startswith("unetkit: the page needs the line")
    assert not (tmp_path / "raw").exists()


def test_an_engine_s_own_figure_stands_beside_ours_or_its_reason() -> None:
    check = ToolCheck(
        tool="benchmark_app", ours_ms=(6.1, 5.9, 6.0), alone_ms=(5.1, 4.9, 5.0), theirs_ms=(4.0, 5.0, 6.0)
    )
    assert _tool_row(check) == ("benchmark_app", "6.10, 5.90, 6.00", "5.10, 4.90, 5.00", "4.00, 5.00, 6.00", "1.00")
    absent = ToolCheck(tool="benchmark_app", ours_ms=(), alone_ms=(), theirs_ms=(), reason="not installed")
    assert _tool_row(absent) == ("benchmark_app", "-", "-", "-", "not installed")
    assert math.isnan(absent.ratio)


def test_a_throughput_is_told_with_its_turns() -> None:
    found = Throughput(
        sources=4, frames_per_s=80.04, lowest=70, highest=91.5, end_to_end=summarise("end_to_end", [10 * MS] * 3)
    )
    assert _rate_row(found) == ("4", "80.0", "70.0 to 91.5", "10.00", "10.00")

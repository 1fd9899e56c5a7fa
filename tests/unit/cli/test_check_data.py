"""`unetkit data check`: exit codes, what stands on which stream, and what is written."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Unetkit
from tests.unit.cli.test_help import loaded_by
from tests.unit.data.checking.photos import write_good
from tests.unit.data.sets import png, write

EMPTY = png([[0] * 64] * 48)


def test_its_help_loads_nothing_heavy() -> None:
    assert loaded_by("data", "check", "--help") == []


def test_the_group_names_it_and_every_option_has_help(unetkit: Unetkit) -> None:
    assert "check" in unetkit("data", "-h").out
    outcome = unetkit("data", "check", "-h")
    assert (outcome.code, outcome.err) == (0, "")
    assert all(option in outcome.out for option in ("--json", "--sheet", "--quick", "--data-format"))


def test_a_good_folder_is_usable(unetkit: Unetkit, tmp_path: Path) -> None:
    outcome = unetkit("data", "check", write_good(tmp_path / "pets"))
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines()[0].endswith("pets: pairs: all 6; 6 opened, 64x48 pixels")
    assert outcome.out.splitlines()[-1] == "usable: 0 errors, 0 warnings, 0 notes"
    assert [path.name for path in tmp_path.iterdir()] == ["pets"]


def test_warnings_do_not_fail(unetkit: Unetkit, tmp_path: Path) -> None:
    write(write_good(tmp_path) / "masks" / "c.png", EMPTY)
    outcome = unetkit("data", "check", tmp_path)
    assert outcome.code == 0
    assert "  masks/c.png: nothing but background (value 0)\n" in outcome.out
    assert outcome.out.splitlines()[-1] == "usable with warnings: 0 errors, 1 warning, 0 notes"


def test_errors_exit_with_3_and_the_result_is_on_standard_output(unetkit: Unetkit, tmp_path: Path) -> None:
    write(write_good(tmp_path) / "images" / "c.jpg", b"no picture")
    outcome = unetkit("data", "check", tmp_path)
    assert (outcome.code, outcome.err) == (3, "")
    assert outcome.out.splitlines()[-1] == "not usable: 1 error, 0 warnings, 0 notes"


@pytest.mark.parametrize("code", [0, 3])
def test_json_is_all_there_is_on_standard_output(unetkit: Unetkit, tmp_path: Path, code: int) -> None:
    write_good(tmp_path)
    if code:
        write(tmp_path / "images" / "c.jpg", b"no picture")
    outcome = unetkit("data", "check", tmp_path, "--json")
    assert (outcome.code, outcome.err) == (code, "")
    assert json.loads(outcome.out)["verdict"] == ("not usable" if code else "usable")


def test_the_terminal_shows_twenty_of_a_kind_and_json_all(unetkit: Unetkit, tmp_path: Path) -> None:
    write_good(tmp_path, tuple(f"p{index:02d}" for index in range(26)))
    for index in range(25):
        write(tmp_path / "masks" / f"p{index:02d}.png", EMPTY)
    out = unetkit("data", "check", tmp_path).out
    assert out.count("nothing but background") == 20
    assert "  and 5 more;" in out
    assert len(json.loads(unetkit("data", "check", tmp_path, "--json").out)["findings"]) == 25


def test_a_sheet_is_written_and_named(unetkit: Unetkit, tmp_path: Path) -> None:
    outcome = unetkit("data", "check", write_good(tmp_path / "pets"), "--sheet", "check.html")
    assert outcome.code == 0
    assert "sheet: check.html\n" in outcome.out
    assert (tmp_path / "check.html").read_text("utf-8").startswith("<!doctype html>")


def test_quick_says_so(unetkit: Unetkit, tmp_path: Path) -> None:
    outcome = unetkit("data", "check", write_good(tmp_path), "--quick")
    assert outcome.out.splitlines()[-1].endswith("(quick: a sample was opened, none compared)")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["synthetic", "--quick", "--sheet", "sheet.png"], 2, "call it sheet.html"),
        (["nowhere"], 3, "no such folder"),
        (["."], 3, "it has no images/ folder"),
    ],
)
def test_what_cannot_be_checked_is_one_line(
    arguments: list[str], code: int, words: str, unetkit: Unetkit, tmp_path: Path
) -> None:
    outcome = unetkit("data", "check", *arguments)
    assert (outcome.code, outcome.out, len(outcome.lines)) == (code, "", 1)
    assert words in outcome.err
    assert list(tmp_path.iterdir()) == []

"""`unetkit data preview`, as far as it goes without TensorFlow."""

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Unetkit
from tests.unit.cli.test_help import loaded_by


@pytest.mark.parametrize("arguments", [["data", "--help"], ["data", "preview", "--help"]])
def test_its_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert loaded_by(*arguments) == []


def test_the_group_names_its_command_and_every_option_has_help(unetkit: Unetkit) -> None:
    assert "preview" in unetkit("data", "-h").out
    outcome = unetkit("data", "preview", "-h")
    assert (outcome.code, outcome.err) == (0, "")
    assert "data preview [OPTIONS]" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["synthetic", "--out", "sheet.jpg"], 2, "the sheet is a PNG"),
        (["synthetic", "--backgrounds", "0.5"], 2, "the data has 3 classes"),
        (["nowhere"], 3, "no such folder"),
    ],
)
def test_what_it_cannot_do_is_one_line(
    arguments: list[str], code: int, words: str, unetkit: Unetkit, tmp_path: Path
) -> None:
    outcome = unetkit("data", "preview", *arguments)
    assert (outcome.code, outcome.out, len(outcome.lines)) == (code, "", 1)
    assert words in outcome.err
    assert list(tmp_path.iterdir()) == []

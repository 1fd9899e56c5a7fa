"""What differs between runs, and when their figures must not be compared."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.runs.runfolders import NOW_S, write_run
from unetkit.errors import UsageError
from unetkit.runs.comparison import Comparison, compare
from unetkit.runs.run import read_run


def _compared(tmp_path: Path, **second: Any) -> Comparison:
    folders = write_run(tmp_path / "a"), write_run(tmp_path / "b", **second)
    return compare([read_run(folder, now_s=NOW_S) for folder in folders])


def test_settings_that_differ_stand_side_by_side(tmp_path: Path) -> None:
    found = _compared(tmp_path, network='"lite0"', teacher='"runs/t"')
    assert found.settings == {"network": ("edge", "lite0"), "teacher": (None, "runs/t")}
    assert found.environment == {}
    assert found.cautions == ()
    assert found.to_dict()["settings"]["network"] == ["edge", "lite0"]


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ({"digest": "cd" * 32}, "the runs saw different data"),
        ({"validation": ("v1", "v3")}, "the runs were validated on different pictures"),
        ({"size": "192"}, "the runs were validated at different sizes"),
        ({"loss": '"focal"'}, "the runs have different losses"),
    ],
)
def test_what_forbids_comparing_is_said(second: dict[str, Any], told: str, tmp_path: Path) -> None:
    (caution,) = _compared(tmp_path, **second).cautions
    assert caution.startswith(told)


def test_the_order_of_the_validation_pictures_does_not_matter(tmp_path: Path) -> None:
    assert _compared(tmp_path, validation=("v2", "v1")).cautions == ()


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_runs_are_not_compared(count: int, tmp_path: Path) -> None:
    runs = [read_run(write_run(tmp_path / "a"), now_s=NOW_S)] * count
    with pytest.raises(UsageError, match=f"takes two runs or more, received {count}"):
        compare(runs)

"""Learned ranges travel inside a checkpoint, and are not trusted when they are read."""

import json
import zipfile
from pathlib import Path

import pytest

from unetkit.contract.learnedranges import RANGES_MEMBER, LearnedRanges
from unetkit.errors import ArtifactError

RANGES = LearnedRanges(per_channel=False, tensors={"down0_relu": (0.0, 3.5), "up0_add": (-1.25, 2.0)})


def _archive(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
        for name, text in members.items():
            archive.writestr(f"{name}.json", text)
    return path


def test_they_are_read_as_they_were_written_and_leave_the_rest_alone(tmp_path: Path) -> None:
    path = _archive(tmp_path / "best.keras")
    RANGES.write(path)
    assert LearnedRanges.read(path) == RANGES
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["config.json", RANGES_MEMBER]


def test_a_checkpoint_that_was_trained_without_has_none(tmp_path: Path) -> None:
    assert LearnedRanges.read(_archive(tmp_path / "best.keras")) is None


def test_the_same_ranges_give_the_same_bytes(tmp_path: Path) -> None:
    one, other = _archive(tmp_path / "one.keras"), tmp_path / "other.keras"
    other.write_bytes(one.read_bytes())
    for path in (one, other):
        RANGES.write(path)
    assert one.read_bytes() == other.read_bytes()


GOOD = {"schema": 1, "per_channel": True, "tensors": {"relu": [0.0, 1.0]}}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"schema": 2}, "schema"),
        ({"per_channel": "yes"}, "per_channel"),
        ({"tensors": {}}, "tensors"),
        ({"tensors": {"relu": [0.5, 1.0]}}, "relu"),
        ({"tensors": {"relu": [-1.0, -0.5]}}, "relu"),
        ({"tensors": {"relu": [0.0, 0.0]}}, "relu"),
        ({"tensors": {"relu": [0, 1]}}, "relu"),
        ({"tensors": {"relu": [0.0]}}, "values to unpack"),
        ({"tensors": {"relu": {"low": 0.0}}}, "range"),
        ({"tensors": {"re\nlu": [0.0, 1.0]}}, "names"),
        ({"tensors": {"n" * 201: [0.0, 1.0]}}, "names"),
        ({"tensors": {str(number): [0.0, 1.0] for number in range(10_001)}}, "10000 ranges"),
        ({"more": 1}, "more"),
        ({"tensors": [1]}, "items"),
    ],
)
def test_what_is_no_table_of_ranges_is_refused_by_name(changed: dict[str, object], named: str) -> None:
    with pytest.raises(ArtifactError, match=named):
        LearnedRanges.from_json(json.dumps(GOOD | changed))


@pytest.mark.parametrize("end", ["NaN", "Infinity", "1e999"])
def test_a_range_has_finite_ends(end: str) -> None:
    with pytest.raises(ArtifactError, match="relu"):
        LearnedRanges.from_json(json.dumps(GOOD).replace("1.0", end))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000])
def test_what_is_no_json_table_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"best\.keras"):
        LearnedRanges.read(_archive(tmp_path / "best.keras", unetkit_ranges=text))

"""A report written as JSON and read back; what is none is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_models import SPEC, write_onnx
from tests.unit.benchmarks.fakes import grey_frames
from unetkit.benchmarks.bench import BenchReport, bench
from unetkit.errors import UsageError


def written_report(folder: Path) -> dict[str, Any]:
    paths = [write_onnx(folder / f"{precision}.onnx", precision) for precision in ("fp32", "int8")]
    report = bench(paths, frames=grey_frames(10, 20), rounds=3, device="cpu", threads=(1,))
    table: dict[str, Any] = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert BenchReport.from_dict(table) == report
    return table


def test_a_written_report_is_read_back_as_it_was(tmp_path: Path) -> None:
    table = written_report(tmp_path)
    assert [item["provenance"] for item in table["artifacts"]] == [dict(SPEC.provenance)] * 2
    assert [item["channels"] for item in table["artifacts"]] == [SPEC.channels] * 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": 7, "version": "9.1"}, "it is of schema 7, written by unetkit 9.1; expected schema 2"),
        ({"schema": None}, "it is of schema None, written by unetkit"),  # before reports had a schema
        ({"host": {"cpu": "Z80"}}, r"it is not a report of `unetkit bench` \("),
        ({"artifacts": [{}]}, "it is not a report of `unetkit bench`"),
        ({"artifacts": None}, "it is not a report of `unetkit bench`"),
        ({"speed": 9}, "it is not a report of `unetkit bench`"),
    ],
)
def test_what_is_not_a_report_of_this_schema_is_refused(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        BenchReport.from_dict(written_report(tmp_path) | change)


@pytest.mark.parametrize("table", [None, [], "report", 3, {}])
def test_json_of_another_form_is_no_report(table: object) -> None:
    with pytest.raises(UsageError, match="it is of schema None, written by no unetkit"):
        BenchReport.from_dict(table)

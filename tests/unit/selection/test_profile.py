import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.selection.reports import Timed, artifact, report_of
from unetkit.errors import UsageError
from unetkit.selection.capability import Candidate
from unetkit.selection.profile import read_profile, timings_of

EDGE = Timed("edge", 128, "tflite", infer=14, end_to_end=18, work=130)


def written(path: Path, table: Any) -> Path:
    path.write_text(table if isinstance(table, str) else json.dumps(table), encoding="utf-8")
    return path


def with_time(time: object) -> Any:
    table = report_of(EDGE).to_dict()
    (stage,) = (stage for stage in table["artifacts"][0]["stages"] if stage["name"] == "infer")
    stage["p95_ms"] = time
    return table


def test_a_profile_is_the_report_that_was_written_on_the_device(tmp_path: Path) -> None:
    report = report_of(EDGE, replace(EDGE, engine="onnx", infer=24))
    assert read_profile(written(tmp_path / "pi.json", report.to_dict())) == report


def test_a_timing_is_a_candidate_with_its_95th_percentiles() -> None:
    (timing,) = timings_of(report_of(EDGE))
    assert timing.candidate == Candidate(network="edge", size=128)
    assert (timing.engine, timing.device, timing.channels) == ("tflite", "CPU", 3)
    assert (timing.parameters, timing.multiply_adds) == (1000, 130)
    assert (timing.infer_ms, timing.end_to_end_ms) == (14, 18)
    assert timing.median_ms == pytest.approx(16.2)  # .9 * 18


def test_what_is_no_int8_candidate_is_passed_over() -> None:
    others = (
        replace(EDGE, precision="fp32"),
        replace(EDGE, precision="fp16"),
        artifact(EDGE, provenance={"network": "edge", "data_digest": "abc"}),  # a trained model
        artifact(EDGE, provenance={}),
        replace(artifact(EDGE), input_hw=(128, 96)),
    )
    assert timings_of(report_of(*others, EDGE)) == timings_of(report_of(EDGE))
    with pytest.raises(UsageError, match="none of the 5 models in the device profile is a candidate; make them with"):
        timings_of(report_of(*others))


def test_only_what_was_asked_for_is_taken_and_else_the_line_says_what_there_is() -> None:
    report = report_of(EDGE, replace(EDGE, size=192))
    (timing,) = timings_of(report, [Candidate(network="edge", size=192), Candidate(network="lite0", size=192)])
    assert timing.candidate.size == 192
    with pytest.raises(UsageError, match="has no time of what was asked for; it has edge at 128, edge at 192"):
        timings_of(report, [Candidate(network="lite0", size=128)])


@pytest.mark.parametrize("time", [None, 0, -1])
def test_a_candidate_without_a_time_is_an_error(tmp_path: Path, time: object) -> None:
    report = read_profile(written(tmp_path / "pi.json", with_time(time)))
    with pytest.raises(UsageError, match=r"has no time of infer for candidates/edge-128\.int8\.tflite"):
        timings_of(report)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (report_of(EDGE).to_dict() | {"schema": 99, "version": "9.9"}, "schema 99, written by unetkit 9.9"),
        ({"version": "0.1.0", "artifacts": []}, "schema None, written by unetkit 0.1.0; expected schema 2"),
        (report_of(EDGE).to_dict() | {"host": None}, "it is not a report of `unetkit bench`"),
        (with_time("fast"), "float was expected, not 'fast'"),
        ({"budget": {}}, "written by no unetkit"),
        ("[" * 100_000, "is not JSON"),
        ("# Pi\n", "is not JSON"),
    ],
)
def test_what_is_no_profile_of_this_version_is_one_line_that_says_what_to_do(
    tmp_path: Path, content: Any, words: str
) -> None:
    with pytest.raises(UsageError) as error:
        read_profile(written(tmp_path / "pi.json", content))
    assert "pi.json" in str(error.value)
    assert words in str(error.value)
    assert "unetkit bench --json" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_profile_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read device profile .*pi\.json: No such file"):
        read_profile(tmp_path / "pi.json")

"""report.html and card.md of an export: every figure is there, nothing is loaded, and no name becomes markup."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tiny_models import SPEC
from tests.unit.export.folder.reports import HOSTILE, report, result
from unetkit.contract.spec import ModelSpec
from unetkit.data.record import DataRecord
from unetkit.export.folder.card import card_text
from unetkit.export.folder.contents import write_contents
from unetkit.export.folder.page import changing_classes, findings, grade, write_page


def page_of(tmp_path: Path, **other: object) -> str:
    write_page(tmp_path / "report.html", report(**other))
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_page_shows_each_file_with_its_figures(tmp_path: Path) -> None:
    page = page_of(tmp_path)
    for text in ("model.onnx", "model.int8.onnx", "-1.20", "99.91%", "0.25", "ab" * 32, "cd" * 32, "-2.40", "0.788"):
        assert text in page, text
    assert "-0.00" not in page
    assert "Engines here" not in page  # nothing was timed


def test_the_page_tells_how_int8_came_about(tmp_path: Path) -> None:
    page = page_of(tmp_path)
    assert "63 of 65" in page
    assert "entropy" in page
    assert '<td class="number">yes</td>' in page  # per channel
    assert '<td class="number">2</td>' in page  # layers that stay float
    assert '<td class="number">3</td>' in page  # recipes tried


def test_an_export_without_int8_has_a_page_and_a_card(tmp_path: Path) -> None:
    only = result("model.tflite", bytes_=10, change=0.0)
    assert "How int8 came about" not in page_of(tmp_path, calibration=None, results=[only])
    assert "calibration frames" not in card_text(report(only, calibration=None))


def test_times_and_the_verdict_are_shown_where_they_were_taken(tmp_path: Path) -> None:
    timed = {"median_ms": 4.567, "ratio": 0.431, "ratio_q1": 0.4, "ratio_q3": 0.5, "reason": ""}
    untimed = dict.fromkeys(timed) | {"reason": "it does not read <int8>"}
    engines = [
        {"file": "model.onnx", "engine": "onnx", **timed},
        {"file": "model.onnx", "engine": "opencv", **untimed},
        {"file": "model.onnx", "engine": "openvino"},
    ]
    page = page_of(tmp_path, engines=engines, verdict={"sentence": "int8: 2.4x faster: use it"})
    for text in (
        "4.57",
        "0.43",
        "0.40 to 0.50",
        "it does not read &lt;int8&gt;",
        ">opencv</td>",
        ">openvino</td>",
    ):
        assert text in page, text
    assert "int8: 2.4x faster: use it" in page


def test_the_page_stands_alone_and_takes_no_name_for_markup(tmp_path: Path) -> None:
    page = page_of(tmp_path)
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)\s*=", page)
    assert "&lt;script&gt;" in page


def test_the_card_takes_no_name_for_markup_and_keeps_its_tables_whole() -> None:
    card = card_text(report())
    assert "<script" not in card.replace("\\<", "")
    columns = {
        len(re.findall(r"(?<!\\)\|", line))
        for line in card.partition("## Run it")[0].splitlines()
        if line.startswith("| model") and "onnx" in line
    }
    assert columns == {9}  # model, bytes, pixel accuracy, mIoU, three classes, change: eight cells
    assert "-1.20" in card
    assert "loses 2.4 points of IoU" in card
    assert "80 pictures trained on, 20 held out" in card
    assert "ef" * 32 in card


def test_a_class_that_does_not_occur_is_a_dash() -> None:
    assert "| 0.9000 | 0.7000 | - |" in card_text(report())


@pytest.mark.parametrize(
    ("change", "expected"), [(0.01, "good"), (-0.005, "good"), (-0.006, "fair"), (-0.02, "fair"), (-0.021, "poor")]
)
def test_the_grade_goes_by_the_points_lost(change: float, expected: str) -> None:
    assert grade(change) == expected


def test_findings_name_the_class_that_loses_most_and_the_size_of_int8() -> None:
    told = [item.text for item in findings(report())]
    assert any(HOSTILE in text and "-2.4 points" in text for text in told)
    assert "model.int8.onnx has 0.25 of float32's size." in told
    quiet = report(result("model.onnx", bytes_=1, change=0.0))
    assert [item.level for item in findings(quiet)] == ["good", "good"]


def test_of_many_classes_those_that_change_most_are_shown_in_their_order() -> None:
    names = [f"class {index}" for index in range(40)]
    row = {"iou": dict.fromkeys(names, 0.5), "iou_change": {name: -index / 1000 for index, name in enumerate(names)}}
    assert changing_classes([row]) == names[24:]
    row["iou_change"][names[0]] = 0.9
    assert changing_classes([row]) == [names[0], *names[25:]]


def test_the_folder_gets_report_page_card_and_a_program(tmp_path: Path) -> None:
    record = DataRecord(
        reference="data", data_dir=None, digest="12" * 32, train=("a", "b"), validation=("c",), cache="/nowhere"
    )
    summary = {key: value for key, value in report().items() if key not in {"model", "data", "host", "versions"}}
    spec = replace(SPEC, classes=tuple(replace(SPEC.classes[0], name=name) for name in summary["keras"]["iou"]))
    write_contents(tmp_path, summary, spec, record)
    assert {item.name for item in tmp_path.iterdir()} == {"report.json", "report.html", "card.md", "deploy"}
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert summary.items() <= written.items()
    assert ModelSpec.from_json(json.dumps(written["model"])) == spec
    assert written["data"] == {"reference": "data", "sha256": "12" * 32, "train": 2, "validation": 1}
    assert written["versions"]["unetkit"]
    assert {item.name for item in (tmp_path / "deploy").iterdir()} == {"segment.py", "segment.cpp", "README.md"}

"""The same report as JSON, CSV, Markdown and a page: nothing is lost, and nothing in it is taken for markup."""

import csv
import io
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.unit.benchmarks.fakes import MS, HandClock, TimedBackend, grey_frames, segmenter
from unetkit.benchmarks.accuracy import Accuracy
from unetkit.benchmarks.bench import STAGES, BenchReport, measure
from unetkit.benchmarks.coldstart import ColdStart
from unetkit.benchmarks.columns import throughput_rows
from unetkit.benchmarks.merging import merged_rows
from unetkit.benchmarks.operators import OperatorTime
from unetkit.benchmarks.page.axes import Scale
from unetkit.benchmarks.page.document import page_of
from unetkit.benchmarks.page.picture import standalone
from unetkit.benchmarks.page.plots import accuracy_plot, pareto
from unetkit.benchmarks.peak import Peak
from unetkit.benchmarks.report import read_report
from unetkit.benchmarks.roofline import Roofline
from unetkit.benchmarks.scale import Throughput
from unetkit.benchmarks.textforms import csv_of, markdown_of
from unetkit.errors import UsageError
from unetkit.runtime.latency import summarise

NASTY = "<script>alert(1)|&amp;"
COLD = ColdStart(
    total_ms=500,
    load_ms=90,
    first_inference_ms=12.5,
    memory_before_bytes=40_000_000,
    memory_steady_bytes=90_000_000,
    memory_peak_bytes=95_000_000,
    gpu_memory_bytes=None,
)
LINE = Roofline(
    multiply_adds=80_000_000,
    weight_bytes=700_000,
    moved_bytes=5_000_000,
    limit_ms=1.0,
    share=0.25,
    compute_bound=0.5,
    gmacs=20.0,
)


@pytest.fixture
def report(tmp_path: Path) -> BenchReport:
    clock = HandClock()
    lanes = [
        segmenter(tmp_path, TimedBackend(clock, lambda call, cost=cost: (cost + call % 3) * MS), name)  # type: ignore[misc]
        for name, cost in (("model", 8), ("b<i>|x", 4))
    ]
    found = measure(lanes, frames=grey_frames(1), rounds=20, seconds=60, clock=clock, yardstick=None)
    full = [
        replace(
            artifact,
            threads=1 + index,
            cold=COLD,
            roofline=LINE,
            accuracy=Accuracy(
                data="pets", split="test", images=7, miou=0.9 - index / 10, class_iou=(("a", 0.9), ("b", 0.8))
            ),
            operators=(OperatorTime(name=NASTY, operator="Conv", level="encoder 1/2", mean_us=300.0),),
        )
        for index, artifact in enumerate(found.artifacts)
    ]
    peak = Peak(threads=1, float_gmacs=30.0, int8_gmacs=90.0, copies=((1000, 20.0), (10**6, 10.0)))
    host = replace(found.host, board=NASTY)
    return replace(found, artifacts=tuple(full), peaks=(peak,), host=host, conditions=None)


class Reader(HTMLParser):
    """Every tag and all text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not [name for name, _ in attrs if name in {"src", "href", "onload", "onclick"}]

    def handle_data(self, data: str) -> None:
        self.text += data + "\n"


def test_the_page_stands_alone_and_takes_no_name_for_markup(report: BenchReport) -> None:
    page = page_of(report)
    reader = Reader(page)
    assert not {"script", "i", "img", "link", "iframe"} & set(reader.tags)
    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page
    assert NASTY in reader.text


def test_the_page_has_a_plot_for_everything_the_report_knows_and_they_are_whole_svg(report: BenchReport) -> None:
    page = page_of(report)
    pictures = [part.partition("</svg>")[0] + "</svg>" for part in page.split("<svg")[1:]]
    labels = [ET.fromstring("<svg" + picture).get("aria-label") for picture in pictures]
    assert labels == [
        "mean time of each stage",
        "distribution of end-to-end times",
        "accuracy against latency",
        "roofline",
        "time of each level of the network",
    ]
    bare = replace(
        report,
        peaks=(),
        artifacts=tuple(
            replace(item, cold=None, roofline=None, accuracy=None, operators=()) for item in report.artifacts
        ),
    )
    assert page_of(bare).count("<svg") == 2
    sweep = replace(report.artifacts[0], threads=4)
    assert "inference time over threads" in page_of(replace(report, artifacts=(*report.artifacts, sweep), ratios=()))


def test_a_plot_can_stand_as_a_file_of_its_own_with_its_legend_in_it(report: BenchReport) -> None:
    picture = standalone(accuracy_plot(report, ("one", NASTY)))
    root = ET.fromstring(picture)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    texts = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[-2:] == ["one", NASTY]
    assert "prefers-color-scheme: dark" in picture
    with pytest.raises(ValueError, match="not a plot"):
        standalone("")


def test_csv_has_a_line_for_each_stage_with_figures_as_they_are(report: BenchReport) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_of(report))))
    assert [row["stage"] for row in rows] == [*STAGES] * 2
    infer = report.artifacts[1].stage("infer")
    row = rows[STAGES.__len__() + 1]
    assert (row["p95_ms"], row["jitter_ms"], row["n"]) == (repr(infer.p95_ms), repr(infer.jitter_ms), "20")
    assert (row["host"], row["miou"], row["limit_share"], row["threads"]) == (NASTY, "0.8", "0.25", "2")


def test_several_sources_at_once_are_in_every_form(report: BenchReport, tmp_path: Path) -> None:
    found = [
        Throughput(
            path=f"{folder}/model.onnx",
            engine="onnx",
            sources=sources,
            frames_per_s=80.04,
            lowest=70,
            highest=91.5,
            end_to_end=summarise("end_to_end", [10 * MS] * 3),
        )
        for folder in ("a", "b")
        for sources in (1, 4)
    ]
    full = replace(report, throughputs=tuple(found))
    assert list(throughput_rows(found[:2]))[1] == ("model.onnx", "4", "80.0", "70.0 to 91.5", "10.00", "10.00")
    line = ("b/model.onnx", "4", "80.0", "70.0 to 91.5", "10.00", "10.00")
    assert list(throughput_rows(found))[-1] == line  # two files of one name
    assert f"| {' | '.join(line)} |" in markdown_of(full)
    assert "".join(f"<td>{cell}</td>" for cell in line) in page_of(full)
    row = list(csv.DictReader(io.StringIO(csv_of(full))))[-1]
    assert (row["path"], row["sources"], row["frames_per_s"], row["p50_ms"], row["sha256"]) == (
        "b/model.onnx",
        "4",
        "80.04",
        "10.0",
        "",
    )
    assert BenchReport.from_dict(full.to_dict()) == full


def test_markdown_tables_have_as_many_cells_in_every_row_as_in_their_head(report: BenchReport) -> None:
    text = markdown_of(report)
    tables = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    assert len(tables) == 3
    for table in tables:
        assert len({line.replace("\\|", "").count("|") for line in table}) == 1
    assert "b<i>\\|x.onnx" in text


def test_a_written_report_is_read_and_another_file_is_refused_by_name(report: BenchReport, tmp_path: Path) -> None:
    import json

    path = tmp_path / "pi.json"
    path.write_text(json.dumps(report.to_dict(), allow_nan=False))
    assert read_report(path, "report") == report
    path.write_text("{}")
    with pytest.raises(UsageError, match=r"baseline .*pi\.json cannot be used: it is of schema None"):
        read_report(path, "baseline")


def test_reports_of_several_devices_become_one_table_the_fastest_of_each_model_first(report: BenchReport) -> None:
    slower = replace(
        report,
        host=replace(report.host, board="Raspberry Pi 5", usable_cores=4),
        artifacts=tuple(
            replace(item, stages=tuple(replace(stage, p50_ms=3 * stage.p50_ms) for stage in item.stages))
            for item in report.artifacts
        ),
    )
    rows = merged_rows([slower, report])
    assert [(row[0], row[2].split(",")[0]) for row in rows] == [
        ("b<i>|x.onnx", NASTY),
        ("b<i>|x.onnx", "Raspberry Pi 5"),
        ("model.onnx", NASTY),
        ("model.onnx", "Raspberry Pi 5"),
    ]
    assert rows[0][5:] == ("5.00", "6.00", "5.00", "6.00")  # 4, 5, 6 ms in turn
    with pytest.raises(UsageError, match="nothing to merge"):
        merged_rows([])


@pytest.mark.parametrize(
    ("points", "front"),
    [
        ([(1, 0.5)], [(1, 0.5)]),
        ([(2, 0.9), (1, 0.5), (3, 0.8)], [(1, 0.5), (2, 0.9)]),
        ([(1, 0.5), (1, 0.7), (2, 0.7)], [(1, 0.7)]),
    ],
)
def test_the_front_is_what_nothing_beats_in_both(
    points: list[tuple[float, float]], front: list[tuple[float, float]]
) -> None:
    assert pareto(points) == front


def test_scales_have_round_ticks_that_enclose_the_values_and_labels_that_differ() -> None:
    linear = Scale([0.9581, 0.9597], 0, 100)
    assert (linear.low, linear.high) == pytest.approx((0.958, 0.96))
    labels = [linear.label(tick) for tick in linear.ticks]
    assert len(set(labels)) == len(labels)
    log = Scale([3.0, 40.0], 0, 100, log=True)
    assert log.ticks == (2, 5, 10, 20, 50)
    assert (log(2), log(50), log(10)) == (0, 100, 50)

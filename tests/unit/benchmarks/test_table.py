import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from tests.unit.benchmarks.fakes import MS, HandClock, TimedBackend, grey_frames, segmenter
from unetkit.benchmarks.bench import BenchReport, measure
from unetkit.benchmarks.table import render
from unetkit.runtime.host import HostInfo

HOST = HostInfo(
    cpu="ARM Cortex-A76",
    board="Raspberry Pi 5",
    gpu=None,
    logical_cores=4,
    usable_cores=3,
    memory_bytes=1,
    os="Linux 6.6 aarch64",
    python="3.11.7",
    packages={"numpy": "2.4.6"},
    instructions=("asimd", "asimddp"),
)


def text_of(report: BenchReport, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(render(report))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def measured(folder: Path, *costs_ms: float, names: tuple[str, ...] = ("model", "model.int8")) -> BenchReport:
    clock = HandClock()
    lanes = [
        segmenter(folder, TimedBackend(clock, lambda _, cost=cost: int(cost * MS)), name)  # type: ignore[misc]
        for cost, name in zip(costs_ms, names, strict=False)
    ]
    report = measure(lanes, frames=grey_frames(1, 2), rounds=8, seconds=60, clock=clock, yardstick=None)
    return replace(report, host=HOST, conditions=None)


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.strip()]


def test_the_header_says_the_machine_and_what_ran(tmp_path: Path) -> None:
    lines = text_of(measured(tmp_path, 8.0), width=200).splitlines()
    assert lines[0] == "Raspberry Pi 5, 3 of 4 cores, asimd asimddp, Linux 6.6 aarch64, Python 3.11.7, numpy 2.4.6"
    assert lines[1] == "8 frames an artifact (after 16 to warm up) of grey frames, 2 frames, 12x8"
    assert lines[2] == "model.onnx: onnx on CPU, int8, 2 threads, input 6x4, 0.00 MB, sha256 ba7816bf8f01"


@pytest.mark.parametrize(
    ("sizes_hw", "told"),
    [
        (((480, 640), (8, 12)), "12x8, 640x480"),
        (((10, 20), (30, 40), (5, 6), (25, 24)), "4 sizes from 6x5 to 40x30"),
    ],
)
def test_the_sizes_of_a_folder_s_many_pictures_are_told_by_their_ends(
    tmp_path: Path, sizes_hw: tuple[tuple[int, int], ...], told: str
) -> None:
    report = replace(measured(tmp_path, 8.0), frame_sizes_hw=sizes_hw)
    assert text_of(report, width=200).splitlines()[1].endswith(f", {told}")


def test_each_stage_has_a_row_in_milliseconds_and_one_artifact_has_no_ratios(tmp_path: Path) -> None:
    text = text_of(measured(tmp_path, 8.25))
    assert ["model.onnx"] in rows(text)
    assert ["preprocess", "8", *["0.00"] * 7] in rows(text)
    assert ["infer", "8", *["8.25"] * 6, "0.00"] in rows(text)
    assert ["end_to_end", "8", *["8.25"] * 6, "0.00"] in rows(text)
    assert "share" not in text


def test_ratios_name_their_base_and_their_spread(tmp_path: Path) -> None:
    text = text_of(measured(tmp_path, 8.0, 2.0))
    assert "time a frame as a share of model.onnx's in the same round; below 1 is faster" in text
    spans = ["0.25", "to", "0.25"] * 2  # interval and middle half
    assert ["end_to_end", "0.25", *spans, "faster"] in rows(text)
    assert ["infer", "0.25", *spans, "faster"] in rows(text)
    assert "interleaved" in text


def test_a_ratio_to_a_time_that_was_not_seen_is_a_dash(tmp_path: Path) -> None:
    assert ["infer", "-", "-", "-", "no", "difference", "shown"] in rows(text_of(measured(tmp_path, 0, 2.0)))


def test_the_exporter_s_names_fit_80_columns(tmp_path: Path) -> None:
    text = text_of(measured(tmp_path, 123.456, 2.0))
    assert max(map(len, text.split("\n\n", 1)[1].splitlines())) <= 80
    assert ["infer", "8", *["123.5"] * 6, "0.00"] in rows(text)


@pytest.mark.parametrize("width", [60, 40, 1])
def test_a_narrow_terminal_cuts_no_figure_and_folds_no_stage(tmp_path: Path, width: int) -> None:
    report = measured(tmp_path, 1234.56, 2.0, names=("model", "a-name-that-is-far-too-long-for-any-of-them"))
    console = Console(file=io.StringIO(), width=width, soft_wrap=True)
    console.print(render(report))
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert ["infer", "8", *["1234.6"] * 6, "0.00"] in rows(text)
    assert ["preprocess", "8", *["0.00"] * 7] in rows(text)
    assert ["end_to_end", "0.00", *["0.00", "to", "0.00"] * 2, "faster"] in rows(text)
    assert not {"…", "..."} & set(text)
    assert "a-name-that-is-fa" in text  # folded, for names alone


def test_artifacts_of_one_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    text = text_of(measured(tmp_path, 8.0, 2.0, names=("model", "other/model")), width=300)
    assert str(tmp_path / "model.onnx") + ": onnx" in text
    assert str(tmp_path / "other" / "model.onnx") + ": onnx" in text


def test_brackets_in_a_name_are_no_markup(tmp_path: Path) -> None:
    text = text_of(measured(tmp_path, 8.0, 2.0, names=("[bold]", "b[red]")), width=200)
    assert ["[bold].onnx"] in rows(text)
    assert ["b[red].onnx"] in rows(text)


@pytest.mark.parametrize(("ended", "words"), [("seconds", "time was up"), ("interrupted", "interrupted")])
def test_a_run_that_ended_early_says_so(tmp_path: Path, ended: str, words: str) -> None:
    assert words in text_of(replace(measured(tmp_path, 8.0), ended=ended), width=200)

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
import pytest

from tests.unit.runtime.fakes import SPEC, ListSink, ListSource, fake_segmenter, make_frame
from unetkit.contract.postprocess import Mask
from unetkit.data.runlength import RunLengths, runs_of
from unetkit.errors import OutputError, UsageError
from unetkit.runtime.maskjson import Shapes
from unetkit.runtime.running.jsonlines import JsonLines
from unetkit.runtime.running.pipeline import run_pipeline, run_together
from unetkit.runtime.running.stream import Stream
from unetkit.runtime.views.painter import Painter

LABELS = np.array([[0, 1, 1, 2], [0, 1, 0, 0]], np.uint8)


def lines_in(path: Path) -> list[dict[str, Any]]:
    text = path.read_text(encoding="utf-8")
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_says_which_frame_what_is_in_it_and_how_long_it_took(tmp_path: Path) -> None:
    path = tmp_path / "new" / "out.jsonl"
    lines = JsonLines(path, SPEC)
    tell = lines.told_of(ListSource([]), 2)
    tell(make_frame(5, at_s=0.2), Mask(labels=LABELS), {"infer": 4.56789, "end_to_end": 7.0})
    (entry,) = lines_in(path)  # at once, before anything is closed
    lines.close()
    lines.close()
    assert entry == {
        "stream": 2,
        "source": "fake source",
        "frame": 5,
        "name": "frame_5",
        "at_s": 0.2,
        "captured_s": None,
        "width": 4,
        "height": 2,
        "classes": [
            {"label": 0, "name": "background", "share": 0.5, "box": [0, 0, 4, 2]},
            {"label": 1, "name": "cat", "share": 0.375, "box": [1, 0, 2, 2]},
            {"label": 2, "name": "dog", "share": 0.125, "box": [3, 0, 1, 1]},
        ],
        "stages_ms": {"infer": 4.568, "end_to_end": 7.0},
    }


def test_of_a_live_frame_it_says_when_it_was_captured(tmp_path: Path) -> None:
    lines = JsonLines(tmp_path / "out.jsonl", SPEC)
    tell = lines.told_of(ListSource([], live=True))
    tell(make_frame(captured_ns=time.perf_counter_ns()), Mask(labels=LABELS), {})
    (entry,) = lines_in(tmp_path / "out.jsonl")
    assert entry["captured_s"] == pytest.approx(time.time(), abs=5)  # a slow machine, no other clock
    assert entry["at_s"] is None


def test_run_lengths_in_a_line_are_read_back_by_the_coco_reader(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = cv2.resize(rng.integers(0, 3, (9, 13), np.uint8), (130, 90), interpolation=cv2.INTER_NEAREST)
    lines = JsonLines(tmp_path / "out.jsonl", SPEC, "rle")
    lines.told_of(ListSource([]))(make_frame(), Mask(labels=np.asarray(labels, np.uint8)), {})
    (entry,) = lines_in(tmp_path / "out.jsonl")
    again = np.full((90, 130), 255, np.uint8)
    for item in entry["classes"]:
        height, width = item["rle"]["size"]
        RunLengths(runs_of(item["rle"]["counts"]), (height, width)).paint(again, item["label"])
    np.testing.assert_array_equal(again, labels)


def test_every_frame_of_every_source_has_a_line_with_the_times_of_its_stages(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    lines = JsonLines(path, SPEC, "polygons")
    sources = [ListSource([0, 200]), ListSource([255, 0], live=True)]
    streams = [
        Stream(source=source, sink=ListSink(), painter=Painter(SPEC), on_result=lines.told_of(source, number))
        for number, source in enumerate(sources, start=1)
    ]
    run_together(streams, fake_segmenter(tmp_path), warmup=0)
    entries = lines_in(path)
    assert sorted((entry["stream"], entry["frame"]) for entry in entries) == [(1, 0), (1, 1), (2, 0), (2, 1)]
    cats = {(entry["stream"], entry["frame"]): entry["classes"][1]["share"] for entry in entries}
    assert cats == {(1, 0): 0.0, (1, 1): 1.0, (2, 0): 1.0, (2, 1): 0.0}
    stages = {"read", "preprocess", "infer", "postprocess", "overlay", "end_to_end", "sink"}
    assert all(set(entry["stages_ms"]) == stages | ({"age"} if entry["stream"] == 2 else set()) for entry in entries)


def test_the_document_s_schema_names_what_is_in_a_line(tmp_path: Path) -> None:
    document = (Path(__file__).parents[3] / "docs" / "json-lines.md").read_text(encoding="utf-8")
    schema = json.loads(document[document.index('    {"$schema"') : document.index("## COCO")])
    for shapes in get_args(Shapes):
        lines = JsonLines(tmp_path / f"{shapes}.jsonl", SPEC, shapes)
        lines.told_of(ListSource([]))(make_frame(), Mask(labels=LABELS), {"infer": 1.0})
        (entry,) = lines_in(tmp_path / f"{shapes}.jsonl")
        assert set(entry) == set(schema["required"]) == set(schema["properties"])
        item = schema["properties"]["classes"]["items"]
        for each in entry["classes"]:
            assert set(item["required"]) <= set(each) <= set(item["properties"])


def test_a_line_that_cannot_be_written_ends_the_run(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    lines, source = JsonLines(Path("/dev/full"), SPEC), ListSource([1, 2])
    with pytest.raises(OutputError, match="cannot write JSON lines to /dev/full: No space left"):
        run_pipeline(source, fake_segmenter(tmp_path), ListSink(), on_result=lines.told_of(source))
    assert source.closed


def test_a_place_that_cannot_be_written_to_and_unknown_shapes_are_refused_first(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot write"):
        JsonLines(tmp_path, SPEC)
    with pytest.raises(UsageError, match="unknown shapes 'boxes'"):
        JsonLines(tmp_path / "out.jsonl", SPEC, "boxes")  # type: ignore[arg-type]
    assert not (tmp_path / "out.jsonl").exists()


def test_standard_output_has_the_lines_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "unetkit", "video", "person", "synthetic:3", "--engine", "onnx", "--json", "-"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [json.loads(line)["frame"] for line in run.stdout.splitlines()] == [0, 1, 2]
    assert "3 frames" in run.stderr


def test_a_killed_run_leaves_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    options = ["--engine", "onnx", "--json", str(path), "--json-shapes", "polygons"]
    command = [sys.executable, "-m", "unetkit", "video", "person", "synthetic:100000", *options]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while (not path.exists() or path.read_bytes().count(b"\n") < 6) and time.monotonic() < deadline:
        time.sleep(0.02)
    run.kill()
    run.wait()
    entries = lines_in(path)
    assert [entry["frame"] for entry in entries] == list(range(len(entries)))
    assert len(entries) >= 6

import gc
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import unetkit
from tests.unit.runtime.fakes import SPEC, BrightnessBackend, ListSource, fake_segmenter
from tests.unit.runtime.mjpeg_server import MjpegCamera, serving
from unetkit.errors import ArtifactError, SourceError
from unetkit.runtime.sources.live import Patience
from unetkit.runtime.views.overlay import Overlay


def test_every_frame_of_a_file_comes_once_and_in_order(tmp_path: Path) -> None:
    source = ListSource([0, 200, 100, 255])
    results = list(unetkit.stream(source, fake_segmenter(tmp_path)))
    assert [result.frame.index for result in results] == [0, 1, 2, 3]
    assert [int(result.mask.labels.max()) for result in results] == [0, 1, 0, 1]  # bright ones are class 1
    assert [result.figures.frames for result in results] == [1, 2, 3, 4]
    assert source.closed


def test_results_that_are_kept_are_not_written_over(tmp_path: Path) -> None:
    look = unetkit.Look(legend=False)
    results = list(unetkit.stream(ListSource([200, 0] * 20), fake_segmenter(tmp_path), look=look))
    assert [int(result.mask.labels.min()) for result in results] == [1, 0] * 20
    assert [int(result.drawn[0, 0, 1]) for result in results[:2]] == [110, 0]  # (200 + 20) / 2, and background


def test_a_picture_is_drawn_when_it_is_looked_at_and_only_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draws: list[int] = []
    real = Overlay.draw

    def counted(*given: Any) -> Any:
        draws.append(1)
        return real(*given)

    monkeypatch.setattr(Overlay, "draw", counted)
    results = list(unetkit.stream(ListSource([200, 200, 200]), fake_segmenter(tmp_path)))
    assert not draws
    first = results[1].drawn
    assert results[1].drawn is first
    assert len(draws) == 1
    results[2].drawn.fill(7)
    assert (first != 7).any()


def test_leaving_the_loop_closes_the_source(tmp_path: Path) -> None:
    source = ListSource([1, 2, 3])
    for result in unetkit.stream(source, fake_segmenter(tmp_path)):
        assert result.frame.index == 0
        break
    gc.collect()  # of interpreters that do not count references
    assert source.closed


def test_an_exception_in_the_loop_closes_the_source(tmp_path: Path) -> None:
    source = ListSource([1, 2, 3])

    def look_at_all() -> None:
        for result in unetkit.stream(source, fake_segmenter(tmp_path)):
            _ = 1 // result.frame.index

    with pytest.raises(ZeroDivisionError):
        look_at_all()
    gc.collect()
    assert source.closed


def test_ctrl_c_goes_through_and_closes_the_source(tmp_path: Path) -> None:
    source = ListSource([1, 2, 3])
    results = unetkit.stream(source, fake_segmenter(tmp_path, BrightnessBackend(interrupt_at=3)))
    with pytest.raises(KeyboardInterrupt):
        list(results)
    assert source.closed
    assert list(results) == []  # over, without a fuss


def test_with_closes_at_its_end_and_the_report_is_still_there(tmp_path: Path) -> None:
    source = ListSource([1, 2, 3])
    with unetkit.stream(source, fake_segmenter(tmp_path), max_frames=2) as results:
        assert [result.frame.index for result in results] == [0, 1]
    report = results.report()
    assert source.closed
    assert (report.frames, report.ended) == (2, "limit of 2 frames reached")
    assert {stage.name: stage.n for stage in report.stages}["infer"] == 2


def test_a_source_that_breaks_off_is_an_error_after_its_frames(tmp_path: Path) -> None:
    results = unetkit.stream(ListSource([1, 2, -1]), fake_segmenter(tmp_path))
    assert [next(results).frame.index, next(results).frame.index] == [0, 1]
    with pytest.raises(SourceError, match="did not deliver"):
        next(results)


def test_a_model_that_was_opened_elsewhere_stays_open_and_one_of_ours_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[unetkit.Segmenter] = []

    def note(segmenter: unetkit.Segmenter) -> None:  # a function, for it must become a method
        closed.append(segmenter)

    monkeypatch.setattr(unetkit.Segmenter, "close", note)
    segmenter = fake_segmenter(tmp_path)
    list(unetkit.stream(ListSource([1]), segmenter))
    assert not closed
    list(unetkit.stream(ListSource([1]), "person", engine="onnx", device="cpu"))
    assert len(closed) == 1


def test_what_does_not_open_is_an_error_of_the_call_and_nothing_stays_open(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such source"):
        unetkit.stream(tmp_path / "missing.mp4", fake_segmenter(tmp_path))
    source = ListSource([1])
    with pytest.raises(ArtifactError):
        unetkit.stream(source, tmp_path / "missing.onnx")


def test_a_slow_loop_over_a_camera_sees_the_newest_frames_and_leaves_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with serving(MjpegCamera(behaviour="endless", fps=100)) as url:
        serving_threads = set(threading.enumerate())
        indices = []
        for result in unetkit.stream(url, fake_segmenter(tmp_path), patience=Patience(first_s=30)):
            time.sleep(0.1)  # ten frames come meanwhile
            indices.append(result.frame.index)
            if len(indices) == 5:
                assert result.figures.dropped is not None
                assert result.figures.dropped >= 5
                assert result.figures.age_ms is not None
                break
        del result
        gc.collect()
        mine = {each.name for each in set(threading.enumerate()) - serving_threads - before}
        assert not [name for name in mine if name.startswith("reader ")]
    assert indices == sorted(set(indices))
    assert indices[-1] - indices[0] > 10


def test_the_name_loads_nothing_before_it_is_used() -> None:
    code = "import sys, unetkit; print('stream' in unetkit.__all__, 'cv2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


def test_masks_have_the_spec_s_classes(tmp_path: Path) -> None:
    result = next(unetkit.stream(ListSource([255]), fake_segmenter(tmp_path)))
    assert np.unique(result.mask.labels).tolist() == [1]
    assert result.mask.labels.max() < len(SPEC.classes)

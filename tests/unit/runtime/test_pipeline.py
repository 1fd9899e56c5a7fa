"""A run from its source to its sink: every frame, every stage, and how it ends."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.unit.runtime.fakes import SPEC, BrightnessBackend, ListSink, ListSource, fake_segmenter
from unetkit.contract.arrays import InputTensor, Scores
from unetkit.errors import OutputError, SourceError
from unetkit.runtime.latency import LatencyReport
from unetkit.runtime.running.figures import LiveFigures
from unetkit.runtime.running.pipeline import run_pipeline, run_together
from unetkit.runtime.running.steadying import Steadying
from unetkit.runtime.running.stream import Stream
from unetkit.runtime.views.look import AS_IT_COMES
from unetkit.runtime.views.painter import Painter

FILE_STAGES = ["read", "preprocess", "infer", "postprocess", "overlay", "sink", "end_to_end"]


def counts(report: LatencyReport) -> dict[str, int]:
    return {stage.name: stage.n for stage in report.stages}


def test_every_frame_of_a_file_reaches_the_sink_with_its_mask(tmp_path: Path) -> None:
    source, sink = ListSource([0, 200, 50, 255]), ListSink()
    report = run_pipeline(source, fake_segmenter(tmp_path), sink, painter=Painter(SPEC))
    assert [int(frame.bgr[0, 0, 0]) for frame, _, _ in sink.shown] == [0, 200, 50, 255]
    assert [int(mask.labels[0, 0]) for _, mask, _ in sink.shown] == [0, 1, 0, 1]
    assert sink.shown[0][1].labels.shape == (6, 10)
    assert (report.frames, report.dropped, report.ended) == (4, 0, "fake source ended")
    assert not report.interrupted
    assert not report.lost


def test_every_stage_has_one_sample_a_frame_and_warm_up_has_none(tmp_path: Path) -> None:
    backend = BrightnessBackend()
    report = run_pipeline(
        ListSource([1, 2, 3, 4, 5]), fake_segmenter(tmp_path, backend), ListSink(), painter=Painter(SPEC), warmup=4
    )
    assert counts(report) == dict.fromkeys(FILE_STAGES, 5)
    assert backend.calls == 4 + 5


def test_a_live_source_has_its_age_measured_and_its_warm_up_frame_and_drops_left_out(tmp_path: Path) -> None:
    sink = ListSink()
    report = run_pipeline(ListSource([1, 2, 3, 4], live=True), fake_segmenter(tmp_path), sink, painter=Painter(SPEC))
    assert [frame.index for frame, _, _ in sink.shown] == [1, 2, 3]
    assert counts(report) == dict.fromkeys([*FILE_STAGES, "age"], 3)
    assert report.dropped == 3 * 2  # the fake drops two a frame; those of the warm-up are not the run's


def test_without_warm_up_a_live_source_s_first_frame_is_used(tmp_path: Path) -> None:
    sink = ListSink()
    run_pipeline(ListSource([1, 2], live=True), fake_segmenter(tmp_path), sink, warmup=0)
    assert [frame.index for frame, _, _ in sink.shown] == [0, 1]


def test_nothing_is_drawn_for_a_sink_that_does_not_look(tmp_path: Path) -> None:
    sink = ListSink(wants_drawn=False)
    report = run_pipeline(ListSource([255]), fake_segmenter(tmp_path), sink, painter=Painter(SPEC))
    assert "overlay" not in counts(report)
    assert (sink.shown[0][2] == 255).all()


def test_the_run_stops_at_its_limit(tmp_path: Path) -> None:
    report = run_pipeline(ListSource([1] * 9), fake_segmenter(tmp_path), ListSink(), max_frames=3)
    assert (report.frames, report.ended) == (3, "limit of 3 frames reached")


def test_the_run_stops_when_the_user_wants(tmp_path: Path) -> None:
    report = run_pipeline(ListSource([1] * 9), fake_segmenter(tmp_path), ListSink(stop_after=2))
    assert (report.frames, report.ended, report.interrupted) == (2, "stopped by the user", False)


@pytest.mark.parametrize(("call", "frames"), [(1, 0), (4, 0), (6, 2)])
def test_ctrl_c_ends_with_the_report_and_everything_closed(tmp_path: Path, call: int, frames: int) -> None:
    source, sink = ListSource([1] * 9), ListSink()
    backend = BrightnessBackend(interrupt_at=call)  # the first three calls are the warm-up
    report = run_pipeline(source, fake_segmenter(tmp_path, backend), sink)
    assert (report.frames, report.interrupted, report.ended) == (frames, True, "interrupted")
    assert source.closed
    assert sink.closed
    assert report.to_dict()["fps"] is None or frames


def test_a_source_that_breaks_in_the_middle_ends_the_run_with_its_report(tmp_path: Path) -> None:
    source, sink = ListSource([1, 2, -1]), ListSink()
    report = run_pipeline(source, fake_segmenter(tmp_path), sink)
    assert (report.frames, report.lost) == (2, True)
    assert report.ended == "fake source did not deliver a frame for 1 s"
    assert source.closed
    assert sink.closed


@pytest.mark.parametrize(("greys", "words"), [([], "no frame"), ([-1], "did not deliver")])
def test_a_source_without_any_frame_is_an_error(tmp_path: Path, greys: list[int], words: str) -> None:
    source, sink = ListSource(greys), ListSink()
    with pytest.raises(SourceError, match=words):
        run_pipeline(source, fake_segmenter(tmp_path), sink)
    assert source.closed
    assert sink.closed


def test_a_sink_that_cannot_write_is_an_error_and_everything_is_closed(tmp_path: Path) -> None:
    class FullDisk(ListSink):
        def show(self, *result: object) -> bool:
            raise OutputError("disk full")

    source, sink = ListSource([1, 2]), FullDisk()
    with pytest.raises(OutputError, match="disk full"):
        run_pipeline(source, fake_segmenter(tmp_path), sink)
    assert source.closed
    assert sink.closed


def test_the_report_says_what_ran(tmp_path: Path) -> None:
    report = run_pipeline(ListSource([1]), fake_segmenter(tmp_path), ListSink())
    assert (report.engine, report.device, report.precision, report.threads) == ("onnx", "CPU", "int8", 2)
    assert report.artifact == str(tmp_path / "fake.onnx")
    assert report.artifact_sha256 == hashlib.sha256(b"abc").hexdigest()
    assert report.fps > 0


class TickingClock:
    """Nanoseconds that go on by 10 ms at each look."""

    def __init__(self) -> None:
        self._ns = 0

    def __call__(self) -> int:
        self._ns += 10_000_000
        return self._ns


def test_the_line_on_the_picture_names_speed_device_drops_and_age(tmp_path: Path) -> None:
    seen: list[Sequence[str]] = []

    class Listening(Painter):
        def draw(self, frame, mask, look=AS_IT_COMES, *, lines=(), panel=(), notice=None):  # type: ignore[no-untyped-def]
            seen.append(lines)
            return super().draw(frame, mask, look, lines=lines, panel=panel, notice=notice)

    source = ListSource([1] * 6, live=True)
    run_pipeline(source, fake_segmenter(tmp_path), ListSink(), painter=Listening(SPEC), clock=TickingClock())
    last = seen[-1][0]
    assert [word in last for word in ("fps", "p95 ", "infer ", "CPU int8", "drops 10", "age ")] == [True] * 6


def test_the_figures_are_told_to_whoever_wants_them(tmp_path: Path) -> None:
    told: list[LiveFigures] = []
    source = ListSource([1] * 20)
    stream = Stream(source=source, sink=ListSink(), painter=Painter(SPEC), on_figures=told.append)
    run_together([stream], fake_segmenter(tmp_path), warmup=0, clock=TickingClock())
    assert 2 <= len(told) < 20  # several times a second, not each frame
    assert [figures.frames for figures in told] == sorted({figures.frames for figures in told})
    assert (told[-1].source, told[-1].device, told[-1].dropped, told[-1].age_ms) == ("fake source", "CPU", None, None)
    assert told[-1].fps is not None


def test_masks_are_steadied_by_what_the_stream_was_given(tmp_path: Path) -> None:
    # The model says logits of +-0.5 in turns, of a picture that stays as it is.
    class Trembling(BrightnessBackend):
        def infer(self, tensor: InputTensor) -> Scores:
            self.calls += 1
            scores = np.zeros((*tensor.shape[1:3], 3), np.float32)
            scores[..., 1] = 0.5 if self.calls % 2 else -0.5
            return scores

    def flips(steadying: Steadying | None) -> int:
        sink = ListSink()
        run_pipeline(ListSource([7] * 9), fake_segmenter(tmp_path, Trembling()), sink, warmup=0, steadying=steadying)
        labels = [int(mask.labels[0, 0]) for _, mask, _ in sink.shown]
        return int(np.abs(np.diff(labels)).sum())

    assert flips(None) == 8
    assert flips(Steadying(SPEC)) == 0

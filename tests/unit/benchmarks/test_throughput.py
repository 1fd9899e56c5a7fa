"""Both studies run over a clip; what they make of times is checked with times that are known."""

import contextlib
import json
import threading
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tests.tiny_models import write_onnx
from tests.unit.benchmarks.clips import write_clip
from unetkit.benchmarks import overlap as overlap_module
from unetkit.benchmarks.contestants import Ours, PeerLoop, block_ns
from unetkit.benchmarks.overlap import DIVISIONS, overlap
from unetkit.benchmarks.peers.bare import onnxruntime
from unetkit.benchmarks.peers.peer import PeerRequest
from unetkit.benchmarks.throughput import main, throughput
from unetkit.errors import SourceError, UsageError
from unetkit.runtime.enginechoice.choice import EngineChoice
from unetkit.runtime.segmenter import Segmenter


class Steps:
    """A contestant whose every frame takes so long on a clock of its own."""

    def __init__(self, frames: int, now_ns: list[int], frame_ns: int) -> None:
        self._frames, self._now_ns, self._frame_ns = frames, now_ns, frame_ns
        self.left = 0

    def rewind(self) -> None:
        self.left = self._frames
        self._now_ns[0] += 10**12  # opening takes for ever, and is not counted

    def step(self) -> bool:
        self.left -= 1
        self._now_ns[0] += self._frame_ns
        return self.left >= 0

    def close(self) -> None:
        return


def test_a_block_is_the_time_of_its_steps_alone() -> None:
    now_ns = [0]
    assert block_ns(Steps(10, now_ns, 7), 10, lambda: now_ns[0]) == 70
    assert block_ns(Steps(10, now_ns, 7), 4, lambda: now_ns[0]) == 28


def test_a_clip_that_is_too_short_is_refused() -> None:
    now_ns = [0]
    with pytest.raises(SourceError, match="10 frames only"):
        block_ns(Steps(10, now_ns, 7), 11, lambda: now_ns[0])


def test_every_way_does_the_same_frames_and_unetkit_against_itself_is_one(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", 8)
    model = write_onnx(tmp_path / "tiny.onnx")
    report = throughput([clip], str(model), threads=1, rounds=3, frames=6)
    (found,) = report.clips
    assert list(found.fps) == ["unetkit", "unetkit, nothing drawn", "bare onnx loop", "engine alone"]
    assert found.frame_hw == (48, 64)
    own = found.ratios[0]
    assert (own.path, own.median, own.n) == ("unetkit", 1.0, 3)
    assert (found.label_ratios[1].path, found.label_ratios[1].median) == ("unetkit, nothing drawn", 1.0)
    assert found.label_ratios[0].median == pytest.approx(1 / found.ratios[1].median)
    table = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert table["clips"][0]["ratios"][2]["path"] == "bare onnx loop"
    assert sum(line.startswith("| clip.avi") for line in report.lines()) == 4


def test_no_way_begins_while_another_that_shares_its_model_works_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = write_clip(tmp_path / "clip.avi", 8)
    at_work: set[int] = set()
    rewind, close = Ours.rewind, Ours.close

    def begun(self: Ours) -> None:
        rewind(self)
        assert not at_work - {id(self)}
        at_work.add(id(self))

    def ended(self: Ours) -> None:
        close(self)
        at_work.discard(id(self))

    monkeypatch.setattr(Ours, "rewind", begun)
    monkeypatch.setattr(Ours, "close", ended)
    throughput([clip, clip], str(write_onnx(tmp_path / "tiny.onnx")), threads=1, rounds=2, frames=6)
    assert not at_work


def test_without_a_number_of_threads_unetkit_chooses_and_the_others_try_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = write_clip(tmp_path / "clip.avi", 8)
    model = write_onnx(tmp_path / "tiny.onnx")
    chosen = EngineChoice(path=model, engine="onnx", device="cpu", threads=1)
    monkeypatch.setattr("unetkit.benchmarks.throughput.choose_engine", lambda paths, **_: chosen)
    monkeypatch.setattr("unetkit.benchmarks.throughput.usable_cores", lambda: 2)
    report = throughput([clip], str(model), rounds=1, frames=3)
    assert report.threads == 1
    assert {"bare onnx loop, 1 thread", "bare onnx loop, 2 threads"} <= report.clips[0].fps.keys()


def test_ours_and_a_bare_loop_end_where_the_clip_ends(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", 5)
    model = write_onnx(tmp_path / "tiny.onnx")
    with Segmenter.open(model, device="cpu", threads=1) as segmenter:
        request = PeerRequest(onnx=model, tflite=None, checkpoint=None, threads=1, class_names=())
        for way in (Ours(segmenter, clip), PeerLoop(onnxruntime(request), clip)):
            for _ in range(2):
                way.rewind()
                assert [way.step() for _ in range(6)] == [True] * 5 + [False]
            way.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "decoder"]


def test_no_clips_are_a_usage_error_and_a_missing_one_is_a_line(tmp_path: Path) -> None:
    model = write_onnx(tmp_path / "tiny.onnx")
    with pytest.raises(UsageError, match="0 clips"):
        throughput([], str(model))
    app = typer.Typer()
    app.command()(main)
    result = CliRunner().invoke(app, [str(tmp_path / "missing.avi"), "--model", str(model)])
    assert result.exit_code == SourceError.exit_code
    assert result.output.startswith("unetkit: no such source")


@pytest.mark.parametrize("written", [False, True])
def test_every_division_of_the_work_is_measured_and_no_thread_is_left(tmp_path: Path, written: bool) -> None:
    clip = write_clip(tmp_path / "clip.avi", 5)  # shorter than a round: it begins again
    report = overlap(clip, str(write_onnx(tmp_path / "tiny.onnx")), rounds=2, frames=6, written=written)
    assert [len(fps) for fps in report.fps] == [2] * len(DIVISIONS)
    assert report.ratios[0].median == 1
    assert len([line for line in report.lines() if line.startswith("| ")]) == len(DIVISIONS) + 2
    json.dumps(report.to_dict(), allow_nan=False)
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {"decoder", "network", "writer"}


def test_every_division_gives_the_same_masks_in_the_same_order(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", 6)
    seen = []
    with Segmenter.open(write_onnx(tmp_path / "tiny.onnx"), device="cpu", threads=1) as segmenter:
        for division in DIVISIONS:
            with contextlib.ExitStack() as opened:
                found = overlap_module._masks(division, clip, segmenter, opened, 9)
                seen.append([(frame.index, mask.labels.tobytes()) for frame, mask in found])
    assert [index for index, _ in seen[0]] == [0, 1, 2, 3, 4, 5, 0, 1, 2]
    assert all(own == seen[0] for own in seen)

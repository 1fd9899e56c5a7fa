"""From a question to how a model is opened: asked once, kept, told in a line."""

import logging
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_models import write_onnx
from unetkit.errors import ArtifactError, UnetkitError
from unetkit.runtime.backends.backend import Device, Engine
from unetkit.runtime.enginechoice import choice as choosing
from unetkit.runtime.enginechoice.cache import TimingCache
from unetkit.runtime.enginechoice.candidate import Candidate
from unetkit.runtime.enginechoice.choice import EngineChoice, Question, choose_engine
from unetkit.runtime.enginechoice.timing import Timed, Timing
from unetkit.runtime.freshprocess import FreshProcessError
from unetkit.runtime.segmenter import Segmenter


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_onnx(tmp_path / "model.onnx")


@dataclass
class Timer:
    """Answers that the engines take these times, and remembers what it was asked."""

    times_ms: dict[tuple[Engine, int], float]
    asked: list[Question] = field(default_factory=list)
    fault: UnetkitError | None = None

    def __call__(self, question: Question) -> Timing:
        self.asked.append(question)
        if self.fault:
            raise self.fault
        path = question.paths[0]
        rows = (row(path, engine, threads, ms) for (engine, threads), ms in self.times_ms.items())
        return Timing(timed=tuple(rows), refused=())


def row(
    path: Path, engine: Engine, threads: int, infer_ms: float, device: Device = "cpu", *, beside_ms: float = 0.0
) -> Timed:
    candidate = Candidate(path=path, engine=engine, device=device, threads=threads)
    return Timed(candidate=candidate, infer_ms=infer_ms, beside_ms=beside_ms)


BEST_FIRST: dict[tuple[Engine, int], float] = {("openvino", 2): 2.13, ("openvino", 1): 2.5, ("onnx", 2): 3.04}


def test_the_best_is_opened_and_the_line_says_over_what(path: Path, tmp_path: Path) -> None:
    told: list[str] = []
    found = choose_engine([path], cache=TimingCache(tmp_path / "kept"), timer=Timer(BEST_FIRST), tell=told.append)
    assert (found.path, found.engine, found.device, found.threads) == (path, "openvino", "auto", 2)
    assert found.line == "engine: OpenVINO, 2 threads (2.1 ms; ONNX Runtime, 2 threads 3.0 ms)"
    assert told == ["timing the engines that open this model, once"]


@pytest.mark.parametrize(
    ("within", "told"), [(1.05, ""), (1.13, "; at most 1.13 times the best"), (math.inf, "; after a few turns only")]
)
def test_what_was_not_told_apart_in_time_is_told(path: Path, tmp_path: Path, within: float, told: str) -> None:
    rows = (row(path, "openvino", 2, 2.0), row(path, "tflite", 1, 2.1))

    def timer(question: Question) -> Timing:
        return Timing(timed=rows, refused=(), within=within)

    cache = TimingCache(tmp_path / "kept")
    for kept in ("", "; timed before"):
        found = choose_engine([path], cache=cache, timer=timer)
        assert found.line == f"engine: OpenVINO, 2 threads (2.0 ms; LiteRT, 1 thread 2.1 ms{told}{kept})"


def test_what_went_on_beside_is_in_the_times_that_are_told(path: Path, tmp_path: Path) -> None:
    # the slower inference leaves more to the decoder: (8 + 12) / 2 against (6 + 18) / 2
    rows = (row(path, "openvino", 2, 8.0, beside_ms=12.0), row(path, "tflite", 1, 6.0, beside_ms=18.0))

    def timer(question: Question) -> Timing:
        return Timing(timed=rows, refused=())

    found = choose_engine([path], cache=TimingCache(tmp_path / "kept"), timer=timer)
    assert (
        found.line == "engine: OpenVINO, 2 threads (10.0 ms; LiteRT, 1 thread 12.0 ms; with a frame decoded beside it)"
    )


def test_a_file_is_a_question_of_its_own_and_whole_frames_are_told(path: Path, tmp_path: Path) -> None:
    timer, cache = Timer(BEST_FIRST), TimingCache(tmp_path / "kept")
    choose_engine([path], cache=cache, timer=timer)
    found = choose_engine([path], flow="file", cache=cache, timer=timer)
    assert [question.flow for question in timer.asked] == ["live", "file"]
    assert (
        found.line == "engine: OpenVINO, 2 threads (2.1 ms; ONNX Runtime, 2 threads 3.0 ms; a frame, decoded to drawn)"
    )


def test_the_second_time_nothing_is_timed_unless_it_is_asked_for(path: Path, tmp_path: Path) -> None:
    timer, cache = Timer(BEST_FIRST), TimingCache(tmp_path / "kept")
    first = choose_engine([path], cache=cache, timer=timer)
    second = choose_engine([path], cache=cache, timer=timer)
    assert len(timer.asked) == 1
    assert (second.engine, second.threads, second.timed) == (first.engine, first.threads, first.timed)
    assert second.line.endswith("; timed before)")
    again = choose_engine([path], cache=cache, timer=timer, retime=True)
    assert (len(timer.asked), again.kept) == (2, False)


def test_threads_that_were_asked_for_are_another_question(path: Path, tmp_path: Path) -> None:
    timer, cache = Timer(BEST_FIRST), TimingCache(tmp_path / "kept")
    choose_engine([path], cache=cache, timer=timer)
    choose_engine([path], cache=cache, timer=timer, threads=2)
    assert [question.any_threads for question in timer.asked] == [True, False]
    assert {candidate.threads for candidate in timer.asked[1].candidates} == {2}


@pytest.mark.parametrize(
    "options", [{"engine": "onnx"}, {"engine": "opencv", "threads": 1}, {"device": "cuda"}], ids=str
)
def test_what_leaves_nothing_open_is_not_timed(options: dict[str, Any], path: Path) -> None:
    timer = Timer(BEST_FIRST)
    found = choose_engine([path], timer=timer, **options)
    assert (timer.asked, found.line) == ([], "")
    assert found.device == options.get("device", "auto")


def test_a_timing_that_crashes_costs_only_the_choice_and_is_not_waited_for_again(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache, timer = TimingCache(tmp_path / "kept"), Timer({}, fault=FreshProcessError("no answer within 60 s"))
    own = EngineChoice(path=path, engine="auto", device="auto", threads=None)
    assert choose_engine([path], cache=cache, timer=timer) == own
    assert "so the model's own runs; --retime tries again: no answer within 60 s" in caplog.text
    assert choose_engine([path], cache=cache, timer=timer) == own
    assert len(timer.asked) == 1
    timer.fault, timer.times_ms = None, BEST_FIRST
    assert choose_engine([path], cache=cache, timer=timer, retime=True).engine == "openvino"


def test_a_model_that_is_broken_is_for_opening_to_tell(path: Path, tmp_path: Path) -> None:
    timer = Timer({}, fault=ArtifactError("was damaged"))
    found = choose_engine([path], cache=TimingCache(tmp_path / "kept"), timer=timer)
    assert found == EngineChoice(path=path, engine="auto", device="auto", threads=None)
    assert not (tmp_path / "kept").exists()


def test_where_nothing_could_be_opened_opening_it_tells_why(path: Path, tmp_path: Path) -> None:
    found = choose_engine([path], cache=TimingCache(tmp_path / "kept"), timer=Timer({}))
    assert found == EngineChoice(path=path, engine="auto", device="auto", threads=None)


@pytest.mark.parametrize(
    ("gpu", "best", "asked", "opened"),
    [
        (0, "cpu", "auto", "auto"),
        (0, "cpu", "cpu", "cpu"),
        (1, "cpu", "auto", "cpu"),  # the GPU was slower: auto would take it
        (1, "cuda", "auto", "auto"),  # auto goes on with the CPU should the GPU not answer this time
        (1, "tensorrt", "auto", "tensorrt"),
    ],
)
def test_the_device_that_won_is_opened(
    gpu: int, best: Any, asked: Any, opened: str, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "nvidia_gpus", lambda: gpu)
    timing = Timing(timed=(row(path, "onnx", 2, 1.0, best),), refused=())
    found = choose_engine([path], device=asked, cache=TimingCache(tmp_path), timer=lambda _: timing)
    assert (found.engine, found.device) == ("onnx", opened)


def test_a_real_timing_in_its_own_process_opens_the_model(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("UNETKIT_ENGINE_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr(choosing, "_SECONDS", {"network": 0.1})
    with caplog.at_level(logging.WARNING), Segmenter.fastest(path) as segmenter:
        assert segmenter.backend.engine in {"onnx", "openvino", "opencv"}
    assert caplog.text == ""
    assert len(list((tmp_path / "kept").iterdir())) == 1

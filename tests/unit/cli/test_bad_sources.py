"""Cameras, streams and videos that do not deliver: exit code 3, one line, and the latency of what came."""

import functools
import sys
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Unetkit
from tests.unit.runtime.mjpeg_server import Behaviour, MjpegCamera, serving
from unetkit.runtime.sources import live


@pytest.fixture
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long enough for a first frame on a busy machine, and not the user's ten seconds."""
    patient = functools.partialmethod(live.Patience.__init__, first_s=3.0, silent_s=3.0)
    monkeypatch.setattr(live.Patience, "__init__", patient)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("empty.mp4", "video empty.mp4 is empty"),
        ("notes.mp4", "notes.mp4 is not a video that can be read"),
        ("head.avi", "head.avi is not a video that can be read"),
        ("notes.jpg", "notes.jpg is broken or not a picture"),
        ("folder", "no picture or video in folder"),
        ("synthetic:0", "at least one frame, received 0"),
        ("gopher://camera", "'gopher://camera' is not a stream's address"),
        ("rtsp://127.0.0.1:1/live", "port 1 of 127.0.0.1 cannot be reached"),
    ],
)
@pytest.mark.parametrize("command", ["video", "webcam"])
def test_a_source_that_does_not_open_is_one_line(
    command: str, source: str, words: str, unetkit: Unetkit, model: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "notes.mp4").write_text("no video")
    (tmp_path / "head.avi").write_bytes(b"RIFF\x00\x10\x00\x00AVI LISTNV" + bytes(100))
    (tmp_path / "notes.jpg").write_text("no picture")
    (tmp_path / "folder").mkdir()
    given = [source, "--out", "out.mp4"] if command == "video" else ["--camera", source, "--headless"]
    outcome = unetkit(command, model, *given)
    opened, error = outcome.lines
    assert (outcome.code, outcome.out) == (3, "")
    assert opened.startswith(f"{model}: fp32 on onnx, ")
    assert error.startswith("unetkit: ")
    assert words in error
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="cameras are device files on Linux alone")
@pytest.mark.parametrize("command", ["video", "webcam"])
def test_a_camera_that_is_not_there_is_one_line_before_the_model_is_opened(
    command: str, unetkit: Unetkit, model: Path
) -> None:
    given = ["97", "--out", "out.mp4"] if command == "video" else ["--camera", "97", "--headless"]
    outcome = unetkit(command, model, *given)
    assert (outcome.code, outcome.out, len(outcome.lines)) == (3, "", 1)
    assert outcome.err.startswith("unetkit: no camera with index 97; ")


@pytest.mark.parametrize("source", ["nowhere.mp4", ""])
@pytest.mark.parametrize("command", ["video", "webcam"])
def test_a_file_that_is_not_there_is_told_before_a_model_is_opened(
    command: str, source: str, unetkit: Unetkit, model: Path
) -> None:
    given = [source, "--out", "out.mp4"] if command == "video" else ["--camera", source, "--headless"]
    outcome = unetkit(command, model, *given)
    (error,) = outcome.lines
    assert (outcome.code, outcome.out) == (3, "")
    assert error.startswith(f"unetkit: no such source: {source!r}")


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("garbage", "the server answers, but not with a video"),
        ("empty", "cannot open stream http://127.0.0.1"),
    ],
)
def test_a_stream_that_answers_without_a_picture_is_one_line(
    behaviour: Behaviour, words: str, unetkit: Unetkit, model: Path
) -> None:
    with serving(MjpegCamera(behaviour=behaviour)) as url:
        outcome = unetkit("webcam", model, "--camera", url, "--headless")
    _, error = outcome.lines
    assert (outcome.code, outcome.out) == (3, "")
    assert words in error


@pytest.mark.usefixtures("_short_patience")
def test_a_stream_that_never_answers_is_one_line(unetkit: Unetkit, model: Path) -> None:
    with serving(MjpegCamera(behaviour="silent")) as url:
        outcome = unetkit("webcam", model, "--camera", url, "--headless")
    _, error = outcome.lines
    assert (outcome.code, outcome.out) == (3, "")
    assert "did not deliver a frame for 3 s" in error


@pytest.mark.usefixtures("_short_patience")
def test_a_stream_that_stops_answering_leaves_the_table_and_a_line(unetkit: Unetkit, model: Path) -> None:
    with serving(MjpegCamera(behaviour="stalls", frames=20)) as url:
        outcome = unetkit("webcam", model, "--camera", url, "--headless", "--max-outage", 0)
    _, error = outcome.lines
    assert outcome.code == 3
    assert "did not deliver a frame for 3 s" in error
    assert "postprocess" in outcome.out
    assert " frames/s" in outcome.out


def test_a_stream_that_ends_is_over_and_says_so(unetkit: Unetkit, model: Path) -> None:
    with serving(MjpegCamera(behaviour="closes", frames=20)) as url:
        outcome = unetkit("webcam", model, "--camera", url, "--headless", "--max-outage", 0)
    assert (outcome.code, len(outcome.lines)) == (0, 1)
    assert "postprocess" in outcome.out
    assert outcome.out.splitlines()[-1].endswith(f"stream {url} ended")


@pytest.mark.usefixtures("_short_patience")
def test_a_stream_that_stays_away_is_given_up_after_the_longest_outage(unetkit: Unetkit, model: Path) -> None:
    with serving(MjpegCamera(behaviour="leaves", frames=20)) as url:
        outcome = unetkit("webcam", model, "--camera", url, "--headless", "--max-outage", 3.5)
    assert outcome.code == 3
    assert "gave no picture for 3.5 s (it is silent)" in outcome.lines[-1]
    assert ", 1 outage of " in outcome.out


def test_several_cameras_share_a_model_and_each_has_its_table_and_recording(
    unetkit: Unetkit, model: Path, tmp_path: Path
) -> None:
    with serving(MjpegCamera(behaviour="endless")) as url:
        given = ["--camera", url, "--camera", "synthetic", "--headless", "--record", "out.avi", "--max-frames", 5]
        outcome = unetkit("webcam", model, *given)
    assert outcome.code == 0
    assert [outcome.out.count(f"{name}\n") for name in (f"stream {url}", "synthetic camera")] == [1, 1]
    assert outcome.out.count("5 frames, ") == 2
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out-1.avi", "out-2.avi"]

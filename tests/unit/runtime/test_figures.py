import pytest

from unetkit.runtime.running.figures import LiveFigures, RecentFrames

MS = 1_000_000


def test_the_rate_is_of_the_last_30_frames() -> None:
    recent = RecentFrames()
    assert (recent.fps, recent.p95_ms) == (None, None)
    for index in range(10):
        recent.add(index * 1000 * MS, 5 * MS)
    for index in range(30):
        recent.add(10_000 * MS + index * 40 * MS, 5 * MS)
    assert recent.fps == pytest.approx(25.0)  # 29 steps of 40 ms


def test_p95_is_of_the_last_120_frames() -> None:
    recent = RecentFrames()
    recent.add(0, 10**12)
    for index in range(1, 121):  # 1..120 ms: position 0.95 * 119 = 113.05 -> 114.05
        recent.add(index, index * MS)
    assert recent.p95_ms == pytest.approx(114.05)


def test_after_a_pause_the_rate_begins_anew() -> None:
    recent = RecentFrames()
    recent.add(0, MS)
    recent.interrupt()
    recent.add(60_000 * MS, MS)
    assert recent.fps is None
    recent.add(60_020 * MS, MS)
    assert recent.fps == pytest.approx(50.0)


def test_the_line_leaves_out_what_is_not_known() -> None:
    figures = LiveFigures(source="clip", engine="onnx", device="CPU", precision="int8")
    assert figures.line() == "CPU int8"


def test_the_line_names_all_that_is_known_and_below_it_what_has_to_be_said() -> None:
    figures = LiveFigures(
        source="camera 0",
        engine="onnx",
        device="CUDA",
        precision="fp16",
        frames=100,
        dropped=3,
        fps=24.96,
        p95_ms=12.34,
        infer_ms=8.0,
        age_ms=41.2,
        paused=True,
        recording=True,
        said="picture in a.png",
        gave_up="a mask every 2nd frame",
    )
    line = "25.0 fps  p95 12.3 ms  infer 8.0 ms  CUDA fp16  drops 3  age 41 ms  paused  REC"
    assert figures.lines() == (line, "a mask every 2nd frame", "picture in a.png")
    assert figures.to_dict()["age_ms"] == 41.2

import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.runtime.fakes import CLASSES, ListSink, make_frame
from unetkit.contract.postprocess import Mask
from unetkit.data.masks import read_mask
from unetkit.errors import OutputError
from unetkit.runtime.sinks.masks import MaskFolder, encode_palette_png
from unetkit.runtime.sinks.null import NullSink
from unetkit.runtime.sinks.several import SeveralSinks
from unetkit.runtime.sinks.sink import FrameSink
from unetkit.runtime.sinks.video_file import VideoFileSink
from unetkit.runtime.sinks.videowriter import CODECS, fitted

LABELS = np.array([[0, 1, 2, 1], [2, 2, 0, 0], [1, 0, 1, 2]], np.uint8)
MASK = Mask(labels=np.zeros((48, 64), np.uint8))


def show(sink: FrameSink, grey: int, *, at_s: float = 0.0, hw: tuple[int, int] = (48, 64)) -> bool:
    frame = make_frame(grey=grey, hw=hw, captured_ns=round(at_s * 1e9))
    return sink.show(frame, MASK, frame.bgr)


def greys_in(path: Path) -> list[int]:
    capture, greys = cv2.VideoCapture(str(path)), []
    while (read := capture.read())[0]:
        greys.append(int(read[1][24, 32, 0]))
    return greys


@pytest.mark.parametrize("suffix", sorted(CODECS))
def test_a_video_holds_every_frame_that_was_shown(
    tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new folder" / f"out{suffix}"
    sink = VideoFileSink(path, fps=20)
    for index in range(20):
        assert show(sink, 10 * index)
    assert not path.exists()
    sink.close()
    sink.close()
    assert capfd.readouterr().err == ""
    # lossy codecs keep a uniform grey to a few steps
    assert np.abs(np.array(greys_in(path)) - 10 * np.arange(20)).max() <= 6
    assert cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FPS) == pytest.approx(20)
    assert list(path.parent.iterdir()) == [path]


def test_a_picture_stays_until_the_next_is_due_where_the_recording_s_rate_varies(tmp_path: Path) -> None:
    path = tmp_path / "out.avi"
    sink = VideoFileSink(path, fps=10)
    # At 10 frames a second .3 s is the fourth slot, so the second picture fills two; .31 and .32 s come too early for
    # slots of their own and are written all the same; with .6 s the file is in step again.
    for at_s, grey in ((0.0, 0), (0.1, 50), (0.3, 100), (0.31, 120), (0.32, 140), (0.6, 160), (None, 200)):
        frame = make_frame(grey=grey, hw=(48, 64), at_s=at_s)
        sink.show(frame, MASK, frame.bgr)
    sink.close()
    assert np.abs(np.array(greys_in(path)) - [0, 50, 50, 100, 120, 140, 160, 200]).max() <= 3


@pytest.mark.parametrize("times_s", [(0.0,) * 5, (0.4, 0.3, 0.2, 0.1, 0.0), (0.0, 1e6, 2e6, 3e6, 4e6)])
def test_timestamps_that_mean_nothing_are_left_alone(tmp_path: Path, times_s: tuple[float, ...]) -> None:
    sink = VideoFileSink(tmp_path / "out.avi", fps=10)
    for at_s in times_s:
        frame = make_frame(hw=(48, 64), at_s=at_s)
        sink.show(frame, MASK, frame.bgr)
    sink.close()
    assert len(greys_in(tmp_path / "out.avi")) == 5


def test_without_a_frame_there_is_no_file(tmp_path: Path) -> None:
    VideoFileSink(tmp_path / "out.mp4").close()
    assert list(tmp_path.iterdir()) == []


def test_frames_of_another_size_are_fitted_into_the_first_one_s(tmp_path: Path) -> None:
    sink = VideoFileSink(tmp_path / "out.avi")
    show(sink, 100)
    show(sink, 200, hw=(96, 64))
    sink.close()
    assert len(greys_in(tmp_path / "out.avi")) == 2


@pytest.mark.parametrize(
    ("hw", "box"),
    [
        ((40, 60), (0, 40, 0, 60)),
        ((80, 60), (0, 40, 15, 45)),  # half as large: 40 x 30, centred in 60
        ((20, 60), (10, 30, 0, 60)),
        ((20, 30), (0, 40, 0, 60)),  # enlarged
    ],
)
def test_a_picture_is_fitted_centred_with_its_aspect(hw: tuple[int, int], box: tuple[int, int, int, int]) -> None:
    top, bottom, left, right = box
    expected = np.zeros((40, 60, 3), np.uint8)
    expected[top:bottom, left:right] = 255
    assert np.array_equal(fitted(np.full((*hw, 3), 255, np.uint8), (40, 60)), expected)


@pytest.mark.parametrize("name", ["out.h264", "out", "out.png"])
def test_an_unknown_suffix_is_refused_with_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match=r"unknown suffix; use one of \.avi, \.mkv, \.mp4, \.webm"):
        VideoFileSink(tmp_path / name)


def test_a_place_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        VideoFileSink(tmp_path / "folder.mp4")
    sink = VideoFileSink(tmp_path / "file" / "out.mp4")
    with pytest.raises(OutputError, match=r"cannot write .*out\.mp4"):
        show(sink, 0)
    sink.close()


def test_a_codec_that_does_not_open_is_an_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CODECS, ".mp4", "H264")  # in no wheel
    sink = VideoFileSink(tmp_path / "out.mp4")
    with pytest.raises(OutputError, match="no encoder H264"):
        show(sink, 0)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("needs the right to mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def record_noise(path: Path, frames: int) -> None:
    rng = np.random.default_rng(0)
    sink = VideoFileSink(path)
    try:
        for index in range(frames):
            sink.show(make_frame(index), MASK, rng.integers(0, 256, (240, 320, 3), np.uint8))
    finally:
        sink.close()


@pytest.mark.skipif(not Path("/bin/mount").exists(), reason="needs mount")
@pytest.mark.parametrize("suffix", sorted(CODECS))
@pytest.mark.parametrize(("room_kib", "frames"), [(0, 1), (40, 20), (40, 400)])
def test_a_disk_that_is_full_is_an_error_and_leaves_nothing(
    tiny_disk: Path, suffix: str, room_kib: int, frames: int
) -> None:
    (tiny_disk / "ballast").write_bytes(bytes((256 - room_kib) * 1024))
    with pytest.raises(OutputError, match=r"disk full|was not written whole"):
        record_noise(tiny_disk / f"out{suffix}", frames)
    assert [file.name for file in tiny_disk.iterdir()] == ["ballast"]


def test_a_mask_is_written_as_class_indices_with_the_palette(tmp_path: Path) -> None:
    frame = make_frame()
    sink = MaskFolder(tmp_path / "masks", CLASSES)
    assert not sink.wants_drawn
    assert sink.show(frame, Mask(labels=LABELS), frame.bgr)
    sink.close()
    path = tmp_path / "masks" / "frame_0.png"
    assert np.array_equal(read_mask(path), LABELS)
    colors = np.array([item.bgr for item in CLASSES], np.uint8)
    seen = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(np.asarray(seen), colors[LABELS])


def test_the_png_has_the_bytes_of_the_specification() -> None:
    png = encode_palette_png(LABELS, CLASSES)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert png[8:33] == bytes.fromhex("0000000d49484452 00000004 00000003 08 03 00 00 00") + zlib.crc32(
        b"IHDR" + bytes.fromhex("00000004 00000003 08 03 00 00 00")
    ).to_bytes(4, "big")
    at = png.index(b"PLTE")
    assert png[at - 4 : at] == (9).to_bytes(4, "big")
    assert png[at + 4 : at + 13] == bytes([0, 0, 0, 200, 20, 10, 0, 100, 200])  # RGB
    assert png.endswith(bytes.fromhex("00000000 49454e44 ae426082"))


def test_masks_that_cannot_be_written_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot make folder"):
        MaskFolder(tmp_path / "file", CLASSES)


def test_nothing_is_drawn_for_the_null_sink_unless_it_is_asked_to_want_it() -> None:
    assert not NullSink().wants_drawn
    assert NullSink(wants_drawn=True).wants_drawn
    assert show(NullSink(), 0)


def test_several_sinks_all_get_the_result_even_when_the_first_wants_to_stop() -> None:
    first, second = ListSink(wants_drawn=False, stop_after=1), ListSink()
    sinks = SeveralSinks([first, second])
    assert sinks.wants_drawn
    assert not SeveralSinks([first]).wants_drawn
    assert not show(sinks, 0)
    assert (len(first.shown), len(second.shown)) == (1, 1)


def test_several_sinks_are_all_closed_even_when_the_first_cannot_be() -> None:
    class Broken(ListSink):
        def close(self) -> None:
            raise OutputError("no room")

    last = ListSink()
    with pytest.raises(OutputError, match="no room"):
        SeveralSinks([Broken(), last]).close()
    assert last.closed

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.runtime.fakes import SPEC
from unetkit.commands.viewoptions import ViewName
from unetkit.contract.arrays import AnyArray, BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.errors import DataError, SourceError, UsageError
from unetkit.runtime.views.backdrop import StillBackdrop, VideoBackdrop, colour, covering, open_backdrop
from unetkit.runtime.views.blending import Blending
from unetkit.runtime.views.blur import blurred_background
from unetkit.runtime.views.cutout import checkerboard
from unetkit.runtime.views.look import Look
from unetkit.runtime.views.painter import Painter
from unetkit.runtime.views.registry import VIEWS

HW = (60, 80)
CAT_BGR = (10, 20, 200)


def halves() -> tuple[BgrFrame, Mask]:
    """Noise, and a mask whose right half is surely cat."""
    frame = np.random.default_rng(0).integers(0, 256, (*HW, 3), np.uint8)
    labels = np.zeros(HW, np.uint8)
    labels[:, 40:] = 1
    scores = np.zeros((*HW, 3), np.float32)
    scores[:, :40, 0] = scores[:, 40:, 1] = 9
    return frame, Mask(labels=labels, scores=scores)


def drawn(view: str, painter: Painter | None = None, **look: object) -> AnyArray:
    frame, mask = halves()
    return (painter or Painter(SPEC)).draw(frame, mask, Look(view=view, legend=False, **look))  # type: ignore[arg-type]


def test_the_command_line_offers_every_view() -> None:
    assert [name.value for name in ViewName] == list(VIEWS)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("scores", [True, False])
def test_every_view_draws_into_its_own_buffer_and_not_into_the_frame(view: str, scores: bool) -> None:
    frame, mask = halves()
    if not scores:
        mask = Mask(labels=mask.labels)
    before = frame.copy()
    painter, look = Painter(SPEC), Look(view=view, outline_px=2)
    first = painter.draw(frame, mask, look, lines=["words"])
    assert painter.draw(frame, mask, look) is first
    assert first.dtype == np.uint8
    assert first.shape[0] == HW[0]
    assert (frame == before).all()
    assert not np.shares_memory(first, frame)
    smaller = Mask(labels=mask.labels[:30])
    assert painter.draw(frame[:30], smaller, look).shape[0] == 30


@pytest.mark.parametrize("view", VIEWS)
def test_a_still_is_a_copy_without_words(view: str) -> None:
    frame, mask = halves()
    painter, look = Painter(SPEC), Look(view=view)
    still = painter.still(frame, mask, look)
    shown = painter.draw(frame, mask, look, lines=["words"])
    assert not np.shares_memory(still, shown)
    if still.shape == shown.shape:
        assert (still != shown).any()
        assert np.array_equal(still, painter.draw(frame, mask, look))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("hw", [(1, 1), (3, 200), (200, 3), (17, 23)])
def test_tiny_frames_are_drawn(view: str, hw: tuple[int, int]) -> None:
    mask = Mask(labels=np.ones(hw, np.uint8))
    assert Painter(SPEC).draw(np.zeros((*hw, 3), np.uint8), mask, Look(view=view)).shape[0] == hw[0]


def test_a_view_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(UsageError, match="no view 'cinema'; choose one of overlay, cutout, blur, replace"):
        drawn("cinema")


def test_a_cut_out_shows_the_class_in_front_on_a_checkerboard() -> None:
    frame, _ = halves()
    picture = drawn("cutout")
    assert (picture[:, :38] == checkerboard(HW)[:, :38]).all()
    assert (picture[:, 42:] == frame[:, 42:]).all()
    assert (drawn("cutout", classes=("dog",)) == checkerboard(HW)).all()


def test_a_cut_out_in_a_file_has_true_alpha_and_the_frame_s_own_colours() -> None:
    frame, mask = halves()
    still = Painter(SPEC).still(frame, mask, Look(view="cutout"))
    assert still.shape == (*HW, 4)
    assert (still[:, :38] == 0).all()
    assert (still[:, 42:, 3] == 255).all()
    assert (still[:, 42:, :3] == frame[:, 42:]).all()


def test_the_frame_alone_and_the_mask_alone() -> None:
    frame, _ = halves()
    assert (drawn("frame") == frame).all()
    picture = drawn("mask", opacity=0.1)
    assert (picture[:, :40] == 0).all()
    assert (picture[:, 40:] == CAT_BGR).all()


def test_side_by_side_is_the_frame_and_its_overlay() -> None:
    frame, _ = halves()
    picture = drawn("side-by-side")
    assert (picture[:, :80] == frame).all()
    assert (picture[:, 80:] == drawn("overlay")).all()


def test_a_blurred_background_is_smooth_and_the_class_in_front_untouched() -> None:
    frame, _ = halves()
    picture = drawn("blur")
    assert (picture[:, 42:] == frame[:, 42:]).all()
    assert picture[:, :36].std() < frame[:, :36].std() / 4


def test_what_is_in_front_does_not_shine_into_the_blur() -> None:
    frame = np.full((*HW, 3), 40, np.uint8)
    frame[:, 40:] = 250
    alpha = np.zeros(HW, np.uint8)
    alpha[:, 40:] = 255
    behind = blurred_background(frame, alpha)
    assert (behind[:, :40] == 40).all()
    bleeding = cv2.GaussianBlur(frame, (0, 0), HW[0] / 36)
    assert bleeding[0, 39, 0] > 100  # as a plain blur would have it


def test_blending_is_the_weighted_mean_to_a_grey_level() -> None:
    rng = np.random.default_rng(1)
    front, back = rng.integers(0, 256, (2, *HW, 3), np.uint8)
    alpha = rng.integers(0, 256, HW, np.uint8)
    share = alpha[..., np.newaxis] / 255
    expected = front * share + back * (1 - share)
    assert np.abs(Blending().over(front, back, alpha) - expected).max() <= 1  # both halves are rounded
    whole = np.full(HW, 255, np.uint8)
    assert (Blending().over(front, back, whole) == front).all()
    assert (Blending().over(front, back, 255 - whole) == back).all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("#112233", (0x33, 0x22, 0x11)), ("White", (255, 255, 255)), ("#12345", None), ("beach.jpg", None)],
)
def test_colours_are_read_by_name_and_number(text: str, expected: tuple[int, int, int] | None) -> None:
    assert colour(text) == expected


def test_the_background_becomes_a_colour() -> None:
    frame, _ = halves()
    picture = drawn("replace", Painter(SPEC, backdrop=open_backdrop("#0000ff")))
    assert (picture[:, :38] == (255, 0, 0)).all()
    assert (picture[:, 42:] == frame[:, 42:]).all()


def test_the_background_becomes_a_picture_that_covers_the_frame(tmp_path: Path) -> None:
    wide = np.zeros((30, 120, 3), np.uint8)
    wide[:, 40:80] = (0, 255, 0)  # the middle 40 of 120 columns are what a frame of 4:3 shows
    cv2.imwrite(str(tmp_path / "wide.png"), wide)
    picture = drawn("replace", Painter(SPEC, backdrop=open_backdrop(str(tmp_path / "wide.png"))))
    assert (picture[:, :38] == (0, 255, 0)).all()


def test_covering_cuts_what_stands_out_on_both_sides() -> None:
    picture = np.zeros((10, 30, 3), np.uint8)
    picture[:, 10:20] = 200
    assert (covering(picture, (20, 20)) == 200).all()
    assert (covering(picture.transpose(1, 0, 2).copy(), (20, 20)) == 200).all()
    assert covering(picture, (7, 7)).shape == (7, 7, 3)


def video_of(path: Path, greys: list[int]) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (80, 60))
    for grey in greys:
        writer.write(np.full((*HW, 3), grey, np.uint8))
    writer.release()
    return path


def test_a_video_goes_on_by_a_frame_a_frame_and_round_and_round(tmp_path: Path) -> None:
    backdrop = VideoBackdrop(video_of(tmp_path / "grey.avi", [40, 120, 200]))
    frames = [np.zeros((*HW, 3), np.uint8) for _ in range(5)]
    seen = [int(backdrop.behind(frame)[0, 0, 0]) for frame in frames]
    assert seen == pytest.approx([40, 120, 200, 40, 120], abs=3)  # JPEG
    assert int(backdrop.behind(frames[-1])[0, 0, 0]) == seen[-1]  # the same frame again: a picture that stands still
    backdrop.close()
    backdrop.close()


def test_a_backdrop_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no background 'beach.jpg'; give a colour"):
        open_backdrop("beach.jpg")
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    with pytest.raises(DataError):
        open_backdrop(str(broken))
    text = tmp_path / "words.txt"
    text.write_text("no video")
    with pytest.raises(SourceError, match="not a video"):
        open_backdrop(str(text))


def test_a_still_backdrop_is_fitted_once() -> None:
    backdrop = StillBackdrop(np.zeros((5, 5, 3), np.uint8))
    frame = np.zeros((*HW, 3), np.uint8)
    assert backdrop.behind(frame) is backdrop.behind(frame)
    assert backdrop.behind(frame[:20]).shape == (20, 80, 3)


def test_lines_are_as_wide_as_they_are_and_the_panel_below_them_is_a_box() -> None:
    frame, mask = np.full((300, 600, 3), 200, np.uint8), Mask(labels=np.zeros((300, 600), np.uint8))
    picture = Painter(SPEC).draw(
        frame,
        mask,
        Look(view="frame"),
        lines=["a rather long line of figures"],
        panel=["h: help", "long: a longer one"],
    )
    right = [int(np.flatnonzero((row != 200).any(axis=1)).max(initial=-1)) for row in picture]
    line, first, second = right[3], right[30], right[50]
    assert line > first == second > 0
    assert right[120:] == [-1] * 180


def test_words_that_change_are_written_anew() -> None:
    frame, mask = np.full((100, 300, 3), 200, np.uint8), Mask(labels=np.zeros((100, 300), np.uint8))
    painter, look = Painter(SPEC), Look(view="frame")
    first = painter.draw(frame, mask, look, lines=["10 fps"]).copy()
    assert (painter.draw(frame, mask, look, lines=["11 fps"]) != first).any()
    assert np.array_equal(painter.draw(frame, mask, look, lines=["10 fps"]), first)
    assert (painter.draw(frame, mask, look) == frame).all()

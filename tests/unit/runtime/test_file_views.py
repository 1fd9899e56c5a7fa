"""`unetkit video` with a view: what its files hold."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.runtime.fakes import fake_segmenter
from unetkit.contract.arrays import AnyArray
from unetkit.errors import UsageError
from unetkit.runtime.running.file_run import run_file
from unetkit.runtime.views.look import Look


def blue_half(folder: Path) -> Path:
    """A picture whose right half is blue: what the fake model takes for a cat."""
    picture = np.full((96, 128, 3), (0, 60, 90), np.uint8)
    picture[:, 64:] = (255, 60, 90)
    path = folder / "blue.png"
    cv2.imwrite(str(path), picture)
    return path


def written(folder: Path, look: Look | None, background: str | None = None) -> AnyArray:
    """The one picture in the folder that a run wrote."""
    source, out = blue_half(folder), folder / "out"
    run_file(fake_segmenter(folder), str(source), out=out, max_frames=None, look=look, background=background)
    (file,) = out.iterdir()
    assert file.name == "blue.png"
    picture = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    return picture


def test_a_folder_of_cut_outs_has_alpha(tmp_path: Path) -> None:
    picture = written(tmp_path, Look(view="cutout", classes=("cat",)))
    assert picture.shape == (96, 128, 4)
    assert (picture[:, :48] == 0).all()
    assert (picture[:, 80:] == (255, 60, 90, 255)).all()


def test_a_folder_takes_the_view_that_was_chosen(tmp_path: Path) -> None:
    picture = written(tmp_path, Look(view="replace", classes=("background", "dog")), background="#010203")
    assert (picture[:, :48] == (0, 60, 90)).all()
    assert (picture[:, 80:] == (3, 2, 1)).all()


def test_without_a_view_a_folder_takes_masks(tmp_path: Path) -> None:
    picture = written(tmp_path, None)
    assert {tuple(color) for color in picture.reshape(-1, 3).tolist()} == {(0, 0, 0), (10, 20, 200)}


def test_a_video_has_no_line_of_figures_on_it(tmp_path: Path) -> None:
    source, out = blue_half(tmp_path), tmp_path / "out.avi"
    run_file(fake_segmenter(tmp_path), str(source), out=out, max_frames=None, look=Look(view="frame"))
    there, picture = cv2.VideoCapture(str(out)).read()
    assert there
    expected = cv2.imread(str(source))
    assert expected is not None
    assert np.abs(picture[:20, :48].astype(int) - expected[:20, :48]).max() < 12  # JPEG; words would be black and white


@pytest.mark.parametrize(
    ("look", "background", "words"),
    [
        (Look(view="cinema"), None, "no view 'cinema'"),
        (Look(classes=("horse",)), None, "no class 'horse'"),
        (Look(view="replace"), "beach.jpg", "no background 'beach.jpg'"),
    ],
)
def test_what_cannot_be_shown_is_refused_before_anything_is_written(
    tmp_path: Path, look: Look, background: str | None, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        written(tmp_path, look, background)
    assert not (tmp_path / "out").exists()

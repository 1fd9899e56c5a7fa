"""Pictures and masks that cannot be used: exit code 3 and one line, by every command that reads them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.unit.cli.conftest import Unetkit
from tests.unit.data.sets import PALETTE, jpeg, noise, png, write, write_folder
from unetkit.trainer import materials
from unetkit.trainer.tensorflow_setup import Accelerator

MASK = np.kron([[0, 1], [2, 0]], np.ones((4, 4), int)).tolist()


def good(folder: Path) -> Path:
    write(folder / "classes.txt", b"ground\ncat\ndog\n")
    return write_folder(folder, dict.fromkeys("abcdefghij", MASK))


def no_folder(folder: Path) -> Path:
    return folder / "nowhere"


def no_picture(folder: Path) -> Path:
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    return folder


def no_layout(folder: Path) -> Path:
    write(folder / "holiday.jpg", jpeg(noise((8, 8))))
    return folder


def picture_without_mask(folder: Path) -> Path:
    (good(folder) / "masks" / "c.png").unlink()
    return folder


def mask_without_picture(folder: Path) -> Path:
    (good(folder) / "images" / "c.jpg").unlink()
    return folder


def other_size(folder: Path) -> Path:
    write(good(folder) / "images" / "c.jpg", jpeg(noise((6, 9))))
    return folder


def value_without_class(folder: Path) -> Path:
    write(good(folder) / "masks" / "c.png", png([[*row[:-1], 7] for row in MASK]))
    return folder


def broken_jpeg(folder: Path) -> Path:
    path = good(folder) / "images" / "c.jpg"
    path.write_bytes(path.read_bytes()[:-40])
    return folder


def no_jpeg_at_all(folder: Path) -> Path:
    write(good(folder) / "images" / "c.jpg", b"<html>not found</html>")
    return folder


def jpeg_mask(folder: Path) -> Path:
    write(good(folder) / "masks" / "c.jpg", jpeg(noise((8, 8))))
    (folder / "masks" / "c.png").unlink()
    return folder


def jpeg_mask_called_png(folder: Path) -> Path:
    write(good(folder) / "masks" / "c.png", jpeg(noise((8, 8))))
    return folder


def coloured_mask(folder: Path) -> Path:
    write(good(folder) / "masks" / "c.png", png([[9, 0, 200] * 8] * 8, color_type=2))
    return folder


def cut_mask(folder: Path) -> Path:
    write(good(folder) / "masks" / "c.png", png(MASK, color_type=PALETTE)[:-20])
    return folder


FAULTS: list[tuple[Callable[[Path], Path], str]] = [
    (no_folder, "no such folder: {folder}/nowhere"),
    (no_picture, "no picture in {folder}/images"),
    (no_layout, "{folder} is no data set: it has no images/ folder"),
    (picture_without_mask, "{folder}/images/c.jpg has no mask"),
    (mask_without_picture, "{folder}/masks/c.png has no picture"),
    (other_size, "{folder}/images/c.jpg is 9x6 and its mask {folder}/masks/c.png 8x8"),
    (value_without_class, "{folder}/masks/c.png holds value 7"),
    (broken_jpeg, "{folder}/images/c.jpg is a broken JPEG"),
    (no_jpeg_at_all, "{folder}/images/c.jpg is broken or not a picture"),
    (jpeg_mask, "{folder}/masks/c.jpg is no PNG"),
    (jpeg_mask_called_png, "mask {folder}/masks/c.png is a JPEG"),
    (coloured_mask, "mask {folder}/masks/c.png is in colour"),
    (cut_mask, "mask {folder}/masks/c.png is a broken PNG"),
]
every_fault = pytest.mark.parametrize(("spoilt", "words"), FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])


@every_fault
def test_evaluate_says_in_one_line_what_is_wrong_with_the_data(
    spoilt: Callable[[Path], Path], words: str, unetkit: Unetkit, model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    outcome = unetkit("evaluate", model, spoilt(folder), "--split", "all")
    assert (outcome.code, outcome.out, len(outcome.lines)) == (3, "", 1)
    assert words.format(folder=folder) in outcome.err


@every_fault
def test_train_says_in_one_line_what_is_wrong_with_the_data_and_leaves_no_run(
    spoilt: Callable[[Path], Path],
    words: str,
    unetkit: Unetkit,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cpu = Accelerator(device="CPU", name="CPU", precision="float32", xla=False)
    # Without TensorFlow: data comes before the network.
    monkeypatch.setattr(materials, "prepare", lambda _seed, **_: (cpu, None))
    folder = tmp_path / "data"
    outcome = unetkit("train", spoilt(folder), "--out", tmp_path / "runs" / "a", "--size", 64)
    assert (outcome.code, outcome.out, len(outcome.lines)) == (3, "", 1)
    assert words.format(folder=folder) in outcome.err
    assert not [path for path in (tmp_path / "runs").rglob("*") if path.is_file()]


def test_good_data_is_scored(unetkit: Unetkit, model: Path, tmp_path: Path) -> None:
    outcome = unetkit("evaluate", model, good(tmp_path / "data"), "--split", "all")
    assert (outcome.code, outcome.err) == (0, "")
    assert "all split, 10 images, 3 classes (ground, cat, dog): pixel accuracy" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["synthetic"], "the model knows the classes ground, cat, dog, the data synthetic has background, disc, polyg"),
        (["{data}"], "has no split 'test'; it has all (10)"),
        (["{data}", "--split", "dogs"], "has no split 'dogs'; it has all (10)"),
    ],
)
def test_evaluate_refuses_data_that_does_not_fit_the_model(
    arguments: list[str], words: str, unetkit: Unetkit, model: Path, tmp_path: Path
) -> None:
    data = good(tmp_path / "data")
    outcome = unetkit("evaluate", model, *(item.format(data=data) for item in arguments))
    assert (outcome.code, outcome.out, len(outcome.lines)) == (3, "", 1)
    assert words in outcome.err


def test_pets_that_are_nowhere_and_no_network_name_the_built_in_set(
    unetkit: Unetkit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UNETKIT_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # port 9 is nobody's: as if the cable were out
    outcome = unetkit("train")
    assert (outcome.code, outcome.out, len(outcome.lines)) == (3, "", 1)
    assert "cannot download https://" in outcome.err
    assert "--data synthetic" in outcome.err


def test_a_data_folder_that_is_not_there_is_not_made(unetkit: Unetkit, tmp_path: Path) -> None:
    outcome = unetkit("train", "--data-dir", tmp_path / "nowhere")
    assert (outcome.code, outcome.out, len(outcome.lines)) == (3, "", 1)
    assert f"no such folder: {tmp_path}/nowhere" in outcome.err
    assert not (tmp_path / "nowhere").exists()

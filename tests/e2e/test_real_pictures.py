"""The road on real people, from $UNETKIT_DATA: two classes, a sigmoid head, a real clip."""

import json
import shutil
from pathlib import Path

import cv2
import pytest

from tests.e2e.commands import Shell
from tests.e2e.conftest import Workshop

PAIRS = 40
SETTINGS = "size = 64\nepochs = 1\nbatch = 8\nhalf_size = 0\n"


@pytest.fixture(scope="module")
def people(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few pictures of people with their masks, spread over the set."""
    source = data / "person_ccp"
    if not source.is_dir():
        pytest.skip(f"no person_ccp in {data}")
    folder = tmp_path_factory.mktemp("people")
    masks = sorted((source / "masks").glob("*.png"))
    pictures = {path.stem: path for path in (source / "images").iterdir()}
    for mask in masks[:: len(masks) // PAIRS][:PAIRS]:
        for part, file in (("masks", mask), ("images", pictures[mask.stem])):
            (folder / part).mkdir(exist_ok=True)
            shutil.copy(file, folder / part / file.name)
    return folder


def test_people_are_trained_exported_and_segmented_in_a_clip(people: Path, data: Path, tmp_path: Path) -> None:
    clip = data / "videos" / "again.mkv"
    if not clip.is_file():
        pytest.skip(f"no {clip}")
    shell = Shell.in_folder(tmp_path)
    (tmp_path / "small.toml").write_text(SETTINGS)
    trained = shell.run("train", people, "--config", "small.toml", "--out", "runs/people")
    assert "2 classes (background, object)" in trained.stdout
    assert "4 images" in trained.stdout  # a tenth validates
    shell.run("export", "runs/people", "--int8", "--max-drop", 100)
    told = json.loads(shell.run("inspect", "runs/people/export/model.int8.onnx", "--json").stdout)
    assert (told["head"], told["input"]["height"]) == ("sigmoid", 64)

    seen = shell.run("video", "runs/people/export/model.int8.onnx", clip, "--out", "out.mp4", "--max-frames", 10)
    assert "10 frames, " in seen.stdout
    before, after = (cv2.VideoCapture(str(path)) for path in (clip, tmp_path / "out.mp4"))
    assert after.get(cv2.CAP_PROP_FRAME_COUNT) == 10
    for size in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT):
        assert after.get(size) == before.get(size)

    scored = shell.run("evaluate", "runs/people/export/model.int8.tflite", people, "--split", "all").stdout
    assert f"all split, {PAIRS} images, 2 classes (background, object): pixel accuracy" in scored


def test_a_model_of_shapes_is_not_scored_on_pets(workshop: Workshop, data: Path) -> None:
    if not list(data.glob("oxford_pets*")):
        pytest.skip(f"no Oxford-IIIT Pet set in {data}")
    shell = Shell.in_folder(workshop.shell.folder, UNETKIT_DATA=str(data))
    line = shell.refused("evaluate", "six/model.onnx", code=3)
    assert "the model knows the classes background, disc, polygon" in line

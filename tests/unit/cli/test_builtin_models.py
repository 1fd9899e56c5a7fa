"""The models in the box on the command line: listed, shown, run by name, and taken when nothing is named."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Unetkit
from tests.unit.runtime.box import CARD, use_box, write_box
from unetkit.contract.artifact import sha256_of

LIVE = ["--camera", "synthetic", "--headless", "--max-frames", 2]


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """On a machine without LiteRT, because the box of the tests has no TFLite file that runs."""
    folder = write_box(tmp_path.with_name(f"{tmp_path.name}-box"))
    use_box(folder, monkeypatch, litert=False)
    return folder


def test_the_list_has_all_that_a_figure_needs(unetkit: Unetkit, box: Path) -> None:
    outcome = unetkit("models")
    assert (outcome.code, outcome.err) == (0, "")
    size = (box / "person" / "model.int8.onnx").stat().st_size
    lines = outcome.out.splitlines()
    assert lines[:3] == [
        "person: finds person",
        "  3 classes (ground, cat, dog), input 12x8, 12 parameters",
        f"  model.int8.onnx, {size:,} bytes: pixel accuracy 0.9000, mIoU 0.7500 over 3 classes (ground 0.5000, "
        "cat 1.0000, dog nan); test split, 12 images of some pictures",
    ]
    assert "pets: finds pets" in lines


def test_the_list_as_json_has_the_digests(unetkit: Unetkit, box: Path) -> None:
    models = json.loads(unetkit("models", "--json").out)["models"]
    assert [model["name"] for model in models] == ["person", "pets"]
    assert [len(item["sha256"]) for item in models[0]["files"]] == [64, 64]
    assert models[0]["files"][0]["accuracy"]["iou"] == [0.5, 1.0, None]
    assert json.loads(unetkit("models", "pets", "--json").out) == models[1]


def test_a_name_prints_the_card_as_it_is_written(unetkit: Unetkit, box: Path) -> None:
    outcome = unetkit("models", "person")
    assert (outcome.code, outcome.out, outcome.err) == (0, CARD.format(name="person"), "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["inspect", "pets"],
        ["video", "pets", "synthetic:2"],
        ["webcam", "pets", *LIVE],
        ["webcam", "--model", "pets", *LIVE],
        ["bench", "pets", "--duration", "0.3"],
    ],
    ids=lambda arguments: " ".join(map(str, arguments[:2])),
)
def test_every_command_that_takes_a_model_file_takes_a_name(
    arguments: list[object], unetkit: Unetkit, box: Path
) -> None:
    outcome = unetkit(*arguments)
    assert outcome.code == 0, outcome.err
    path = box / "pets" / "model.int8.onnx"
    assert (str(path) if arguments[0] in {"video", "webcam"} else sha256_of(path)[:12]) in outcome.out + outcome.err
    assert "no model was named" not in outcome.err


def test_evaluate_takes_a_name(unetkit: Unetkit, box: Path) -> None:
    outcome = unetkit("evaluate", "pets", "synthetic")
    assert (outcome.code, len(outcome.lines)) == (3, 1)  # the model opened, and its classes are not the data's
    assert "the model knows the classes ground, cat, dog" in outcome.err


def test_a_file_of_that_name_wins(unetkit: Unetkit, box: Path, model: Path, tmp_path: Path) -> None:
    (tmp_path / "pets").write_bytes(model.read_bytes())
    assert json.loads(unetkit("inspect", "pets", "--json").out)["model"] == "pets"


def test_webcam_without_model_and_export_takes_the_one_for_people_and_says_so(
    unetkit: Unetkit, box: Path, tmp_path: Path
) -> None:
    outcome = unetkit("webcam", *LIVE)
    assert outcome.code == 0, outcome.err
    assert outcome.lines[:2] == [
        f"no model was named and {tmp_path / 'runs'} has no export: taking the built-in model person",
        next(line for line in outcome.lines if line.startswith(str(box / "person" / "model.int8.onnx"))),
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["webcam", "prson", *LIVE],
        ["webcam", "--model", "prson", *LIVE],
        ["video", "prson", "synthetic:2"],
        ["bench", "prson"],
        ["inspect", "prson"],
        ["evaluate", "prson", "synthetic"],
        ["models", "prson"],
    ],
    ids=lambda arguments: " ".join(map(str, arguments[:2])),
)
def test_an_unknown_name_is_one_line_with_the_nearest_and_all(
    arguments: list[object], unetkit: Unetkit, box: Path
) -> None:
    outcome = unetkit(*arguments)
    assert (outcome.code, outcome.out, len(outcome.lines)) == (2, "", 1)
    assert outcome.err.endswith("; did you mean person?; built-in models: person, pets\n")


def test_a_model_given_twice_is_refused(unetkit: Unetkit, box: Path) -> None:
    outcome = unetkit("webcam", "person", "--model", "pets")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "unetkit: the model is given twice, 'person' and --model 'pets'; give it once\n"


def test_an_engine_that_the_box_has_no_file_for_is_refused(unetkit: Unetkit, box: Path) -> None:
    outcome = unetkit("webcam", "person", "--engine", "keras")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == ("unetkit: the built-in person comes for onnx, tflite, not for keras; use --engine auto\n")


def test_a_changed_file_in_the_box_is_not_run(unetkit: Unetkit, box: Path) -> None:
    path = box / "person" / "model.int8.onnx"
    path.write_bytes(path.read_bytes() + b"\0")
    outcome = unetkit("webcam", *LIVE)
    assert (outcome.code, outcome.out, len(outcome.lines)) == (4, "", 1)
    assert "is not the file that was shipped; install unetkit again" in outcome.err

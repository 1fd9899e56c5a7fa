"""Arguments, options and settings that do not go: exit code 2, and a line that says what would."""

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Unetkit

SETTINGS: list[tuple[list[str], str]] = [
    (["train", "synthetic", "--size", "100"], "size 100 does not divide by"),
    (["train", "synthetic", "--network", "classic", "--size", "100"], "use 96 or 112"),
    (["train", "synthetic", "--size", "0"], "size is 0, expected 16 to 4096"),
    (["train", "synthetic", "--epochs", "0"], "epochs is 0"),
    (["train", "synthetic", "--batch", "-1"], "batch is -1"),
    (["train", "synthetic", "--lr", "nan"], "lr is nan"),
    (["train", "synthetic", "--seed", "-1"], "seed is -1"),
    (["train", "synthetic", "--optimizer", "lion"], "optimizer is 'lion', expected one of sgd, adam, adamw"),
    (["train", "synthetic", "--loss", "hinge"], "hinge"),
    (["train", "pets", "--data", "synthetic"], "the data set is given twice, 'pets' and --data 'synthetic'"),
    (["train", "synthetic", "--config", "nowhere.toml"], "cannot read config nowhere.toml"),
    (["train", "synthetic", "--config", "broken.toml"], "config broken.toml is not valid TOML"),
    (["train", "synthetic", "--config", "typo.toml"], "unknown setting 'epoch'; did you mean epochs?"),
    (["train", "synthetic", "--config", "text.toml"], "epochs is 'many', expected a number"),
    (["train", "synthetic", "--config", "sigmoid.toml"], "a sigmoid head takes two classes, the data has 3"),
    (["train", "synthetic", "--config", "half.toml"], "precision is 'half', expected one of auto, float32, mixed_bf"),
    (["train", "synthetic", "--out", "run"], "run already holds a run; choose another --out or remove it"),
    (["export", "nowhere"], "nowhere is not a run: it has no best.keras"),
    (["export"], "no run in"),
    (["export", "run", "--format", "onnx,pdf"], "pdf"),
    (["export", "run", "--format", ""], "format"),
    (["export", "run", "--max-drop", "-1"], "max drop is -1.0, expected points of mIoU from 0 to 100"),
    (["export", "run", "--max-drop", "nan"], "max drop is nan"),
    (
        ["video", "{model}", "synthetic:2", "--engine", "tflite"],
        "engine tflite cannot run {model}, a model for onnx",
    ),
    (["bench", "empty"], "no exported model in empty"),
    (["demo", "--out", "run"], "run already holds a run"),
]
FILES = {
    "broken.toml": "epochs = = 3",
    "typo.toml": "epoch = 3",
    "text.toml": "epochs = 'many'",
    "sigmoid.toml": "head = 'sigmoid'",
    "half.toml": "precision = 'half'",
    "run/best.keras": "somebody's",
    "empty/notes.txt": "",
}


@pytest.mark.parametrize(("arguments", "words"), SETTINGS)
def test_a_setting_that_does_not_go_is_one_line_that_names_it(
    arguments: list[str], words: str, unetkit: Unetkit, model: Path, tmp_path: Path
) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    outcome = unetkit(*(item.format(model=model) for item in arguments))
    errors = [line for line in outcome.lines if line.startswith("unetkit: ")]
    assert (outcome.code, outcome.out, errors) == (2, "", outcome.lines[-1:])
    assert words.format(model=model) in errors[0]
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["segment"],
        ["--verbose"],
        ["train", "--speed", "9"],
        ["train", "--network", "resnet"],
        ["train", "--epochs", "few"],
        ["export", "--max-drop", "little"],
        ["webcam", "--device", "gpu"],
        ["webcam", "--engine", "torch"],
        ["webcam", "--max-frames", "0"],
        ["video", "model.onnx"],
        ["video", "model.onnx", "a.mp4", "--threads", "0"],
        ["bench"],
        ["inspect"],
    ],
)
def test_a_word_that_the_command_line_does_not_know_is_a_usage_error(arguments: list[str], unetkit: Unetkit) -> None:
    outcome = unetkit(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert "Usage: " in outcome.err
    assert "Traceback" not in outcome.err

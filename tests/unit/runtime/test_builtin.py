"""The models in the box: the index, the digests, and the files that are really shipped."""

import json
import tomllib
from pathlib import Path

import pytest

import unetkit
from tests.unit.runtime.box import ACCURACY, CARD, NAMES, use_box, write_box
from unetkit.contract.artifact import check_intact, read_format, read_spec
from unetkit.errors import ArtifactError, UsageError
from unetkit.runtime.builtin import builtin_folder, builtin_model, builtin_models, write_index

BUDGET_BYTES = 10_000_000


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = write_box(tmp_path / "models")
    use_box(folder, monkeypatch, litert=True)
    return folder


def test_what_was_written_into_an_index_is_read_from_it(box: Path) -> None:
    models = builtin_models()
    assert [model.name for model in models] == list(NAMES)
    write_index(box, models)
    assert builtin_models() == models
    person = builtin_model("person")
    assert (person.task, person.input_hw, person.class_names) == ("finds person", (8, 12), ("ground", "cat", "dog"))
    assert person.card() == CARD.format(name="person")


def test_accuracy_comes_back_with_a_class_that_did_not_occur(box: Path) -> None:
    accuracy = builtin_model("pets").files[0].accuracy
    assert accuracy.summary() == ACCURACY.summary()
    assert accuracy.to_dict() == ACCURACY.to_dict()


@pytest.mark.parametrize(
    ("formats", "files"),
    [
        (["tflite", "onnx"], ["model.int8.tflite", "model.int8.onnx"]),
        (["onnx", "tflite"], ["model.int8.onnx", "model.int8.tflite"]),
        (["onnx"], ["model.int8.onnx"]),
    ],
)
def test_files_come_in_the_order_of_the_formats(formats: list[str], files: list[str], box: Path) -> None:
    paths = builtin_model("person").paths(formats)  # type: ignore[arg-type]
    assert paths == tuple(box / "person" / file for file in files)


def test_a_format_that_does_not_come_in_the_box_is_refused(box: Path) -> None:
    with pytest.raises(UsageError, match="the built-in person comes for onnx, tflite, not for keras"):
        builtin_model("person").paths(["keras"])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("persn", "no built-in model 'persn'; did you mean person?; built-in models: person, pets"),
        ("membrane", "no built-in model 'membrane'; built-in models: person, pets"),
    ],
)
def test_a_wrong_name_gets_the_nearest_and_all(wrong: str, words: str, box: Path) -> None:
    with pytest.raises(UsageError) as raised:
        builtin_model(wrong)
    assert str(raised.value) == words


def test_a_byte_that_is_not_the_shipped_one_is_found_on_load(box: Path) -> None:
    path = box / "person" / "model.int8.onnx"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert builtin_model("person").paths(["tflite"])
    with pytest.raises(ArtifactError, match=r"model\.int8\.onnx is not the file that was shipped; install unetkit"):
        builtin_model("person").paths(["onnx"])


def test_another_model_that_is_whole_in_itself_is_not_the_shipped_one(box: Path) -> None:
    (box / "person" / "model.int8.onnx").write_bytes((box / "pets" / "model.int8.onnx").read_bytes())
    with pytest.raises(ArtifactError, match="is not the file that was shipped"):
        builtin_model("person").paths(["onnx"])


@pytest.mark.parametrize("lost", ["person/model.int8.onnx", "person/card.md", "index.json"])
def test_a_file_that_is_gone_says_to_install_again(lost: str, box: Path) -> None:
    (box / lost).unlink()
    with pytest.raises(ArtifactError, match=r"No such file or directory; install unetkit again"):
        (builtin_model("person").paths(["onnx"]), builtin_model("person").card())


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": 1}', '{"schema": 2, "models": []}', '{"schema": 1, "models": [{}]}', "\x00"]
)
def test_a_damaged_index_is_one_line(text: str, box: Path) -> None:
    (box / "index.json").write_text(text)
    with pytest.raises(ArtifactError, match=r"index of the built-in models .*index\.json is damaged"):
        builtin_models()


def test_the_shipped_models_are_what_their_index_says() -> None:
    for model in builtin_models():
        formats = [item.format for item in model.files]
        assert sorted(formats) == ["onnx", "tflite"]
        for path, item in zip(model.paths(formats), model.files, strict=True):
            check_intact(path)
            spec = read_spec(path)
            assert read_format(path) == item.format
            assert path.stat().st_size == item.bytes
            assert (spec.name, spec.input.hw, spec.class_names) == (model.name, model.input_hw, model.class_names)
            assert spec.provenance["precision"] == "int8"
            assert item.accuracy.images > 0
            assert item.sha256 in model.card()


def test_the_index_names_every_file_that_is_shipped_and_they_stay_within_the_budget() -> None:
    folder = builtin_folder()
    shipped = {path.relative_to(folder).as_posix() for path in folder.glob("*/model.*")}
    assert shipped == {f"{model.name}/{item.file}" for model in builtin_models() for item in model.files}
    data = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}]
    assert sum(path.stat().st_size for path in data) <= BUDGET_BYTES


def test_all_package_data_goes_into_the_wheel() -> None:
    folder = builtin_folder()
    project = Path(unetkit.__file__).parents[1] / "pyproject.toml"
    if not project.is_file():
        pytest.skip("unetkit is installed, its project file is not here")
    patterns = tomllib.loads(project.read_text())["tool"]["setuptools"]["package-data"]["unetkit.models"]
    packed = {path for pattern in patterns for path in folder.glob(pattern)}
    there = {path for path in folder.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}}
    assert packed == there


def test_the_index_that_is_shipped_is_written_by_the_script(tmp_path: Path) -> None:
    write_index(tmp_path, builtin_models())
    assert json.loads((tmp_path / "index.json").read_text()) == json.loads(
        (builtin_folder() / "index.json").read_text()
    )

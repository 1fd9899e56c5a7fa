"""A file, a name, or nothing: which model is meant."""

from pathlib import Path

import pytest

from tests.unit.runtime.box import use_box, write_box
from unetkit.errors import UsageError
from unetkit.runtime.model_choice import bench_paths, choose_model, model_path
from unetkit.runtime.segmenter import Segmenter


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two built-in models, LiteRT installed, and an empty working folder."""
    folder = write_box(tmp_path / "box")
    use_box(folder, monkeypatch, litert=True)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return folder


@pytest.mark.parametrize(
    ("given", "engine", "device", "taken"),
    [
        ("person", "auto", "auto", "person/model.int8.tflite"),
        ("person", "onnx", "auto", "person/model.int8.onnx"),
        ("pets", "auto", "cuda", "pets/model.int8.onnx"),
        ("pets", "tflite", "cuda", "pets/model.int8.tflite"),
    ],
)
def test_a_name_means_the_file_for_the_engine_and_device(
    given: str, engine: str, device: str, taken: str, box: Path
) -> None:
    assert model_path(given, engine=engine, device=device) == box / taken  # type: ignore[arg-type]


def test_a_segmenter_opens_by_name(box: Path) -> None:
    with Segmenter.open("pets", engine="onnx") as segmenter:
        assert (segmenter.spec.name, segmenter.path) == ("pets", box / "pets" / "model.int8.onnx")


def test_without_litert_a_name_means_the_onnx_file(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_box(box, monkeypatch, litert=False)
    assert model_path("person") == box / "person" / "model.int8.onnx"


def test_a_file_wins_over_a_name_and_a_folder_does_not(box: Path) -> None:
    Path("pets").mkdir()
    Path("person").write_bytes(b"mine")
    assert model_path("person") == Path("person")
    assert model_path("pets") == box / "pets" / "model.int8.tflite"


@pytest.mark.parametrize("given", ["person.onnx", "./person", "a/person", "/person", "x" * 5000, "", "a\0b", "größe"])
def test_what_looks_like_a_path_is_left_for_opening_to_judge(given: str, box: Path) -> None:
    assert model_path(given) == Path(given)


def test_a_folder_of_another_name_is_left_for_opening_to_judge(box: Path) -> None:
    Path("runs").mkdir()
    assert model_path("runs") == Path("runs")


@pytest.mark.parametrize("meant", [model_path, bench_paths])
def test_a_word_that_is_neither_gets_the_nearest_name_and_all(meant: type, box: Path) -> None:
    with pytest.raises(UsageError) as raised:
        meant("prson")
    assert str(raised.value) == (
        "there is no model file 'prson' and no built-in model of that name; did you mean person?; "
        "built-in models: person, pets"
    )


def test_a_bench_takes_every_file_of_a_name_that_runs_here(box: Path) -> None:
    both = (box / "person" / "model.int8.tflite", box / "person" / "model.int8.onnx")
    assert bench_paths("person") == both
    assert bench_paths("person", engine="onnx") == both[1:]
    Path("person").mkdir()  # a bench takes folders of models, so here one wins over a name
    assert bench_paths("person") == (Path("person"),)


def test_nothing_given_means_the_newest_export_and_says_so(box: Path, tmp_path: Path) -> None:
    export = tmp_path / "runs" / "mine" / "export"
    export.mkdir(parents=True)
    (export / "model.onnx").write_bytes(b"model")
    choice = choose_model(None, root=tmp_path / "runs")
    assert choice.paths == (export / "model.onnx",)
    assert choice.why == f"no model was named: taking the newest export, {export}"


def test_nothing_given_and_no_export_means_the_built_in_for_people_and_says_why(box: Path, tmp_path: Path) -> None:
    choice = choose_model(None, root=tmp_path / "runs")
    assert choice.paths == (box / "person" / "model.int8.tflite", box / "person" / "model.int8.onnx")
    assert choice.why == (f"no model was named and {tmp_path / 'runs'} has no export: taking the built-in model person")
    assert choose_model(None, engine="onnx", root=tmp_path / "runs").paths == (box / "person" / "model.int8.onnx",)


def test_a_model_that_was_named_needs_no_reason(box: Path) -> None:
    choice = choose_model("pets")
    assert (choice.paths[0], choice.why) == (box / "pets" / "model.int8.tflite", "")

"""A model on its way into the box: trained by a recipe, exported, measured, and written with its card and index."""

import functools
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from tests.tf.trainer.tinynetwork import use_tiny
from unetkit.benchmarks.frames import FrameSet
from unetkit.contract.artifact import check_intact, read_spec, sha256_of
from unetkit.contract.runfolder import RunFolder
from unetkit.data.dataset import Dataset
from unetkit.data.record import DataRecord
from unetkit.data.synthetic import SyntheticDataset
from unetkit.errors import DataError, UsageError, VerificationError
from unetkit.models import make, publication
from unetkit.models.make import make_model, train_recipe
from unetkit.models.measurement import ScoredPictures
from unetkit.models.publication import FILES, publish_model
from unetkit.models.recipe import Recipe, Stage, recipe_of
from unetkit.runtime.builtin import BuiltinModel, builtin_models
from unetkit.runtime.segmenter import Segmenter
from unetkit.trainer.config import TrainConfig

pytestmark = pytest.mark.tf

CLASSES = ("ground", "round", "edged")
DATA = SyntheticDataset(hw=(32, 48), train=8, validation=3, test=4)
RECIPE = Recipe(
    name="shapes",
    task="discs and polygons",
    classes=CLASSES,
    data="generated scenes",
    split="test",
    licence="nobody's",
    splits="by number",
    citation="none",
    limits=("shapes only", "small ones"),
    remarks=("A remark.",),
    max_drop=100.0,
    stages=(Stage("1", {"size": 32, "epochs": 1, "batch": 4, "half_size": 0.0, "seed": 3}),),
)
FRAMES = FrameSet.generated(count=2, hw=(32, 48))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunFolder]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_tiny(monkeypatch)
        yield train_recipe(RECIPE, DATA, tmp_path_factory.mktemp("runs") / "a", data_dir=None, tell=_nobody)


@pytest.fixture(scope="module")
def made(run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> tuple[BuiltinModel, list[str]]:
    said: list[str] = []
    folder = tmp_path_factory.mktemp("box")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(make, "publish_model", functools.partial(publish_model, seconds=0.1))
        return make_model(RECIPE, run, DATA, folder, frames=FRAMES, tell=said.append), said


def _published(recipe: Recipe, run: RunFolder, folder: Path) -> BuiltinModel:
    """The run's export, which `made` has left, put into a box."""
    pictures = ScoredPictures.of(DataRecord.read(run.split), DATA, recipe.split)
    return publish_model(recipe, run, pictures, folder, frames=FRAMES, tell=_nobody, seconds=0.1)


def _nobody(_: str) -> None:
    pass


Made = tuple[BuiltinModel, list[str]]


def test_the_recipe_decides_the_training(run: RunFolder) -> None:
    settings = tomllib.loads(run.config.read_text())
    assert RECIPE.stages[0].settings.items() <= settings.items()


def test_earlier_stages_are_trained_first_and_gone_on_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[tuple[int, str, str, Path]] = []

    def train(dataset: Dataset, config: TrainConfig, out: Path, **_: object) -> SimpleNamespace:
        calls.append((config.epochs, config.weights, config.teacher, out))
        return SimpleNamespace(run=RunFolder(out), interrupted=False)

    monkeypatch.setattr(make, "train", train)
    stages = (
        Stage("large", {"epochs": 5}),
        Stage("coarse", {"epochs": 4, "teacher": "stage:large"}),
        Stage("3", {"epochs": 1, "weights": "stage:coarse", "teacher": "stage:large"}),
    )
    run = train_recipe(replace(RECIPE, stages=stages), DATA, tmp_path / "a", data_dir=None, tell=_nobody)
    large, coarse = tmp_path / "a-large", tmp_path / "a-coarse"
    assert run.path == tmp_path / "a"
    assert calls == [
        (5, "none", "", large),
        (4, "none", str(large), coarse),
        (1, str(coarse), str(large), tmp_path / "a"),
    ]


def test_the_box_holds_both_files_the_card_and_an_index_that_fits(made: Made) -> None:
    model, _ = made
    folder = model.folder.parent
    assert {path.name for path in folder.iterdir()} == {"shapes", "index.json"}
    assert {path.name for path in model.folder.iterdir()} == {*FILES, "card.md"}
    assert builtin_models(folder) == (model,)
    assert [path.name for path in model.paths(["onnx", "tflite"])] == list(FILES)


@pytest.mark.parametrize("file", FILES)
def test_a_file_carries_the_names_of_the_recipe_and_all_else_of_the_export(
    file: str, made: Made, run: RunFolder
) -> None:
    path = made[0].folder / file
    check_intact(path)
    exported, shipped = read_spec(run.export / file), read_spec(path)
    assert (shipped.name, shipped.class_names) == ("shapes", CLASSES)
    assert replace(shipped, name=exported.name, classes=exported.classes) == exported


@pytest.mark.parametrize("position", range(len(FILES)))
def test_accuracy_is_of_the_shipped_file_on_the_split_at_the_pictures_own_size(position: int, made: Made) -> None:
    model, _ = made
    accuracy = model.files[position].accuracy
    hits = 0
    with Segmenter.open(model.folder / FILES[position]) as segmenter:
        for name in DATA.splits["test"]:
            frame, truth = DATA.read(name)
            hits += int((segmenter.predict(frame).labels == truth).sum())
    assert accuracy.pixel_accuracy == hits / (4 * 32 * 48)
    assert (accuracy.split, accuracy.images, accuracy.class_names) == ("test", 4, CLASSES)


def test_the_card_tells_task_figures_host_licence_and_limits(made: Made) -> None:
    model, _ = made
    card = model.card()
    headings = re.findall(r"^#+ (.*)$", card, re.MULTILINE)
    assert headings == ["shapes", "Accuracy", "Latency", "Data and licence", "Splits", "Limits", "Made by"]
    for words in (
        "discs and polygons",
        "| classes | 0 ground, 1 round, 2 edged |",
        "| input | uint8 (1, 32, 32, 3) BGR, frame fitted by stretch |",
        "test split, 4 pictures at their own size, 3 classes (ground, round, edged)",
        "- A remark.",
        "nobody's",
        "8 pictures trained on, 3 pictures held out to choose the best epoch, 4 pictures scored above (test).",
        "- shapes only\n- small ones",
        "python -m unetkit.models.make shapes --data DATA",
        "size 32, epochs 1, batch 4, half_size 0.0, seed 3",
        DATA.digest(),
    ):
        assert words in card
    for item in model.files:
        assert f"| {item.file} | {item.bytes:,} | {item.accuracy.pixel_accuracy:.4f} |" in card
        assert f"| {item.file} | {item.sha256} |" in card
        assert re.search(rf"^\| {re.escape(item.file)} \| {item.format} \| 1 \| [\d.]+ \| ", card, re.MULTILINE)
    assert str(model.folder.parent) not in card  # no path of the machine that made it


def test_every_step_is_told(made: Made) -> None:
    said = made[1]
    assert [text for text in said if text.startswith("scoring")] == [
        f"scoring {file} on 4 pictures" for file in ("best.keras", *FILES)
    ]
    assert "timing on 1 of" in " ".join(said)


def test_made_again_from_the_same_run_the_files_are_the_same(made: Made, run: RunFolder) -> None:
    model, _ = made
    again = _published(RECIPE, run, model.folder.parent)
    assert again == model
    assert [sha256_of(again.folder / file) for file in FILES] == [item.sha256 for item in model.files]


def test_another_model_stands_beside_the_first_in_the_order_of_names(made: Made, run: RunFolder) -> None:
    folder = made[0].folder.parent
    _published(replace(RECIPE, name="discs"), run, folder)
    assert [model.name for model in builtin_models(folder)] == ["discs", "shapes"]


def test_the_pictures_held_out_are_scored_where_the_recipe_says_so(made: Made, run: RunFolder, tmp_path: Path) -> None:
    model = _published(replace(RECIPE, split="validation"), run, tmp_path)
    assert (model.files[0].accuracy.split, model.files[0].accuracy.images) == ("validation", 3)


OTHER_DATA = SyntheticDataset(hw=(32, 32), train=8, validation=3, test=4)


@pytest.mark.parametrize(
    ("recipe", "dataset", "words"),
    [
        (
            replace(RECIPE, stages=(Stage("1", {"epochs": 9}),)),
            DATA,
            "was trained otherwise than recipe shapes says, with epochs 1 and not 9",
        ),
        (replace(RECIPE, split="train"), DATA, "the run was trained on 8 pictures of the train split"),
        (replace(RECIPE, split="other"), DATA, "has no split 'other'"),
        (RECIPE, OTHER_DATA, "is not what the run was trained on"),
    ],
)
def test_what_does_not_fit_the_run_is_refused_and_nothing_is_written(
    recipe: Recipe, dataset: Dataset, words: str, run: RunFolder, tmp_path: Path
) -> None:
    with pytest.raises((UsageError, DataError), match=words):
        make_model(recipe, run, dataset, tmp_path / "box", frames=FRAMES, tell=_nobody)
    assert list(tmp_path.rglob("*.*")) == []


def test_classes_that_are_not_the_runs_are_refused_and_nothing_is_left(
    made: Made, run: RunFolder, tmp_path: Path
) -> None:
    recipe = replace(RECIPE, classes=("ground", "thing"))
    with pytest.raises(UsageError, match="names the classes ground, thing, the run has background, disc, polygon"):
        _published(recipe, run, tmp_path / "box")
    assert list(tmp_path.rglob("*.*")) == []


def test_a_box_that_would_go_over_its_budget_is_left_as_it_was(
    made: Made, run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made[0].folder.parent
    before = builtin_models(folder)
    monkeypatch.setattr(publication, "BUDGET_BYTES", 1000)
    with pytest.raises(VerificationError, match="at most 1,000 go into the wheel"):
        _published(replace(RECIPE, name="more"), run, folder)
    assert builtin_models(folder) == before
    assert not (folder / "more").exists()


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("shapes", 3, "is not what the run was trained on; give that with --data"),  # it is not the whole synthetic set
        ("dogs", 2, "no recipe 'dogs'"),
    ],
)
def test_the_command_ends_with_the_line_and_code_of_the_error(
    name: str,
    code: int,
    words: str,
    run: RunFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(make, "recipe_of", lambda given: RECIPE if given == "shapes" else recipe_of(given))
    with pytest.raises(typer.Exit) as ended:
        make.main(name, run=run.path, out=tmp_path)
    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.exit_code == code
    assert line.startswith("unetkit: ")
    assert words in line

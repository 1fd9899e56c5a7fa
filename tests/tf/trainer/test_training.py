"""`train` from pictures to run folder, with a network that takes a second; what it refuses."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import unetkit
from tests.tf.trainer.tinynetwork import CONFIG, DATA, use_tiny
from unetkit.contract.artifact import read_spec
from unetkit.contract.runfolder import RunFolder
from unetkit.data.catalog import open_dataset
from unetkit.data.record import DataRecord
from unetkit.data.synthetic import SyntheticDataset
from unetkit.errors import UsageError
from unetkit.trainer.config import resolve_config
from unetkit.trainer.course import TrainResult
from unetkit.trainer.events import TrainEvents
from unetkit.trainer.history import Epoch
from unetkit.trainer.replicas import Replicas
from unetkit.trainer.tensorflow_setup import Accelerator
from unetkit.trainer.training import train

pytestmark = pytest.mark.tf


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    use_tiny(monkeypatch)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TrainResult, list[Epoch], list[str]]]:
    heard: list[Epoch] = []
    said: list[str] = []
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_tiny(monkeypatch)
        out = tmp_path_factory.mktemp("runs") / "my run, größer"
        yield train(DATA, CONFIG, out, events=TrainEvents(started=said.append, epoch_done=heard.append)), heard, said


def _weights(run: RunFolder) -> list[Any]:
    import keras

    return keras.models.load_model(run.checkpoint, safe_mode=True).get_weights()  # type: ignore[no-any-return]


Trained = tuple[TrainResult, list[Epoch], list[str]]


def test_a_run_has_every_file_and_nothing_else(trained: Trained) -> None:
    names = {path.name for path in trained[0].run.path.iterdir()}
    assert names == {
        "best.keras",
        "config.toml",
        "split.json",
        "environment.json",
        "history.csv",
        "report.json",
        "report.html",
        "curves.png",
        "panel.png",
    }


def test_the_checkpoint_carries_the_spec_of_what_was_trained(trained: Trained) -> None:
    spec = read_spec(trained[0].run.checkpoint)
    assert spec.name == "my-run-gr-er"
    assert spec.input.hw == (32, 32)
    assert spec.classes == DATA.classes
    assert (spec.head, spec.scores, spec.channels) == ("softmax", "logits", 3)
    assert spec.provenance["network"] == "edge"
    assert spec.provenance["data_digest"] == DATA.digest()


def test_the_checkpoint_is_a_float32_model_of_the_inputs_size(trained: Trained) -> None:
    import keras

    model = keras.models.load_model(trained[0].run.checkpoint, safe_mode=True)
    assert model.input_shape == (None, 32, 32, 3)
    assert model.output_shape == (None, 32, 32, 3)
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert model.count_params() == trained[0].parameters


def test_the_split_is_disjoint_and_opens_its_frames_again(trained: Trained) -> None:
    record = DataRecord.read(trained[0].run.split)
    assert set(record.train) == set(DATA.splits["train"])
    assert set(record.validation) == set(DATA.splits["validation"])
    assert not set(record.train) & set(record.validation)
    cache = record.open_cache(read_spec(trained[0].run.checkpoint).input)
    np.testing.assert_array_equal(
        cache.labels[cache.rows(record.validation[:1])[0]], DATA.read(record.validation[0])[1]
    )


def test_the_resolved_config_trains_the_same_again(trained: Trained) -> None:
    assert resolve_config(trained[0].run.config) == CONFIG


def test_the_history_tells_of_both_sizes(trained: Trained) -> None:
    with trained[0].run.history.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["epoch"], row["size"]) for row in rows] == [("1", "16"), ("2", "32")]
    assert float(rows[-1]["lr"]) == 0  # the cosine's end


def test_the_report_is_json_and_agrees_with_the_history(trained: Trained) -> None:
    result, heard, _ = trained
    report = json.loads(result.run.report.read_text(), parse_constant=pytest.fail)
    best = max(heard, key=lambda epoch: epoch.accuracy.miou)
    assert report["best_epoch"] == result.best_epoch == best.epoch
    assert report["accuracy"]["miou"] == pytest.approx(best.accuracy.miou)
    assert (report["epochs_done"], report["interrupted"], report["parameters"]) == (2, False, result.parameters)
    assert result.accuracy.images == 3


def test_the_environment_says_what_it_ran_on(trained: Trained) -> None:
    environment = json.loads(trained[0].run.environment.read_text())
    assert environment["accelerator"]["device"] in ("CPU", "GPU")
    assert environment["host"]


def test_curves_and_panel_are_pictures(trained: Trained) -> None:
    for path in (trained[0].run.curves, trained[0].run.panel):
        assert cv2.imread(str(path)) is not None


def test_the_caller_hears_of_the_start_and_of_each_epoch(trained: Trained) -> None:
    _, heard, said = trained
    assert [epoch.epoch for epoch in heard] == [1, 2]
    assert len(said) == 1
    assert "7 pictures of train train, 3 of validation validate" in said[0]


def test_the_training_leaves_kerass_dtype_policy_as_it_was(trained: Trained) -> None:
    import keras

    assert keras.mixed_precision.dtype_policy().name == "float32"


def test_the_same_seed_gives_the_same_weights_and_another_one_others(trained: Trained, tmp_path: Path) -> None:
    first = _weights(trained[0].run)
    again = _weights(train(DATA, CONFIG, tmp_path / "again").run)
    other = _weights(train(DATA, replace(CONFIG, seed=6), tmp_path / "other").run)
    # Several threads add up a gradient in any order, which Adam can blow up to a few thousandths; other initial
    # weights lie tenths apart.
    assert max(float(np.abs(a - b).mean()) for a, b in zip(first, again, strict=True)) < 0.01
    assert max(float(np.abs(a - b).mean()) for a, b in zip(first, other, strict=True)) > 0.05


def test_a_folder_that_holds_a_run_is_refused_and_stays(trained: Trained) -> None:
    run = trained[0].run
    before = run.checkpoint.read_bytes()
    with pytest.raises(UsageError, match="already holds a run; choose another --out"):
        train(DATA, CONFIG, run.path)
    assert run.checkpoint.read_bytes() == before


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"size": 40, "half_size": 0.0}, "size 40 does not divide by 16, as edge needs; use 32 or 48"),
        ({"size": 48}, "size 48 does not divide by 32, as edge needs when it trains at half the size first"),
        ({"head": "sigmoid"}, "a sigmoid head takes two classes, the data has 3"),
        ({"loss": "binary_cross_entropy"}, "no loss 'binary_cross_entropy' for a softmax head"),
    ],
)
def test_a_setting_that_does_not_fit_is_known_before_anything_is_written(
    changed: dict[str, Any], told: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=told):
        train(DATA, replace(CONFIG, **changed), tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_student_learns_from_a_teacher(trained: Trained, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    events = TrainEvents(taught=lambda done, total: heard.append((done, total)))
    teacher = str(trained[0].run.path)
    alone, taught = (
        train(DATA, replace(CONFIG, teacher=given), tmp_path / f"run{given == teacher}", events=events)
        for given in ("", teacher)
    )
    assert heard == [(10, 10)]  # 7 pictures to train on and 3 to validate, in one batch
    assert resolve_config(taught.run.config).teacher == teacher
    pairs = zip(_weights(alone.run), _weights(taught.run), strict=True)
    assert any(not np.array_equal(one, other) for one, other in pairs)


def test_a_teacher_of_other_classes_is_refused_before_anything_is_written(trained: Trained, tmp_path: Path) -> None:
    class Renamed(SyntheticDataset):
        first, second, third = DATA.classes
        classes = (replace(first, name="new"), second, third)

    with pytest.raises(UsageError, match=r"knows the classes .*, the data has new, .*; they have to be the same"):
        train(Renamed(), replace(CONFIG, teacher=str(trained[0].run.path)), tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_what_a_gpu_would_do_ends_in_a_float32_checkpoint_too(
    precision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XLA and mixed precision run on a CPU as well, only slowly."""
    import keras
    import tensorflow as tf

    gpu = Accelerator(device="GPU", name="Card", precision=precision, xla=True)
    monkeypatch.setattr(tf.config.experimental, "get_memory_info", lambda device: {"peak": 3 * 2**20})
    monkeypatch.setattr("unetkit.trainer.materials.prepare", lambda seed, **_: (gpu, Replicas.alone()))
    result = train(DATA, replace(CONFIG, augment=0.0), tmp_path / "run")
    model = keras.models.load_model(result.run.checkpoint, safe_mode=True)
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert keras.mixed_precision.dtype_policy().name == "float32"
    with result.run.history.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert all(float(row["loss"]) < 10 for row in rows)
    assert [row["peak_memory_mib"] for row in rows] == ["3", "3"]
    assert json.loads(result.run.environment.read_text())["accelerator"]["precision"] == precision


def test_a_training_remarks_on_data_that_will_spoil_it(tmp_path: Path) -> None:
    """Two of eight masks were never drawn."""
    folder = tmp_path / "data"
    for number in range(8):
        frame, labels = DATA.read(DATA.splits["train"][number % 7])
        labels = np.where(labels > 0, 1, 0).astype(np.uint8) * (number >= 2)
        for part, image in (("images", frame), ("masks", labels)):
            (folder / part).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / part / f"{number}.png"), image)
    said: list[str] = []
    config = replace(CONFIG, epochs=1, half_size=0.0, validation_fraction=0.25)
    train(open_dataset(str(folder)), config, tmp_path / "run", events=TrainEvents(started=said.append))
    warnings = [line for line in said if line.startswith("warning: ")]
    assert any("2 masks of one class only in a sample of the data, the first is " in line for line in warnings)
    assert all(line.endswith(f"`unetkit data check {folder}` names all") for line in warnings)


def test_tensorboard_gets_scalars_pictures_and_the_graph(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorflow import make_ndarray

    config = replace(CONFIG, epochs=2, half_size=0.0, tensorboard=True)
    result = train(DATA, config, tmp_path / "run")
    events = EventAccumulator(str(result.run.board)).Reload()
    assert {"loss/training", "validation/mIoU", "validation/IoU/disc", "pace/waiting"} <= set(events.Tags()["tensors"])
    told = events.Tensors("validation/mIoU")
    assert [event.step for event in told] == [1, 2]
    assert max(float(make_ndarray(event.tensor_proto)) for event in told) == pytest.approx(result.accuracy.miou)
    picture = make_ndarray(events.Tensors("validation")[-1].tensor_proto)[2]
    shown = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape[1] == 480  # three tiles of 160
    assert events.Tags()["graph"]


def test_the_call_takes_the_names_of_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unetkit.trainer.interface.open_dataset", lambda reference, home, data_format: DATA)
    (tmp_path / "some.toml").write_text("epochs = 5\nbatch = 4\n", encoding="utf-8")
    settings: dict[str, Any] = {"size": 32, "epochs": 1, "half_size": 0.0}
    result = unetkit.train("synthetic", tmp_path / "run", config=tmp_path / "some.toml", **settings)
    assert result.run.path == tmp_path / "run"
    written = resolve_config(result.run.config)
    assert (written.size, written.epochs, written.batch) == (32, 1, 4)
    with pytest.raises(UsageError, match=r"unknown setting 'epoch'; did you mean epochs"):
        unetkit.train("synthetic", tmp_path / "other", epoch=3)

"""How a training ends before its time: Ctrl-C, patience, a disk that is full; what it leaves behind."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tf.trainer.tinynetwork import CONFIG, DATA, use_tiny
from unetkit.contract.artifact import read_spec
from unetkit.contract.runfolder import RunFolder
from unetkit.errors import OutputError
from unetkit.trainer import course
from unetkit.trainer.feed import Feed
from unetkit.trainer.training import train

pytestmark = pytest.mark.tf


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    use_tiny(monkeypatch)


class _Improving:
    """A validator to which every epoch is better than the one before, so that each one is saved."""

    def __init__(self, *_: Any, on_cpu: bool) -> None:
        self._miou = 0.0

    def run(self) -> tuple[Any, float]:
        from unetkit.contract.scoring import AccuracyReport

        self._miou += 0.1
        shares = (self._miou,) * 3
        names = tuple(item.name for item in DATA.classes)
        report = AccuracyReport(
            class_names=names,
            split="validation",
            images=3,
            pixel_accuracy=0.5,
            miou=self._miou,
            iou=shares,
            dice=shares,
        )
        return report, 1.0

    def predict(self, row: int) -> Any:
        return np.zeros((32, 32), np.uint8)

    def scores(self, row: int) -> Any:
        return np.zeros((32, 32, 3), np.float32)


def _interrupt_in(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = Feed.batches

    def stopping(feed: Feed, epoch: int, **named: Any) -> Any:
        if epoch == number:
            raise KeyboardInterrupt
        return batches(feed, epoch, **named)

    monkeypatch.setattr(Feed, "batches", stopping)


def test_ctrl_c_after_an_epoch_keeps_the_checkpoint_and_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _interrupt_in(2, monkeypatch)
    result = train(DATA, CONFIG, tmp_path / "run")
    assert (result.interrupted, result.epochs_done, result.best_epoch) == (True, 1, 1)
    assert read_spec(result.run.checkpoint).name == "run"
    assert json.loads(result.run.report.read_text())["interrupted"] is True
    assert result.run.panel.is_file()


def test_ctrl_c_before_the_first_epoch_ended_has_nothing_to_keep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _interrupt_in(1, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        train(DATA, CONFIG, tmp_path / "run")
    assert not (tmp_path / "run" / "best.keras").exists()
    assert (tmp_path / "run" / "config.toml").is_file()


def test_patience_ends_a_training_that_does_not_get_better(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Falling(_Improving):
        def run(self) -> tuple[Any, float]:
            report, loss = super().run()
            return replace(report, miou=1 - report.miou), loss

    monkeypatch.setattr(course, "Validator", Falling)
    result = train(DATA, replace(CONFIG, epochs=6, half_size=0.0, patience=2), tmp_path / "run")
    assert (result.best_epoch, result.epochs_done, result.interrupted) == (1, 3, False)


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_what_stops_the_second_save_leaves_the_first_checkpoint(
    stop: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    monkeypatch.setattr(course, "Validator", _Improving)
    saved: list[bytes] = []
    save = keras.Model.save
    run = RunFolder(tmp_path / "run")

    def failing(model: Any, path: Path, *arguments: Any, **named: Any) -> None:
        if saved or run.checkpoint.exists():
            saved.append(run.checkpoint.read_bytes())
            Path(path).write_bytes(b"half a model")
            raise stop
        save(model, path, *arguments, **named)

    monkeypatch.setattr(keras.Model, "save", failing)
    if isinstance(stop, KeyboardInterrupt):
        result = train(DATA, CONFIG, run.path)
        assert (result.interrupted, result.best_epoch, result.epochs_done) == (True, 1, 1)
        assert result.accuracy.miou == pytest.approx(0.1)  # of the checkpoint that is there
    else:
        with pytest.raises(OutputError, match=r"cannot write .*best\.keras: No space left on device"):
            train(DATA, CONFIG, run.path)
    assert run.checkpoint.read_bytes() == saved[0]
    assert read_spec(run.checkpoint).name == "run"
    assert [path.name for path in run.path.iterdir() if path.name.startswith(".")] == []

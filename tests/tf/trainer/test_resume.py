"""A training that was cut off at any moment ends with the same bytes as one that was not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tf.trainer.tinynetwork import use_tiny
from unetkit.contract.runfolder import RunFolder
from unetkit.data.synthetic import SyntheticDataset
from unetkit.errors import ArtifactError, DataError, UsageError
from unetkit.trainer import course
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.course import TrainResult
from unetkit.trainer.events import Standing, TrainEvents
from unetkit.trainer.training import resume, train

pytestmark = pytest.mark.tf

DATA = SyntheticDataset(hw=(32, 32), train=40, validation=3, test=1)
# Half the size first, then held norms; an average; 20 steps an epoch, so that two of each ten are read.
CONFIG = TrainConfig(size=32, epochs=4, batch=2, half_size=0.25, norm_frozen=0.5, seed=5, deterministic=True)


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    use_tiny(monkeypatch)


@pytest.fixture(scope="module", autouse=True)
def _deterministic() -> Any:
    """TensorFlow cannot switch it off by a public call; other tests need not be slow."""
    yield
    from tensorflow.python.framework import config

    config.disable_op_determinism()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_tiny(monkeypatch)
        return train(DATA, CONFIG, tmp_path_factory.mktemp("whole") / "run")


def _weights(run: RunFolder) -> list[Any]:
    import keras

    return keras.models.load_model(run.checkpoint, safe_mode=True).get_weights()  # type: ignore[no-any-return]


def _assert_same(one: TrainResult, other: TrainResult) -> None:
    assert (one.best_epoch, one.epochs_done, one.accuracy) == (other.best_epoch, other.epochs_done, other.accuracy)
    for a, b in zip(_weights(one.run), _weights(other.run), strict=True):
        np.testing.assert_array_equal(a, b)
    columns = [",".join(line.split(",")[:5]) for line in one.run.history.read_text().splitlines()]
    assert columns == [",".join(line.split(",")[:5]) for line in other.run.history.read_text().splitlines()]


class _CutError(Exception):
    """The moment a training ends without a word."""


@pytest.mark.parametrize("moment", [1, 2, 3, 5, 7, 8])
def test_a_training_cut_off_between_any_steps_ends_with_the_same_bytes(
    whole: TrainResult, moment: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moments in tens of steps: inside the half-size epoch, at its end, inside full-size ones, with held norms."""
    monkeypatch.setattr(course, "SAVED_EVERY_S", 0)
    heard: list[int] = []

    def cut(standing: Standing) -> None:
        heard.append(standing.step)
        if len(heard) == moment:
            raise _CutError

    with pytest.raises(_CutError):
        train(DATA, CONFIG, tmp_path / "run", events=TrainEvents(stepped=cut))
    result = resume(tmp_path / "run")
    _assert_same(result, whole)
    assert not (tmp_path / "run" / "states").exists()


def test_ctrl_c_can_be_resumed_to_the_same_end(whole: TrainResult, tmp_path: Path) -> None:
    def stop(epoch: Any) -> None:
        if epoch.epoch == 2:
            raise KeyboardInterrupt

    first = train(DATA, CONFIG, tmp_path / "run", events=TrainEvents(epoch_done=stop))
    assert (first.interrupted, first.epochs_done) == (True, 2)
    _assert_same(resume(tmp_path / "run"), whole)


def test_a_state_the_disk_has_lost_costs_the_way_from_the_one_before(whole: TrainResult, tmp_path: Path) -> None:
    def stop(epoch: Any) -> None:
        if epoch.epoch == 3:
            raise KeyboardInterrupt

    train(DATA, CONFIG, tmp_path / "run", events=TrainEvents(epoch_done=stop))
    files = sorted((tmp_path / "run" / "states").iterdir())
    assert len(files) == 2
    files[-1].write_bytes(files[-1].read_bytes()[:1000])
    _assert_same(resume(tmp_path / "run"), whole)


def test_what_cannot_be_resumed_says_why(whole: TrainResult, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no training state to go on from: it has ended"):
        resume(whole.run.path)
    with pytest.raises(UsageError, match="no training state to go on from: train from the start"):
        resume(tmp_path / "nothing")


def test_a_folder_with_a_training_cut_off_is_not_trained_over(tmp_path: Path) -> None:
    def stop(epoch: Any) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "run"
    train(DATA, CONFIG, out, events=TrainEvents(epoch_done=stop))
    with pytest.raises(UsageError, match="holds a training that was cut off; go on with --resume"):
        train(DATA, CONFIG, out)
    for file in (out / "states").iterdir():
        file.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(ArtifactError, match=r"no training state .* can be read"):
        resume(out)


def test_changed_data_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(epoch: Any) -> None:
        raise KeyboardInterrupt

    train(DATA, CONFIG, tmp_path / "run", events=TrainEvents(epoch_done=stop))
    for file in (tmp_path / ".cache").rglob("*.npy"):
        file.unlink()
    with pytest.raises(DataError, match=r"has changed since the training"):  # the built-in set is another one
        resume(tmp_path / "run")

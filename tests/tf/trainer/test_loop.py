"""What a training says when the numbers or the memory run out, and the trials that look ahead."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tf.trainer.tinynetwork import use_tiny
from unetkit.data.synthetic import SyntheticDataset
from unetkit.errors import DeviceError, UsageError
from unetkit.trainer import metering, trials
from unetkit.trainer.config import TrainConfig, resolve_config
from unetkit.trainer.feed import Feed
from unetkit.trainer.loop import TrainingLoop
from unetkit.trainer.training import find_learning_rate, train

pytestmark = pytest.mark.tf

DATA = SyntheticDataset(hw=(32, 32), train=24, validation=3, test=1)
CONFIG = TrainConfig(size=32, epochs=2, batch=4, half_size=0.0, seed=5, augment=0.0)


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    use_tiny(monkeypatch)


def test_a_loss_that_is_no_number_names_the_step_and_its_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Feed.batches

    def poisoned(feed: Feed, epoch: int, **named: Any) -> Any:
        import tensorflow as tf

        batches = original(feed, epoch, **named)
        return batches.enumerate().map(
            lambda index, batch: batch._replace(
                frames=tf.where(tf.logical_and(epoch == 2, index == 3), np.nan, batch.frames)
            )
        )

    monkeypatch.setattr(Feed, "batches", poisoned)
    with pytest.raises(UsageError) as caught:
        train(DATA, CONFIG, tmp_path / "run")
    told = str(caught.value)
    assert "the loss became nan in epoch 2, step 4, on the pictures " in told
    rows = np.arange(24)
    order = np.random.default_rng((5, 2)).permutation(rows)[12:16]
    names = [DATA.splits["train"][row] for row in order]
    assert ", ".join(names) in told
    assert (tmp_path / "run" / "best.keras").is_file()  # epoch 1's
    assert any((tmp_path / "run" / "states").iterdir())


def test_memory_that_runs_out_offers_the_batch_that_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf

    def full(*_: Any, **__: Any) -> Any:
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr(TrainingLoop, "epoch", full)
    monkeypatch.setattr(TrainingLoop, "fits", lambda loop, batch: batch <= 5)
    with pytest.raises(UsageError, match="out of memory with batch 16; --batch 4 fits"):
        train(DATA, replace(CONFIG, batch=16), tmp_path / "run")
    monkeypatch.setattr(TrainingLoop, "fits", lambda loop, batch: False)
    with pytest.raises(UsageError, match="out of memory with batch 16; not even one picture a device fits"):
        train(DATA, replace(CONFIG, batch=16), tmp_path / "other")


def test_the_batch_that_fits_is_found_and_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metering, "_available_mib", lambda: 1e9)
    monkeypatch.setattr(trials, "largest_batch", lambda fits, devices: 8 if fits(8) else 0)
    result = train(DATA, CONFIG, tmp_path / "run", auto_batch=True)
    assert resolve_config(result.run.config).batch == 8


def test_a_cpu_whose_memory_would_not_hold_the_next_batch_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    from unetkit.trainer.tensorflow_setup import Accelerator

    cpu = Accelerator(device="CPU", name="CPU", precision="float32", xla=False)
    peaks = iter([100.0, 180.0])
    monkeypatch.setattr(metering, "peak_memory_mib", lambda accelerator: next(peaks))
    monkeypatch.setattr(metering, "_available_mib", lambda: 100.0)
    forecast = metering.MemoryForecast(cpu)
    assert forecast.would_hold(4)
    forecast.held(4)  # 80 MiB for 4 pictures
    assert not forecast.would_hold(8)  # 160 of 100
    assert forecast.would_hold(4)  # 80 of 90


def test_the_range_test_suggests_a_rate_and_draws_it(tmp_path: Path) -> None:
    test = find_learning_rate(DATA, CONFIG, tmp_path / "curve.png")
    assert 1e-6 < test.suggested < 0.5
    assert test.losses.min() < test.losses[0]
    assert (tmp_path / "curve.png").is_file()
    assert not (tmp_path / "best.keras").exists()


def test_a_gpu_that_was_required_and_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    with pytest.raises(DeviceError, match=r"a GPU was required and TensorFlow .* finds none"):
        train(DATA, CONFIG, tmp_path / "run", require_gpu=True)
    assert not (tmp_path / "run").exists()

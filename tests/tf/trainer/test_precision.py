"""A training in bfloat16: what it leaves is float32, and it is as exact in what it does again as one in float32."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unetkit.contract.runfolder import RunFolder
from unetkit.data.synthetic import SyntheticDataset
from unetkit.errors import ArtifactError
from unetkit.runtime.checkpoint import Checkpoint
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.course import TrainResult
from unetkit.trainer.events import TrainEvents
from unetkit.trainer.training import resume, train

pytestmark = pytest.mark.tf

DATA = SyntheticDataset(hw=(32, 32), train=24, validation=4, test=1)
CONFIG = TrainConfig(
    network="classic",
    width=0.125,
    depth=2,
    size=32,
    epochs=3,
    batch=4,
    augment=0.0,
    half_size=0.0,
    norm_frozen=0.0,
    loss="cross_entropy",
    seed=3,
    precision="mixed_bfloat16",
    deterministic=True,
)


@pytest.fixture(scope="module", autouse=True)
def _deterministic() -> Any:
    """TensorFlow cannot switch it off by a public call; other tests need not be slow."""
    yield
    from tensorflow.python.framework import config

    config.disable_op_determinism()


@pytest.fixture(scope="module")
def said() -> list[str]:
    return []


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, said: list[str]) -> TrainResult:
    return train(DATA, CONFIG, tmp_path_factory.mktemp("whole") / "run", events=TrainEvents(started=said.append))


def _interrupted(out: Path) -> None:
    def stop(epoch: Any) -> None:
        raise KeyboardInterrupt

    train(DATA, CONFIG, out, events=TrainEvents(epoch_done=stop))


def _weights(run: RunFolder) -> list[Any]:
    return Checkpoint.load(run.checkpoint).model.get_weights()  # type: ignore[no-any-return]


def _assert_same(one: TrainResult, other: TrainResult) -> None:
    assert one.accuracy == other.accuracy
    for a, b in zip(_weights(one.run), _weights(other.run), strict=True):
        np.testing.assert_array_equal(a, b)


def test_its_first_line_names_the_precision(whole: TrainResult, said: list[str]) -> None:
    assert "on CPU (mixed_bfloat16), batch 4" in said[0]
    assert json.loads(whole.run.environment.read_text())["accelerator"]["precision"] == "mixed_bfloat16"


def test_its_checkpoint_is_float32_through_and_through(whole: TrainResult) -> None:
    model = Checkpoint.load(whole.run.checkpoint).model
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert {str(weight.dtype) for weight in model.weights} == {"float32"}


def test_its_report_scores_the_checkpoint_and_not_the_network_in_bfloat16(whole: TrainResult) -> None:
    from unetkit.contract.preprocess import normalise
    from unetkit.contract.scoring import ConfusionMatrix
    from unetkit.data.record import DataRecord

    checkpoint, record = Checkpoint.load(whole.run.checkpoint), DataRecord.read(whole.run.split)
    cache = record.open_cache(checkpoint.spec.input)
    confusion = ConfusionMatrix(checkpoint.spec.class_names)
    for row in cache.rows(record.validation):
        frame = cache.frames[row : row + 1].astype(np.float32)
        scores = np.asarray(checkpoint.model(normalise(frame, checkpoint.spec.input), training=False))
        confusion.update(cache.labels[row], scores[0].argmax(-1).astype(np.uint8))
    told = json.loads(whole.run.report.read_text())["accuracy"]
    # One pixel of 4,096 may lie so near to a tie that another batch decides it otherwise.
    assert told["pixel_accuracy"] == pytest.approx(confusion.report("validation").pixel_accuracy, abs=1 / 4096)


def test_it_learns_what_one_in_float32_learns(whole: TrainResult, tmp_path: Path) -> None:
    exact = train(DATA, replace(CONFIG, precision="float32"), tmp_path / "run")
    in_bfloat16, in_float32 = (
        np.genfromtxt(result.run.history, delimiter=",", names=True)["loss"] for result in (whole, exact)
    )
    assert in_float32[-1] < in_float32[0]
    # 8 bits of mantissa in the activations: 0.4 % each, which training averages out.
    np.testing.assert_allclose(in_bfloat16, in_float32, rtol=0.05)
    assert not np.array_equal(in_bfloat16, in_float32)


def test_in_deterministic_mode_it_gives_the_same_bytes_again(whole: TrainResult, tmp_path: Path) -> None:
    _assert_same(train(DATA, CONFIG, tmp_path / "run"), whole)


def test_cut_off_it_goes_on_in_its_precision_to_the_same_bytes(whole: TrainResult, tmp_path: Path) -> None:
    said: list[str] = []
    _interrupted(tmp_path / "run")
    result = resume(tmp_path / "run", events=TrainEvents(started=said.append))
    assert "on CPU (mixed_bfloat16)" in said[0]
    _assert_same(result, whole)


def test_auto_goes_on_in_what_the_run_began_in_whatever_the_machine_would_choose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, said = replace(CONFIG, precision="auto"), list[str]()
    with_it, without_it = {"avx512_bf16"}, set[str]()

    def stop(epoch: Any) -> None:
        raise KeyboardInterrupt

    def on_a_processor_with(features: set[str]) -> None:
        monkeypatch.setattr("unetkit.trainer.tensorflow_setup.vector_instructions", lambda: features)

    for begun_on, other, told in ((with_it, without_it, "mixed_bfloat16"), (without_it, with_it, "float32")):
        on_a_processor_with(begun_on)
        train(DATA, config, tmp_path / told, events=TrainEvents(started=said.append, epoch_done=stop))
        on_a_processor_with(other)
        resume(tmp_path / told, events=TrainEvents(started=said.append))
        assert all(f"on CPU ({told})" in line for line in said[-2:])


def test_a_run_that_has_lost_its_environment_is_not_gone_on_with_in_another_precision(tmp_path: Path) -> None:
    _interrupted(tmp_path / "run")
    RunFolder(tmp_path / "run").environment.unlink()
    with pytest.raises(ArtifactError, match="does not say what precision the training is in"):
        resume(tmp_path / "run")

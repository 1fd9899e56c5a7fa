"""A run fine-tuned rounded: what is trained is what its int8 artifacts compute, and it is a run like any other."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tf.export.standins import edge_network, spec_of
from tests.tf.trainer.tinynetwork import use_tiny
from unetkit.contract.artifact import write_spec
from unetkit.contract.learnedranges import LearnedRanges
from unetkit.contract.preprocess import normalise
from unetkit.contract.runfolder import RunFolder
from unetkit.data.record import DataRecord
from unetkit.data.synthetic import SyntheticDataset
from unetkit.deployment.network import for_inference
from unetkit.errors import ArtifactError, UsageError
from unetkit.export.calibration import CalibrationSet
from unetkit.export.converter import Converter
from unetkit.export.making import opened
from unetkit.export.quantisation.recipe import Recipe
from unetkit.export.target import Target
from unetkit.runtime.checkpoint import Checkpoint
from unetkit.trainer.config import TrainConfig, resolve_config
from unetkit.trainer.course import TrainResult
from unetkit.trainer.events import TrainEvents
from unetkit.trainer.losses import make_loss
from unetkit.trainer.qat.subject import RoundedNetwork
from unetkit.trainer.qat.tuning import tune
from unetkit.trainer.training import resume, train
from unetkit.trainer.validation import Validator

pytestmark = pytest.mark.tf

DATA = SyntheticDataset(hw=(32, 32), train=40, validation=4, test=1)
CONFIG = TrainConfig(size=32, epochs=2, batch=4, half_size=0.5, norm_frozen=0.5, seed=5, lr=0.01)
SETTINGS = {"epochs": 2, "lr": 0.002}


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    use_tiny(monkeypatch)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_tiny(monkeypatch)
        return train(DATA, CONFIG, tmp_path_factory.mktemp("float") / "run").run


@pytest.fixture(scope="module", params=[False, True], ids=["per channel", "per tensor"])
def tuned(trained: RunFolder, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_tiny(monkeypatch)
        out = tmp_path_factory.mktemp("tuned") / "run"
        return tune(trained, out, per_tensor=request.param, settings=SETTINGS)


def _rounded(checkpoint: Checkpoint, run: RunFolder) -> RoundedNetwork:
    """The rounded network that was validated."""
    subject = RoundedNetwork(resolve_config(run.config), checkpoint.spec, None)
    subject.take(checkpoint)
    return subject


@pytest.mark.parametrize("form", ["onnx", "tflite"])
def test_an_int8_artifact_gives_the_scores_that_were_trained(tuned: TrainResult, form: Any, tmp_path: Path) -> None:
    checkpoint = Checkpoint.load(tuned.run.checkpoint)
    assert checkpoint.ranges is not None
    spec = checkpoint.spec.input
    frames = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    converter = Converter(
        for_inference(checkpoint.model, spec),
        spec,
        CalibrationSet.of(("a", "b"), frames[:2], seed=0),
        checkpoint.ranges,
    )
    recipe = Recipe(ranges="learned", per_channel=checkpoint.ranges.per_channel)
    path = converter.write(Target(format=form, precision="int8"), tmp_path, recipe)
    write_spec(path, checkpoint.spec)
    network = _rounded(checkpoint, tuned.run).network
    expected = network(normalise(frames.astype(np.float32), spec)).numpy()
    low, high = checkpoint.ranges.tensors["scores"]
    with opened(path) as artifact:
        for frame, scores in zip(frames, expected, strict=True):
            apart = np.abs(artifact.infer(artifact.preprocess(frame)[0]) - scores) / ((high - low) / 255)
            # Steps of the scores: LiteRT multiplies by 31-bit fractions, so a value near a half may go the other way.
            assert apart.mean() < 0.2
            assert apart.max() < 3.0


def test_the_accuracy_it_reports_is_the_rounded_networks_own(tuned: TrainResult) -> None:
    checkpoint = Checkpoint.load(tuned.run.checkpoint)
    record = DataRecord.read(tuned.run.split)
    cache = record.open_cache(checkpoint.spec.input)
    network = _rounded(checkpoint, tuned.run).network
    loss = make_loss(CONFIG.loss, checkpoint.spec)
    seen, _ = Validator(network, loss, checkpoint.spec, cache, cache.rows(record.validation), on_cpu=True).run()
    assert json.loads(tuned.run.report.read_text())["accuracy"]["miou"] == pytest.approx(seen.miou, abs=1e-6)
    assert tuned.accuracy.miou == pytest.approx(seen.miou, abs=1e-3)  # the norms hold the biases in float32


def test_it_leaves_a_run_like_any_other_that_says_what_it_is(tuned: TrainResult, trained: RunFolder) -> None:
    ranges = LearnedRanges.read(tuned.run.checkpoint)
    kind = "per-channel" if ranges is not None and ranges.per_channel else "per-tensor"
    assert f'qat = "{kind}"' in tuned.run.config.read_text()
    assert len(tuned.run.history.read_text().splitlines()) == 3
    assert Checkpoint.load(tuned.run.checkpoint).spec.provenance["quantisation_aware"] == kind
    assert "quantisation-aware" in tuned.run.page.read_text()
    assert tuned.run.split.read_text() == trained.split.read_text()
    assert not tuned.run.states.exists()
    assert LearnedRanges.read(trained.checkpoint) is None


def test_one_that_was_interrupted_ends_with_what_it_would_have_learnt(trained: RunFolder, tmp_path: Path) -> None:
    def stop(epoch: Any) -> None:
        if epoch.epoch == 1:
            raise KeyboardInterrupt

    whole = tune(trained, tmp_path / "whole", settings=SETTINGS)
    cut = tune(trained, tmp_path / "cut", settings=SETTINGS, events=TrainEvents(epoch_done=stop))
    assert cut.interrupted
    goes_on = tune(cut.run)  # as `unetkit train --resume` would
    assert goes_on.epochs_done == whole.epochs_done == 2
    one, other = (LearnedRanges.read(result.run.checkpoint) for result in (whole, goes_on))
    assert one is not None
    assert other is not None
    for name, ends in one.tensors.items():
        np.testing.assert_allclose(other.tensors[name], ends, rtol=1e-3)  # sums in threads, in any order


def test_what_cannot_be_tuned_says_why(trained: RunFolder, tuned: TrainResult, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="was trained with --qat already; give the run that it started from"):
        tune(tuned.run)
    with pytest.raises(UsageError, match="leave out size"):
        tune(trained, tmp_path / "out", settings={"size": 64})
    with pytest.raises(UsageError, match="is not a run"):
        tune(RunFolder(tmp_path / "nothing"))
    with pytest.raises(UsageError, match="already holds a run"):
        tune(trained, tuned.run.path)
    with pytest.raises(UsageError, match="qat fine-tunes a trained run; train without it"):
        train(DATA, replace(CONFIG, qat="per-channel"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_network_whose_rounding_is_not_known_is_refused_by_its_layers(trained: RunFolder, tmp_path: Path) -> None:
    run = RunFolder(Path(shutil.copytree(trained.path, tmp_path / "run")))
    edge_network().save(run.checkpoint)
    write_spec(run.checkpoint, spec_of("edge"))
    with pytest.raises(UsageError, match=r"--qat does not know how int8 rounds separable_conv2d"):
        tune(run)
    assert not (tmp_path / "run-qat").exists()


def test_a_resumed_training_needs_the_checkpoint_that_it_started_from(trained: RunFolder, tmp_path: Path) -> None:
    def stop(epoch: Any) -> None:
        raise KeyboardInterrupt

    cut = tune(trained, tmp_path / "cut", settings=SETTINGS, events=TrainEvents(epoch_done=stop)).run
    cut.config.write_text(cut.config.read_text().replace("best.keras", "gone.keras"))
    with pytest.raises(ArtifactError, match=r"gone\.keras: No such file"):
        resume(cut.path)

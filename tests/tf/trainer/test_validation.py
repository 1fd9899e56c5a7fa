"""Validation: the figures of all pictures, in however small parts they go through the network."""

from pathlib import Path

import numpy as np
import pytest

from tests.tf.trainer.tinynetwork import build_tiny
from unetkit.contract.preprocess import normalise
from unetkit.contract.scoring import ConfusionMatrix
from unetkit.data.framecache import FrameCache
from unetkit.data.synthetic import SyntheticDataset
from unetkit.trainer import validation
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.losses import make_loss
from unetkit.trainer.materials import model_spec
from unetkit.trainer.validation import BATCH, Validator, pictures_at_once

pytestmark = pytest.mark.tf

DATA = SyntheticDataset(hw=(32, 32), train=BATCH + 13, validation=1, test=1)


@pytest.mark.parametrize(
    ("hw", "pictures"),
    [((32, 32), BATCH), ((128, 128), 16), ((256, 256), 4), ((192, 320), 4), ((512, 512), 1), ((2048, 2048), 1)],
)
def test_a_cpu_takes_fewer_pictures_at_once_the_larger_they_are(hw: tuple[int, int], pictures: int) -> None:
    assert pictures_at_once(hw) == pictures


@pytest.mark.parametrize("on_cpu", [True, False])
def test_its_figures_are_those_of_all_pictures_at_once(
    on_cpu: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """45 pictures: on a CPU in parts of 5, whose last is one of 2 or 3; a loss that is a ratio over 32 of them."""
    import keras

    monkeypatch.setattr(validation, "CPU_PIXELS", 5 * 32 * 32)
    keras.utils.set_random_seed(2)
    spec = model_spec(DATA, TrainConfig(size=32, half_size=0.0), name="model")
    network = build_tiny(32, 32, 3, None, multiplier=1.0, depth=4)
    loss = make_loss("cross_entropy+0.5*lovasz", spec)
    names = DATA.splits["train"]
    cache = FrameCache.build(DATA, names, spec.input, tmp_path)
    rows = cache.rows(names)
    accuracy, lost = Validator(network, loss, spec, cache, rows, on_cpu=on_cpu).run()

    frames, truths = cache.frames[rows], cache.labels[rows]
    scores = np.asarray(network(normalise(frames.astype(np.float32), spec.input), training=False))
    confusion = ConfusionMatrix(spec.class_names)
    for truth, labels in zip(truths, scores.argmax(-1).astype(np.uint8), strict=True):
        confusion.update(truth, labels)
    assert accuracy == confusion.report("validation")
    expected = (BATCH * loss(truths[:BATCH], scores[:BATCH]) + 13 * loss(truths[BATCH:], scores[BATCH:])) / (BATCH + 13)
    assert lost == pytest.approx(float(expected), rel=1e-5)

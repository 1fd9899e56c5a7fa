"""A teacher's maps: what the checkpoint gives on each picture and its mirror image, at the student's size."""

from pathlib import Path

import numpy as np
import pytest

from tests.tf.trainer.tinynetwork import use_tiny
from tests.unit.data.sets import TableDataset, names
from unetkit.contract.spec import InputSpec
from unetkit.data.framecache import FrameCache
from unetkit.data.synthetic import SyntheticDataset
from unetkit.runtime.checkpoint import Checkpoint
from unetkit.runtime.segmenter import Segmenter
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.teacher import Teacher
from unetkit.trainer.training import train

pytestmark = pytest.mark.tf

DATA = SyntheticDataset(hw=(32, 32), train=6, validation=2, test=1)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_tiny(monkeypatch)
        config = TrainConfig(size=32, epochs=1, batch=2, half_size=0.0)
        return train(DATA, config, tmp_path_factory.mktemp("runs") / "teacher").run.checkpoint


def _cache(folder: Path, size: int) -> FrameCache:
    dataset = TableDataset({"all": names(3)}, hw=(40, 40))
    return FrameCache.build(dataset, names(3), InputSpec(height=size, width=size), folder)


@pytest.mark.parametrize("on_cpu", [True, False])
def test_its_maps_are_the_average_of_a_picture_and_its_mirror_image(
    on_cpu: bool, checkpoint: Path, tmp_path: Path
) -> None:
    cache = FrameCache.build(DATA, DATA.splits["train"], InputSpec(height=32, width=32), tmp_path)
    maps = Teacher(Checkpoint.load(checkpoint), on_cpu=on_cpu).maps(cache)
    assert maps[:].dtype == np.uint8
    assert maps.shape == (6, 32, 32, 3)
    with Segmenter.open(checkpoint) as segmenter:
        frame = np.ascontiguousarray(cache.frames[2])
        logits = [
            segmenter.predict(np.ascontiguousarray(view), keep_scores=True).scores for view in (frame, frame[:, ::-1])
        ]
    plain, mirrored = (np.exp(scores) / np.exp(scores).sum(-1, keepdims=True) for scores in np.array(logits))
    expected = (plain + mirrored[:, ::-1]) / 2 * 255
    np.testing.assert_allclose(maps[2], expected, atol=0.51)  # rounded to whole steps


@pytest.mark.parametrize("size", [16, 48])
def test_a_student_of_another_size_gets_maps_of_its_own_size(size: int, checkpoint: Path, tmp_path: Path) -> None:
    cache = _cache(tmp_path, size)
    maps = Teacher(Checkpoint.load(checkpoint), on_cpu=True).maps(cache)
    assert maps.shape == (3, size, size, 3)
    np.testing.assert_allclose(maps[:].sum(-1, dtype=int), 255, atol=2)  # three roundings


def test_maps_are_computed_once(checkpoint: Path, tmp_path: Path) -> None:
    cache = _cache(tmp_path, 32)
    heard: list[tuple[int, int]] = []
    for _ in range(2):
        Teacher(Checkpoint.load(checkpoint), on_cpu=True).maps(cache, progress=lambda *done: heard.append(done))
    assert heard == [(3, 3)]
